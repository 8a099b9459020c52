/** `hyplab docs`: the documentation with the evidence at every promise. */
import path from "node:path";
import { runMatrix, runRegressions } from "../lab/index.js";
import { OCCUPANTS } from "../occupants/index.js";
import { renderDocumentation } from "../report/index.js";
import { subjects } from "./check-command.js";
import { usualScenarios } from "./life-command.js";
import { EXIT_CODE } from "./errors.js";
import { print, writeWhole } from "./output.js";
import { VERSION } from "./version.js";

export const docsCommand = async (
  target: string | undefined,
  flags: { readonly output: string; readonly scenarios?: boolean },
): Promise<number> => {
  const own = await subjects(undefined, {});
  const named =
    target === undefined || OCCUPANTS.some((o) => o.id === target)
      ? []
      : await subjects(target, {});
  const files = renderDocumentation(
    {
      subjects: [...named, ...own],
      matrix: runMatrix(),
      occupants: OCCUPANTS,
      regressions: runRegressions(),
      ...(flags.scenarios === true && { scenarios: await usualScenarios() }),
    },
    { version: VERSION },
  );
  for (const [name, contents] of files) writeWhole(path.join(flags.output, name), contents);
  print(
    `${files.size} files in ${flags.output}; begin at ${path.join(flags.output, "index.html")}`,
  );
  return EXIT_CODE.ok;
};
