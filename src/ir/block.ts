/**
 * A block: the IR of a run of guest instructions in SSA form with forward-only guards, and a table
 * that leads from each node back to its guest instruction.
 */
import type { Slot } from "../arch/index.js";
import type { FlagOpName } from "./flag-ops.js";
import type { PureOpName } from "./pure-ops.js";
import type { VectorOpName } from "./vector-ops.js";

declare const valueBrand: unique symbol;
/** An SSA value: the index of the node that defines it. */
export type Value = number & { readonly [valueBrand]: true };

export type ExceptionKind = "undefined" | "svc" | "hvc" | "smc" | "bkpt";
export type HintName = "nop" | "yield" | "wfe" | "wfi" | "sev" | "dbg";

/**
 * Nodes. `get` and `put` name a state slot. Memory nodes carry ACCESS_BITS in `access`. A `guard`
 * skips to the node index `end` when its value is 0 (or non-zero with `invert`). Nodes whose kind
 * begins with "exit" leave the block; exits may stand inside a guard.
 */
export type Node =
  | { readonly kind: "const"; readonly value: number }
  | { readonly kind: "pure"; readonly op: PureOpName; readonly args: readonly Value[] }
  | { readonly kind: "flags"; readonly op: FlagOpName; readonly args: readonly Value[] }
  | { readonly kind: "get"; readonly slot: Slot }
  | { readonly kind: "put"; readonly slot: Slot; readonly value: Value }
  | { readonly kind: "load"; readonly address: Value; readonly access: number }
  | {
      readonly kind: "store";
      readonly address: Value;
      readonly value: Value;
      readonly access: number;
    }
  | { readonly kind: "guard"; readonly value: Value; readonly invert: boolean; end: number }
  /** CPSR as MRS reads it. */
  | { readonly kind: "readCpsr" }
  /** CPSRWriteByInstr (DDI 0406C, B1.3.3): byte mask, and whether it is an exception return. */
  | { readonly kind: "writeCpsr"; readonly value: Value; readonly byteMask: number }
  /** System register access by its index in SYSTEM_REGISTERS; `high` is bits 63:32. */
  | { readonly kind: "sysRead"; readonly register: number; readonly wide: boolean }
  /** Bits 63:32 of the sysRead (wide) just before. */
  | { readonly kind: "sysReadHigh" }
  | {
      readonly kind: "sysWrite";
      readonly register: number;
      readonly value: Value;
      readonly high?: Value;
    }
  /** Access checks and traps of a coprocessor that is not 14 or 15; faults or does nothing. */
  | {
      readonly kind: "checkCoprocessor";
      readonly coprocessor: number;
      readonly advancedSimd: boolean;
    }
  /**
   * An op of VECTOR_OPS on the floating-point and SIMD register file. Operands are slots or constants, in
   * the order of the op's row; it may read and write the register file, FPSCR and nothing else.
   */
  | {
      readonly kind: "vector";
      readonly op: VectorOpName;
      readonly operands: readonly [number, number, number, number];
    }
  | { readonly kind: "hint"; readonly hint: HintName }
  /** A trap that depends on run-time control bits (HCR.TSC, HSTR.TJDBX ...), checked by name. */
  | { readonly kind: "trapCheck"; readonly trap: string }
  /** Continue at a constant address in the same translation state. */
  | { readonly kind: "exitGoto"; readonly target: number }
  /** Continue at a constant address after translation state changed. */
  | { readonly kind: "exitDispatch"; readonly target: number }
  /** Continue at a computed, aligned address in the same instruction set. */
  | { readonly kind: "exitJump"; readonly target: Value }
  /** BXWritePC: bit 0 of the target selects the instruction set. */
  | { readonly kind: "exitExchange"; readonly target: Value }
  /** Exception return: PC and CPSR are written together (DDI 0406C, B1.8.11). */
  | { readonly kind: "exitReturn"; readonly target: Value; readonly psr: Value }
  | {
      readonly kind: "exitException";
      readonly exception: ExceptionKind;
      readonly immediate: number;
    }
  /** UNPREDICTABLE under the "stop" policy, or an encoding that is recognised but not modelled. */
  | {
      readonly kind: "exitStop";
      readonly reason: "unpredictable" | "unmodelled";
      readonly what: string;
    };

export interface InstructionMark {
  /** Index of the instruction's first node. */
  readonly node: number;
  readonly pc: number;
  /** Length in bytes, 2 or 4. */
  readonly size: number;
  /** ITSTATE before the instruction. */
  readonly it: number;
  /**
   * What HYP mode learns when the instruction traps: for system accesses the whole HSR, for loads
   * and stores the ISV, SAS, SSE and SRT bits (24:16) of a data abort's ISS.
   */
  readonly syndrome: number;
}

export interface Block {
  readonly pc: number;
  readonly nodes: readonly Node[];
  readonly marks: readonly InstructionMark[];
}
