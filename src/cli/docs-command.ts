/** `hyplab docs`: the documentation with the evidence at every promise. */
import path from "node:path";
import { KNOWN_BUGS } from "../contract/index.js";
import { runMatrix } from "../lab/index.js";
import { OCCUPANTS } from "../occupants/index.js";
import { renderDocumentation } from "../report/index.js";
import { subjects } from "./check-command.js";
import { usualScenarios } from "./life-command.js";
import { EXIT_CODE } from "./errors.js";
import { print, writeWhole } from "./output.js";
import { regressionResults } from "./regressions-command.js";
import { VERSION } from "./version.js";

export const docsCommand = async (
  target: string | undefined,
  flags: { readonly output: string; readonly scenarios?: boolean; readonly jobs?: number },
): Promise<number> => {
  const own = await subjects([], flags);
  const named =
    target === undefined || OCCUPANTS.some((o) => o.id === target)
      ? []
      : await subjects([target], flags);
  const files = renderDocumentation(
    {
      subjects: [...named, ...own],
      matrix: runMatrix(),
      occupants: OCCUPANTS,
      regressions: await regressionResults(KNOWN_BUGS, flags.jobs),
      ...(flags.scenarios === true && { scenarios: await usualScenarios(flags.jobs) }),
    },
    { version: VERSION },
  );
  for (const [name, contents] of files) writeWhole(path.join(flags.output, name), contents);
  print(
    `${files.size} files in ${flags.output}; begin at ${path.join(flags.output, "index.html")}`,
  );
  return EXIT_CODE.ok;
};
