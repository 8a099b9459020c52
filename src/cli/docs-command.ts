/** `hyplab docs`: the documentation with the evidence at every promise. */
import path from "node:path";
import { KNOWN_BUGS } from "../contract/index.js";
import type { Solver } from "../engines/index.js";
import {
  joinResults,
  mutateOccupant,
  proveImage,
  proveOccupant,
  runMatrix,
  type MutationResult,
  type SubjectResult,
} from "../lab/index.js";
import { OCCUPANTS, occupantNamed } from "../occupants/index.js";
import { renderDocumentation } from "../report/index.js";
import { subjects } from "./check-command.js";
import { usualScenarios } from "./life-command.js";
import { EXIT_CODE } from "./errors.js";
import { print, progress, writeWhole } from "./output.js";
import { hasDefect, startSolver } from "./prove-command.js";
import { regressionResults } from "./regressions-command.js";
import { targetNamed } from "./subject-target.js";
import { VERSION } from "./version.js";

/** Occupants whose flipped bits have a page: those that the kernel's own are compared with. */
const MUTATED = ["reference-stub", "stub-c", "stub-d-kernel"];

/** The checker's results with proofs beside them; a clause that both contradict each other about says so. */
const proofsFor = async (
  checked: readonly SubjectResult[],
  target: string | undefined,
  solver: Solver,
): Promise<SubjectResult[]> => {
  const image = target === undefined ? undefined : await targetNamed(target);
  const out: SubjectResult[] = [];
  for (const result of checked) {
    const options = { solver, progress: (what: string) => progress(`${result.subject}: ${what}`) };
    const occupant = occupantNamed(result.subject);
    if (occupant !== undefined)
      out.push(joinResults(result, await proveOccupant(occupant, options)));
    else if (image?.kind === "image")
      out.push(joinResults(result, await proveImage(image.image, result.subject, options)));
    else out.push(result);
  }
  return out;
};
const mutations = async (solver: Solver): Promise<MutationResult[]> => {
  const out: MutationResult[] = [];
  for (const id of MUTATED)
    for (const thumb of [false, true])
      out.push(
        await mutateOccupant(occupantNamed(id)!, thumb, {
          solver,
          progress: (what) => progress(`${id}: ${what}`),
        }),
      );
  return out;
};

export const docsCommand = async (
  target: string | undefined,
  flags: {
    readonly output: string;
    readonly scenarios?: boolean;
    readonly mutation?: boolean;
    /** Commander's --no-proofs. */
    readonly proofs: boolean;
    readonly jobs?: number;
  },
): Promise<number> => {
  const own = await subjects([], flags);
  const image = target === undefined || OCCUPANTS.some((o) => o.id === target) ? undefined : target;
  const named = image === undefined ? [] : await subjects([image], flags);
  let all: readonly SubjectResult[] = [...named, ...own];
  let mutation: MutationResult[] | undefined;
  if (flags.proofs || flags.mutation === true) {
    const solver = await startSolver(undefined);
    try {
      if (flags.proofs) all = await proofsFor(all, image, solver);
      if (flags.mutation === true) mutation = await mutations(solver);
    } finally {
      progress("");
      await solver.close();
    }
  }
  const files = renderDocumentation(
    {
      subjects: all,
      matrix: runMatrix(),
      occupants: OCCUPANTS,
      regressions: await regressionResults(KNOWN_BUGS, flags.jobs),
      ...(mutation !== undefined && { mutation }),
      ...(flags.scenarios === true && { scenarios: await usualScenarios(flags.jobs) }),
    },
    { version: VERSION },
  );
  for (const [name, contents] of files) writeWhole(path.join(flags.output, name), contents);
  print(
    `${files.size} files in ${flags.output}; begin at ${path.join(flags.output, "index.html")}`,
  );
  return all.some((s) => hasDefect(s)) ? EXIT_CODE.defect : EXIT_CODE.ok;
};
