/** `hyplab prove --recheck FILE`: a kept proof, asked again. */
import { readProof, recheck, type TextSolver } from "../certificates/index.js";
import { SmtLibSolver, Z3Solver } from "../engines/index.js";
import { readInputFile } from "../images/index.js";
import { fingerprintsOf, imagePhases, occupantPhases } from "../lab/index.js";
import { EXIT_CODE } from "./errors.js";
import { colour, print } from "./output.js";
import { targetNamed } from "./subject-target.js";

const MOST_PROOF_BYTES = 256 * 1024 * 1024;
const TIMEOUT = 60_000;

type Asker = TextSolver & { close(): Promise<void> };
const askerOf = (command: string | undefined): Promise<Asker> =>
  command === undefined ? Z3Solver.start() : SmtLibSolver.start(command);

/** Throws UsageError, ImageError and ProofFormatError. */
export const recheckCommand = async (
  file: string,
  flags: { readonly solver?: string; readonly timeout?: number },
): Promise<number> => {
  const started = performance.now();
  const proof = readProof(
    new TextDecoder().decode(
      readInputFile(file, { expected: "a kept proof", limit: MOST_PROOF_BYTES }),
    ),
  );
  const found = await targetNamed(proof.subject.name);
  const phases =
    found.kind === "occupant" ? occupantPhases(found.occupant) : imagePhases(found.image);
  const solver = await askerOf(flags.solver);
  try {
    const result = await recheck(proof, solver, {
      timeoutMs: flags.timeout === undefined ? TIMEOUT : flags.timeout * 1000,
      current: fingerprintsOf(phases),
    });
    const count = (outcome: (typeof result.queries)[number]["outcome"]): number =>
      result.queries.filter((q) => q.outcome === outcome).length;
    const refutations = result.queries.filter((q) => q.refutation).length;
    print(
      `${colour.bold(proof.subject.name)}: ${proof.claims.length} claims rest on ${result.queries.length} questions; ${solver.name} ${solver.version} confirms ${count("confirmed")}; ${refutations} refutations accepted`,
    );
    for (const q of result.queries)
      if (q.outcome !== "confirmed") print(`  question ${q.query}: ${q.outcome}: ${q.why}`);
    for (const claim of result.failed) print(`  ${colour.red("not confirmed")} ${claim}`);
    for (const what of result.stale)
      print(
        `  ${colour.red("stale")}: the ${what === "image" ? "occupant's bytes" : what === "instructions" ? "instruction records" : "contract"} are not those that the proof is about`,
      );
    print(`${((performance.now() - started) / 1000).toFixed(1)} s`);
    if (result.failed.length > 0 || result.stale.length > 0)
      return count("unknown") === result.failed.length && result.stale.length === 0
        ? EXIT_CODE.stopped
        : EXIT_CODE.violation;
    return EXIT_CODE.ok;
  } finally {
    await solver.close();
  }
};
