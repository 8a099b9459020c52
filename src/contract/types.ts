/**
 * The ABI as data. A contract is one generation of an implementation, or one state of the kernel's
 * documentation; a clause is one promise of it that a machine can check. Checker, case generator,
 * headers, documentation and comparison read these records; nothing about a call is written twice: the
 * clauses of a call are made from the facts in its record.
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

/** Moments at which the question may be asked. */
export type PhaseKind =
  /** The decompressor has installed its copy of the stub and runs in SVC. */
  | "decompressor-stub"
  /** The kernel proper has installed its stub. */
  | "kernel-stub"
  /** KVM's init vectors are in place, its run-time vectors not yet. */
  | "kvm-init-window"
  | "kvm-run-time"
  /** The kernel has panicked and turned the SVC MMU off; nothing was torn down. */
  | "after-panic"
  /** The kernel is a guest: it was entered in SVC. */
  | "guest";

/** A value, told in terms of the state when the HVC was issued. */
export type ValueExpression =
  | { readonly kind: "constant"; readonly value: number }
  /** A core register of the caller. */
  | { readonly kind: "register"; readonly register: number }
  /** Any named state slot: HVBAR, MIDR, SP_hyp ... */
  | { readonly kind: "system"; readonly register: string }
  /** Address of the instruction after the HVC. */
  | { readonly kind: "successor" }
  /** The caller's CPSR. */
  | { readonly kind: "cpsr" }
  /** Physical address of the vectors of the initial stub. */
  | { readonly kind: "stubVectors" };

/** What picks the instruction set at an address: bit 0 of it, or how the kernel was built. */
export type InstructionSetRule = "bit0" | "kernel";

/**
 * A rule about every instruction from the HVC to the end of the call:
 * - synchronised: a write of a register that decides how HYP mode runs (HSCTLR, HVBAR, its translation) has
 *   taken effect, by a context synchronisation event, before control is handed over;
 * - predictable: no instruction is UNPREDICTABLE;
 * - inside: HYP mode executes the occupant's own code alone, until it hands control over where the call says;
 * - leaks-nothing: what the caller sees afterwards is the same whatever HYP mode's own registers hold.
 */
export type PathRule = "synchronised" | "predictable" | "inside" | "leaks-nothing";

/** What a machine checks after a call. */
export type Expectation =
  /** Control is at the instruction after the HVC, in the caller's mode and instruction set. */
  | { readonly kind: "returns" }
  /** Control is at the address in a register. */
  | {
      readonly kind: "enters";
      readonly target: number;
      readonly mode: "hyp";
      readonly instructionSet: InstructionSetRule;
    }
  /**
   * HYP mode branches to the value of a register, whatever is there: reached, or the address of the
   * abort. On a T32 kernel bit 0 is set first.
   */
  | { readonly kind: "branches"; readonly target: number }
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
  /** The bits of the mask have this value. */
  | {
      readonly kind: "bits";
      readonly register: string;
      readonly mask: number;
      readonly value: number;
      readonly names: string;
    }
  /** CPSR.A, I and F are set. */
  | { readonly kind: "masked" }
  | { readonly kind: "memoryUnchanged" }
  | { readonly kind: "outcome"; readonly outcome: OutcomeKind }
  /** None of these comes about. */
  | { readonly kind: "never"; readonly outcomes: readonly OutcomeKind[] }
  /** The instructions at these offsets of the vector table branch to themselves. */
  | { readonly kind: "selfBranch"; readonly slots: readonly number[] }
  | { readonly kind: "path"; readonly rule: PathRule };

/** What a value must be for a call to make sense; boundary values come from these. */
export type Constraint =
  | { readonly kind: "physical" }
  | { readonly kind: "below4GiB" }
  | { readonly kind: "aligned"; readonly bytes: number }
  /** The host has code there. */
  | { readonly kind: "executable" }
  /** Bit 0 set means Thumb. */
  | { readonly kind: "bit0SelectsThumb" };

/** What a register means to a call, for the case generator's boundary values and for people. */
export interface Input {
  readonly register: number;
  readonly meaning: string;
  readonly domain: "vectors" | "code" | "any";
  readonly constraints: readonly Constraint[];
}
export type Selector =
  | { readonly kind: "value"; readonly value: number }
  /** Every value that no other call of the contract names. */
  | { readonly kind: "other" };

/** Where control goes. */
export type Control =
  | { readonly kind: "returns" }
  | {
      readonly kind: "enters";
      /** Register that holds the address. */
      readonly target: number;
      readonly mode: "hyp";
      readonly instructionSet: InstructionSetRule;
      /** What the contract says of the case that control comes back to the caller after all. */
      readonly ifItReturns: "cannot" | "not said";
    }
  /** r0 is called in HYP mode with r1 to r3 as its r0 to r2; it comes back with the function's result. */
  | { readonly kind: "calls-function"; readonly target: 0 }
  /** r0 is called as a function although it is no address of one. */
  | { readonly kind: "wild-branch"; readonly target: 0 }
  /** The call is taken for a step of an initialisation; what follows depends on memory. */
  | { readonly kind: "misread" }
  | {
      readonly kind: "powers-off";
      readonly how: "cpu-off" | "domain-crash" | "parked";
    }
  | { readonly kind: "undefined-injected" };

/** A register that the call sets. */
export interface Result {
  readonly register: number;
  readonly value: ValueExpression;
  /** The value in words: "HVC_STUB_ERR". */
  readonly words: string;
  /** Condition of a result that does not always come about; no clause is made of it. */
  readonly when?: string;
}
/** What the call does to system state. */
export type Effect =
  | { readonly kind: "set"; readonly register: string; readonly value: ValueExpression }
  | {
      readonly kind: "clear";
      readonly register: string;
      readonly mask: number;
      readonly names: string;
    };

export interface Call {
  /** Short name, part of clause ids. */
  readonly id: string;
  /** The kernel's name for it, where it has one. */
  readonly name: string;
  readonly selector: Selector;
  readonly inputs: readonly Input[];
  readonly summary: string;
  /** misread: answered, but as something else than what the caller means. */
  readonly status: "implemented" | "does-nothing" | "refused" | "misread";
  readonly control: Control;
  readonly results: readonly Result[];
  readonly effects: readonly Effect[];
  /** CPSR.A, I and F are set where control ends. */
  readonly masks: boolean;
  /** Registers that the caller must take for lost. */
  readonly mayClobber: readonly string[];
  /** State slots that the call leaves alone, as far as the contract says. */
  readonly keeps: readonly string[];
  /** What a reader may look for and the contract does not say, with the reason. */
  readonly unspecified: readonly string[];
}

/** When a clause is about a case; absent conditions do not matter. */
export interface Applies {
  /** Instruction set that the kernel is built for. */
  readonly kernel?: "A32" | "T32";
  readonly hypMmu?: "on" | "off";
  readonly svcMmu?: "on" | "off";
  /** Byte order of the kernel's data. */
  readonly byteOrder?: "little" | "big";
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
  readonly applies: Applies;
  readonly expect: Expectation;
  readonly sources: readonly Source[];
}

export interface Contract {
  readonly id: string;
  readonly title: string;
  readonly kind: "implementation" | "documentation";
  readonly family: "linux-stub" | "kvm" | "hypervisor" | "documentation";
  /** arm64: the registers are x0 and its kin, the modes EL1 and EL2. The laboratory does not run these yet. */
  readonly architecture: "arm32" | "arm64";
  readonly releases: string;
  readonly summary: string;
  /** HVC immediate; the register that selects the call is r0 in all of them. */
  readonly immediate: number | "any";
  readonly implementers: string;
  /** What is outside of the contract. */
  readonly scope: string;
  /** Phases in which this is what answers; for documentation, in which it applies. */
  readonly phases: readonly PhaseKind[];
  /** What a host may assume when it issues a call while it crashes. */
  readonly hostAtCrash: string;
  readonly calls: readonly Call[];
  readonly clauses: readonly Clause[];
  readonly sources: readonly Source[];
  /** Facts that no clause can hold against a single call. */
  readonly notes: readonly string[];
  /** Documentation states of this generation's day. */
  readonly documentedBy: readonly string[];
  /** Contract whose promises for 32-bit this one repeats word for word; it has no clauses of its own then. */
  readonly restates: string | undefined;
}
