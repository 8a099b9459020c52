/**
 * The ABI as data. A contract is one generation of an implementation, or one state of the kernel's
 * documentation; a clause is one promise of it that a machine can check. Checker, case generator,
 * headers and documentation read these records; nothing about a call is written twice.
 */

/** How sure a statement is: seen in source, seen in a patch or mail, derived by hand, from memory. */
export type EvidenceMark = "V" | "P" | "D" | "M";
export interface Source {
  /** Repository at a commit, document, or section of a document. */
  readonly what: string;
  readonly mark: EvidenceMark;
}

/** Kinds of outcome that clauses may speak of (the laboratory's union has the details). */
export type OutcomeKind =
  | "returned"
  | "entered"
  | "self-loop"
  | "exception-in-hyp"
  | "undefined-injected"
  | "powered-off"
  | "ran-away"
  | "reset"
  | "exceeded-budget"
  | "stopped";

/** A value, told in terms of the state when the HVC was issued. */
export type ValueExpression =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "register"; readonly register: number }
  | { readonly kind: "system"; readonly register: string }
  /** Physical address of the vectors of the initial stub. */
  | { readonly kind: "stubVectors" };

/** What a machine checks after a call. */
export type Expectation =
  /** Control is at the instruction after the HVC, in the caller's mode and instruction set. */
  | { readonly kind: "returns" }
  /** Control is at the address in a register; bit 0 or the kernel's build picks the instruction set. */
  | {
      readonly kind: "enters";
      readonly target: number;
      readonly mode: "hyp";
      readonly instructionSet: "bit0" | "kernel";
    }
  | { readonly kind: "register"; readonly register: number; readonly value: ValueExpression }
  /** State slots (R1, SP_svc, SP_hyp, HCR ...) hold what they held. */
  | { readonly kind: "unchanged"; readonly slots: readonly string[] }
  | { readonly kind: "system"; readonly register: string; readonly value: ValueExpression }
  | {
      readonly kind: "bitsClear";
      readonly register: string;
      readonly mask: number;
      readonly names: string;
    }
  /** CPSR.A, I and F are set. */
  | { readonly kind: "masked" }
  | { readonly kind: "memoryUnchanged" }
  | { readonly kind: "outcome"; readonly outcome: OutcomeKind }
  /** None of these comes about. */
  | { readonly kind: "never"; readonly outcomes: readonly OutcomeKind[] };

/** What a register means to a call, for the case generator's boundary values and for people. */
export interface Input {
  readonly register: number;
  readonly meaning: string;
  readonly domain: "vectors" | "code" | "any";
}
export type Selector =
  | { readonly kind: "value"; readonly value: number }
  /** Every value that no other call of the contract names. */
  | { readonly kind: "other" };

export interface Call {
  /** Short name, part of clause ids. */
  readonly id: string;
  /** The kernel's name for it, where it has one. */
  readonly name: string;
  readonly selector: Selector;
  readonly inputs: readonly Input[];
  readonly summary: string;
  /** Registers that the caller must take for lost. */
  readonly mayClobber: readonly string[];
}

export interface Clause {
  /** contract/call/promise. */
  readonly id: string;
  /** The call that it is about, or what else it is about. */
  readonly about:
    | { readonly kind: "call"; readonly call: string }
    | { readonly kind: "vectors" }
    | { readonly kind: "installation" };
  readonly statement: string;
  /** promise: documented, or relied on by a caller. observation: how the generation happens to behave. */
  readonly strength: "promise" | "observation";
  readonly expect: Expectation;
  readonly sources: readonly Source[];
}

export interface Contract {
  readonly id: string;
  readonly title: string;
  readonly kind: "implementation" | "documentation";
  readonly family: "linux-stub" | "kvm" | "hypervisor" | "documentation";
  readonly releases: string;
  readonly summary: string;
  /** HVC immediate; the register that selects the call is r0 in all of them. */
  readonly immediate: number | "any";
  readonly implementers: string;
  /** What a host may assume when it issues a call while it crashes. */
  readonly hostAtCrash: string;
  readonly calls: readonly Call[];
  readonly clauses: readonly Clause[];
  readonly sources: readonly Source[];
  /** Documentation states of this generation's day. */
  readonly documentedBy: readonly string[];
}
