/** `hyplab mutate`: every single-bit flip of an occupant's code, killed, proved or undecided. */
import {
  describeCase,
  mutateOccupant,
  scoreOf,
  type MutantVerdict,
  type MutationResult,
} from "../lab/index.js";
import { OCCUPANTS, occupantNamed } from "../occupants/index.js";
import { EXIT_CODE, suggestion, UsageError } from "./errors.js";
import { colour, print, progress, writeWhole } from "./output.js";
import { startSolver } from "./prove-command.js";

export interface MutateFlags {
  readonly json?: string;
  readonly solver?: string;
  readonly cases?: number;
  readonly seed?: number;
  readonly verbose?: boolean;
}

const place = (offset: number, bit: number): string => `+0x${offset.toString(16)}, bit ${bit}`;
const words = (v: MutantVerdict): string => {
  switch (v.kind) {
    case "killed": {
      const { clause, counterexample: c } = v.found;
      return `killed by ${v.by} (${v.setup}): ${clause.id}: ${describeCase(c)}: ${c.found}`;
    }
    case "equivalent":
      return "equivalent";
    case "allowed":
      return "differs in what the contract allows";
    case "undecided":
      return `undecided: ${v.why}`;
  }
};

const show = (r: MutationResult, verbose: boolean): void => {
  const score = scoreOf(r);
  const byProof = r.mutants.filter((m) => m.verdict.kind === "killed" && m.verdict.by === "proof");
  print(
    `${colour.bold(r.occupant)}, ${r.thumb ? "T32" : "A32"}, ${r.bytes} bytes: ${score.mutants} flips, ${colour.green(`${score.killed} killed`)} (${byProof.length} of them by proof alone), ${score.equivalent} proved equivalent, ${score.allowed} proved to differ in what the contract allows alone, ${score.undecided === 0 ? "none undecided" : colour.red(`${score.undecided} undecided`)}`,
  );
  for (const { offset, flip, verdict: v } of r.mutants)
    if (verbose || v.kind === "undecided") print(`  ${place(offset, flip.bit)}: ${words(v)}`);
};

export const mutateCommand = async (id: string, flags: MutateFlags): Promise<number> => {
  const occupant = occupantNamed(id);
  if (occupant === undefined)
    throw new UsageError(
      `no occupant is named "${id}"${suggestion(
        id,
        OCCUPANTS.map((o) => o.id),
      )}; hyplab list shows the occupants`,
    );
  const started = performance.now();
  const solver = await startSolver(flags.solver);
  const results: MutationResult[] = [];
  try {
    for (const thumb of [false, true])
      results.push(
        await mutateOccupant(occupant, thumb, {
          solver,
          ...(flags.cases === undefined ? {} : { cases: flags.cases }),
          ...(flags.seed === undefined ? {} : { seed: flags.seed }),
          progress: (what) => progress(`${id}, ${thumb ? "T32" : "A32"}: ${what}`),
        }),
      );
  } finally {
    progress("");
    await solver.close();
  }
  if (flags.json !== undefined)
    writeWhole(
      flags.json,
      `${JSON.stringify({ schema: "hyplab-mutation", version: 1, results: results.map((r) => ({ ...r, score: scoreOf(r) })) }, undefined, 2)}\n`,
    );
  if (flags.json !== "-") {
    for (const r of results) show(r, flags.verbose === true);
    print(`${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  return results.some((r) => scoreOf(r).undecided > 0) ? EXIT_CODE.stopped : EXIT_CODE.ok;
};
