/**
 * Every single-bit flip of an occupant's code: killed by a case that breaks a clause, or proved to break none, on
 * every path. What is neither shows where the contract, or the prover, is too weak.
 */
import type { Contract } from "../../contract/index.js";
import { Terms, type Solver } from "../../engines/index.js";
import { assembleOccupant, type Occupant } from "../../occupants/index.js";
import { violations, checkContract } from "../check.js";
import type { CallSite } from "../call-site.js";
import { describeSetup } from "../check-subject.js";
import { occupantSite, type Setup } from "../laboratory.js";
import { OCCUPANT_LAYOUT } from "../layout.js";
import { proveContract, type CallPaths } from "../prover/prove.js";
import { symbolicCall, type SymbolicCall } from "../symbolic/symbolic-call.js";
import { doTheSame } from "./equivalence.js";
import { contractsOf, questionnaire, type Found, type Questionnaire } from "./first-violation.js";
import { flipsOf, killedByCases, turn, type Flip } from "./flips.js";

export type MutantVerdict =
  /** A clause is broken; `by` tells who found the case. */
  | {
      readonly kind: "killed";
      readonly by: "cases" | "proof";
      readonly setup: string;
      readonly found: Found;
    }
  /** From every state it does what the occupant does: outcome, final state and memory are the same. */
  | { readonly kind: "equivalent" }
  /** It does something else somewhere, and every clause is proved. */
  | { readonly kind: "allowed" }
  | { readonly kind: "undecided"; readonly why: string };
export interface Mutant {
  readonly flip: Flip;
  /** Offset of the byte from the start of the occupant's code. */
  readonly offset: number;
  readonly verdict: MutantVerdict;
}
export interface MutationResult {
  readonly occupant: string;
  readonly thumb: boolean;
  readonly bytes: number;
  readonly mutants: readonly Mutant[];
}
export interface MutateOptions {
  readonly solver: Solver;
  readonly timeoutMs?: number;
  readonly seed?: number;
  /** Cases of each call that a mutant is tried with. */
  readonly cases?: number;
  /** Told before each mutant that cases do not kill. */
  readonly progress?: (what: string) => void;
}

/** A setup with the questions that every mutant is asked in it. */
interface Rig {
  readonly setup: Setup;
  readonly site: CallSite;
  readonly asked: Questionnaire;
  readonly contracts: readonly Contract[];
  readonly without: ReadonlySet<string>;
  readonly terms: Terms;
  readonly original: SymbolicCall;
}
const SEED = 20170109;
const CASES = 40;
const TIMEOUT = 10_000;

const rigOf = async (occupant: Occupant, setup: Setup, options: MutateOptions): Promise<Rig> => {
  const site = occupantSite(occupant, setup);
  const contracts = contractsOf(occupant);
  const { seed = SEED, cases = CASES } = options;
  const terms = new Terms();
  const original = await symbolicCall(site, { terms });
  const strict = await symbolicCall(site, { policy: "stop" });
  const without = new Set<string>();
  for (const contract of contracts) {
    for (const v of violations(checkContract(contract, site, { seed }))) without.add(v.clause.id);
    const proofs = await proveContract(
      contract,
      site,
      { usual: () => original, strict: () => strict },
      { solver: options.solver, timeoutMs: options.timeoutMs ?? TIMEOUT },
    );
    for (const [clause, proof] of proofs) if (proof.kind !== "proved") without.add(clause.id);
  }
  return {
    setup,
    site,
    contracts,
    without,
    terms,
    original,
    asked: questionnaire(contracts, site, { seed, cases }, without),
  };
};

/** What the prover says of a flip in one setup. */
const byProof = async (
  occupant: Occupant,
  rig: Rig,
  flip: Flip,
  options: MutateOptions,
): Promise<MutantVerdict> => {
  // A site of its own: what is known of a site's memory is kept with it.
  const site = occupantSite(occupant, rig.setup);
  turn(site, flip);
  const usual = await symbolicCall(site, { terms: rig.terms });
  const strict = await symbolicCall(site, { policy: "stop" });
  const paths: CallPaths = { usual: () => usual, strict: () => strict };
  const setup = describeSetup(rig.setup);
  let undecided: MutantVerdict | undefined;
  for (const contract of rig.contracts) {
    const only = new Set(contract.clauses.flatMap((c) => (rig.without.has(c.id) ? [] : [c.id])));
    const proofs = await proveContract(contract, site, paths, {
      solver: options.solver,
      timeoutMs: options.timeoutMs ?? TIMEOUT,
      only,
      stopAt: (proof) => proof.kind === "refuted" && proof.confirmed,
    });
    for (const [clause, proof] of proofs) {
      if (proof.kind === "refuted" && proof.confirmed)
        return {
          kind: "killed",
          by: "proof",
          setup,
          found: { clause, counterexample: proof.counterexample },
        };
      if (proof.kind === "refuted")
        undecided ??= {
          kind: "undecided",
          why: `${setup}: ${clause.id}: a case that does not show when it is run`,
        };
      if (proof.kind === "unknown")
        undecided ??= { kind: "undecided", why: `${setup}: ${clause.id}: ${proof.why}` };
    }
  }
  if (undecided !== undefined) return undecided;
  const { solver, timeoutMs = TIMEOUT } = options;
  return (await doTheSame(rig.original, usual, solver, timeoutMs))
    ? { kind: "equivalent" }
    : { kind: "allowed" };
};

const verdictOn = async (
  occupant: Occupant,
  rigs: readonly Rig[],
  flip: Flip,
  options: MutateOptions,
): Promise<MutantVerdict> => {
  for (const rig of rigs) {
    const found = killedByCases(rig.site, rig.asked, flip);
    if (found !== undefined)
      return { kind: "killed", by: "cases", setup: describeSetup(rig.setup), found };
  }
  options.progress?.(`0x${flip.address.toString(16)}, bit ${flip.bit}`);
  const proofs: MutantVerdict[] = [];
  for (const rig of rigs) {
    const verdict = await byProof(occupant, rig, flip, options);
    if (verdict.kind === "killed") return verdict;
    proofs.push(verdict);
  }
  return (
    proofs.find((v) => v.kind === "undecided") ??
    proofs.find((v) => v.kind === "allowed") ?? { kind: "equivalent" }
  );
};

/** Classifies every flip of an occupant's code in an instruction set, with the HYP MMU off and on. */
export const mutateOccupant = async (
  occupant: Occupant,
  thumb: boolean,
  options: MutateOptions,
): Promise<MutationResult> => {
  const rigs: Rig[] = [];
  for (const hypMmu of [false, true]) rigs.push(await rigOf(occupant, { thumb, hypMmu }, options));
  const base = OCCUPANT_LAYOUT.occupant;
  const { bytes } = assembleOccupant(
    occupant,
    { thumb },
    base,
    occupant.resetsTo === undefined ? {} : { stub_vectors: rigs[0]!.site.options.stubVectors },
  );
  const mutants: Mutant[] = [];
  for (const flip of flipsOf(base, bytes))
    mutants.push({
      flip,
      offset: flip.address - base,
      verdict: await verdictOn(occupant, rigs, flip, options),
    });
  return { occupant: occupant.id, thumb, bytes: bytes.length, mutants };
};

/** How many mutants came out each way. */
export interface MutationScore {
  readonly mutants: number;
  readonly killed: number;
  readonly equivalent: number;
  readonly allowed: number;
  readonly undecided: number;
}
export const scoreOf = ({ mutants }: Pick<MutationResult, "mutants">): MutationScore => {
  const count = (kind: MutantVerdict["kind"]): number =>
    mutants.filter((m) => m.verdict.kind === kind).length;
  return {
    mutants: mutants.length,
    killed: count("killed"),
    equivalent: count("equivalent"),
    allowed: count("allowed"),
    undecided: count("undecided"),
  };
};
