/** What came of a call: a closed union, so that every reader handles every case. */
import { describeHsr, hex, type ModeName } from "../arch/index.js";

export type InstructionSetName = "A32" | "T32";

export type Outcome =
  /** Control is back at the instruction after the HVC. */
  | {
      readonly kind: "returned";
      readonly mode: ModeName;
      readonly instructionSet: InstructionSetName;
    }
  /** Control reached a place that the caller named as a target. */
  | {
      readonly kind: "entered";
      readonly address: number;
      readonly mode: ModeName;
      readonly instructionSet: InstructionSetName;
    }
  /** A branch to itself with nothing to end it. */
  | { readonly kind: "self-loop"; readonly address: number; readonly mode: ModeName }
  /** HYP mode took an exception of its own; `address` is where, `target` the address that faulted. */
  | {
      readonly kind: "exception-in-hyp";
      readonly vector: number;
      readonly hsr: number;
      readonly address: number;
      readonly target: number;
      readonly instructionSet: InstructionSetName;
    }
  | { readonly kind: "undefined-injected" }
  | { readonly kind: "powered-off"; readonly how: "cpu-off" | "domain-crash" | "parked" }
  /** An exception in the host, or execution where nobody put code. */
  | {
      readonly kind: "ran-away";
      readonly address: number;
      readonly mode: ModeName;
      readonly what: string;
    }
  | { readonly kind: "reset" }
  | {
      readonly kind: "exceeded-budget";
      readonly address: number;
      readonly mode: ModeName;
      readonly instructions: number;
    }
  /** The machine met something that it does not model, or UNPREDICTABLE under the policy that stops. */
  | {
      readonly kind: "stopped";
      readonly reason: string;
      readonly what: string;
      readonly address: number;
    };

export type OutcomeKind = Outcome["kind"];

/** An outcome in one line of words. */
export const describeOutcome = (o: Outcome): string => {
  switch (o.kind) {
    case "returned":
      return o.mode === "svc" ? "returns to the caller" : `returns to the caller in ${o.mode} mode`;
    case "entered":
      return `enters ${hex(o.address)} in ${o.mode} mode, ${o.instructionSet}`;
    case "self-loop":
      return `loops at ${hex(o.address)} in ${o.mode} mode for ever`;
    case "exception-in-hyp":
      return `branches to ${hex(o.target)} (${o.instructionSet}) and takes an exception in HYP mode: ${describeHsr(o.hsr).words}; the vector at +0x${o.vector.toString(16)} branches to itself`;
    case "undefined-injected":
      return "an Undefined Instruction exception is injected into the caller";
    case "powered-off":
      return {
        "cpu-off": "the CPU is switched off",
        "domain-crash": "the domain is crashed",
        parked: "the CPU is parked",
      }[o.how];
    case "ran-away":
      return `runs away: ${o.what} at ${hex(o.address)} in ${o.mode} mode`;
    case "reset":
      return "the machine is reset";
    case "exceeded-budget":
      return `still running at ${hex(o.address)} in ${o.mode} mode after ${o.instructions} instructions`;
    case "stopped":
      return `stopped at ${hex(o.address)}: ${o.reason} (${o.what})`;
  }
};

/** An outcome in a few words, for tables. */
export const nameOutcome = (o: Outcome): string => {
  switch (o.kind) {
    case "returned":
      return "returns";
    case "entered":
      return `enters ${hex(o.address)} in ${o.mode}`;
    case "exception-in-hyp":
      return `branches to ${hex(o.target)} and is lost in HYP mode`;
    default:
      return describeOutcome(o);
  }
};
