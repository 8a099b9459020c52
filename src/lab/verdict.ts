/** Verdicts of a clause at a phase, each with its evidence. */
import type { Clause } from "../contract/index.js";
import type { Registers } from "./call-site.js";
import type { Outcome } from "./outcome.js";
import type { SystemState } from "./system-state.js";

/** The smallest case known that breaks a clause. */
export interface Counterexample {
  readonly registers: Registers;
  readonly flags: number;
  readonly system: SystemState;
  readonly found: string;
  readonly outcome: Outcome;
}
/** What the checker says of a clause. */
export type Verdict =
  | { readonly kind: "held"; readonly cases: number; readonly seed: number }
  | {
      readonly kind: "violated";
      readonly cases: number;
      readonly seed: number;
      readonly counterexample: Counterexample;
    }
  | { readonly kind: "not-applicable"; readonly why: string }
  | { readonly kind: "not-tried"; readonly why: string };
/** What the prover says of a clause at a phase. */
export type ProofVerdict =
  | {
      readonly kind: "proved";
      /** Paths of the call that were looked at. */
      readonly paths: number;
      /** What the proof takes for granted, in words. */
      readonly assumptions: readonly string[];
    }
  | {
      readonly kind: "refuted";
      readonly counterexample: Counterexample;
      /** The interpreter ran the case and saw the clause broken. */
      readonly confirmed: boolean;
      /** What the case needs that a machine here cannot be given. */
      readonly assumptions: readonly string[];
    }
  /** No state of the phase gets there. */
  | { readonly kind: "unreachable"; readonly why: string }
  | { readonly kind: "unknown"; readonly why: string }
  | { readonly kind: "not-applicable"; readonly why: string }
  | { readonly kind: "not-tried"; readonly why: string };

/** All verdicts of a clause. */
export interface ClauseVerdict {
  readonly clause: Clause;
  /** What the checker says. */
  readonly verdict: Verdict;
  /** What the prover says, where it was asked. */
  readonly proof?: ProofVerdict;
  /** The proof's assumption that the checker's counterexample does not keep. */
  readonly outside?: string;
}
