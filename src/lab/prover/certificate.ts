/** A proof as a file: every question with who answered it and how, and what it was about. */
import { ProofBuilder, type KeptProof } from "../../certificates/index.js";
import { printQuery } from "../../engines/index.js";
import type { SubjectPhase } from "../check-subject.js";
import { contractFingerprint, imageFingerprint, instructionFingerprint } from "./fingerprints.js";
import type { AskedQuery } from "./prove.js";

/** The three hashes of a subject as it is now. */
export const fingerprintsOf = (
  phases: readonly SubjectPhase[],
): Pick<KeptProof["subject"], "image" | "instructions" | "contract"> => ({
  image: imageFingerprint(phases),
  instructions: instructionFingerprint(),
  contract: contractFingerprint(phases.flatMap((p) => [p.contract, ...p.documents])),
});

/** Collects the questions of a run about one subject. */
export class Certificate {
  readonly #subject: string;
  readonly #asked: { readonly query: AskedQuery; readonly phase: string }[] = [];

  constructor(subject: string) {
    this.#subject = subject;
  }
  add(query: AskedQuery, phase: string): void {
    this.#asked.push({ query, phase });
  }
  /** The whole, with the assumptions of the run's proofs. */
  proof(phases: readonly SubjectPhase[], assumptions: readonly string[]): KeptProof {
    const builder = new ProofBuilder(
      {
        name: this.#subject,
        state: phases.map((p) => p.phase).join("; "),
        ...fingerprintsOf(phases),
      },
      assumptions,
    );
    for (const { query, phase } of this.#asked)
      builder.claim(query.clause, `${phase}: ${query.part}`, {
        text: printQuery(query.assertions).text,
        answer: query.answer,
        solver: { name: query.by.name, version: query.by.version },
        ...(query.refutation === undefined ? {} : { refutation: query.refutation }),
      });
    return builder.proof;
  }
}
