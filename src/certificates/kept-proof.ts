import { z } from "zod";
import { ProofFormatError } from "./proof-format-error.js";
import { validateQuery } from "./query-text.js";

const hash = z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256 hash, 64 digits");
const name = z.string().min(1).max(1000);

const QUERY = z.strictObject({
  /** SMT-LIB 2.6 from `(set-logic` to the last assertion. */
  text: z.string(),
  answer: z.enum(["unsat", "sat"]),
  /** Who answered; an index into `solvers`. */
  solver: z.int().nonnegative(),
  /** Where bit-blasting is small: clauses in DIMACS and their refutation in LRAT. */
  refutation: z.strictObject({ cnf: z.string(), lrat: z.string() }).optional(),
});

const CLAIM = z.strictObject({
  /** The contract's clause, e.g. `linux-c/soft-restart/enters-hyp`. */
  clause: name,
  /** The path through the occupant's code, or what else of the clause the query is about. */
  path: name,
  /** An index into `queries`: its answer is what the claim rests on. */
  query: z.int().nonnegative(),
});

const PROOF = z.strictObject({
  format: z.literal("hyplab-proof"),
  version: z.literal(1),
  subject: z.strictObject({
    name,
    /** The phase and the machine's state at which the proof starts, in words. */
    state: name,
    /** SHA-256 of the occupant's image, of the instruction records and of the contract. */
    image: hash,
    instructions: hash,
    contract: hash,
  }),
  /** What is taken for granted, in words. */
  assumptions: z.array(name),
  solvers: z.array(z.strictObject({ name, version: name })),
  queries: z.array(QUERY),
  claims: z.array(CLAIM),
});

/** A proof as it is kept in a file: claims, and the queries and answers on which they rest. */
export type KeptProof = Readonly<z.infer<typeof PROOF>>;
export type KeptQuery = z.infer<typeof QUERY>;
export type KeptClaim = z.infer<typeof CLAIM>;

/** Builds a proof; equal queries are kept once. */
export class ProofBuilder {
  readonly #subject: KeptProof["subject"];
  readonly #assumptions: readonly string[];
  readonly #solvers: { name: string; version: string }[] = [];
  readonly #queries: KeptQuery[] = [];
  readonly #claims: KeptClaim[] = [];
  readonly #byText = new Map<string, number>();

  constructor(subject: KeptProof["subject"], assumptions: readonly string[]) {
    this.#subject = subject;
    this.#assumptions = assumptions;
  }

  claim(
    clause: string,
    path: string,
    query: Omit<KeptQuery, "solver"> & {
      readonly solver: { readonly name: string; readonly version: string };
    },
  ): void {
    const { solver, ...rest } = query;
    let index = this.#byText.get(query.text);
    if (index === undefined) {
      index = this.#queries.length;
      this.#byText.set(query.text, index);
      this.#queries.push({ ...rest, solver: this.#solver(solver) });
    }
    this.#claims.push({ clause, path, query: index });
  }

  #solver({ name: called, version }: { readonly name: string; readonly version: string }): number {
    const present = this.#solvers.findIndex((s) => s.name === called && s.version === version);
    return present >= 0 ? present : this.#solvers.push({ name: called, version }) - 1;
  }

  get proof(): KeptProof {
    return {
      format: "hyplab-proof",
      version: 1,
      subject: this.#subject,
      assumptions: [...this.#assumptions],
      solvers: this.#solvers,
      queries: this.#queries,
      claims: this.#claims,
    };
  }
}

export const writeProof = (proof: KeptProof): string => `${JSON.stringify(proof, undefined, 1)}\n`;

/** @throws ProofFormatError naming the field, for a text that is no proof or whose queries are not ours. */
export const readProof = (text: string): KeptProof => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProofFormatError("proof", "JSON", error instanceof Error ? error.message : "other");
  }
  const parsed = PROOF.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ProofFormatError(
      issue?.path.join(".") || "proof",
      "the format hyplab-proof 1",
      issue?.message ?? "other",
    );
  }
  const proof = parsed.data;
  for (const [i, query] of proof.queries.entries()) {
    if (proof.solvers[query.solver] === undefined)
      throw new ProofFormatError(`queries.${i}.solver`, "an index into solvers", `${query.solver}`);
    if (query.refutation !== undefined && query.answer !== "unsat")
      throw new ProofFormatError(`queries.${i}.refutation`, "none beside an answer of sat", "one");
    validateQuery(query.text, `queries.${i}.text`);
  }
  for (const [i, claim] of proof.claims.entries())
    if (proof.queries[claim.query] === undefined)
      throw new ProofFormatError(`claims.${i}.query`, "an index into queries", `${claim.query}`);
  return proof;
};
