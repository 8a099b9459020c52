/** What both machines are asked to tell of a boot: the exceptions taken, and the entries of chosen functions. */

/** Words of `registers`: R0 to R15 and CPSR. */
export const REGISTER_NAMES: readonly string[] = [
  ...Array.from({ length: 16 }, (_, n) => `r${n}`),
  "CPSR",
];

export const EXCEPTION_NAMES = [
  "undefined",
  "svc",
  "hvc",
  "hypTrap",
  "prefetchAbort",
  "dataAbort",
  "irq",
  "fiq",
] as const;
export type BootException = (typeof EXCEPTION_NAMES)[number];

export type BootEvent =
  /** The CPU stands at a vector: LR or ELR_hyp is in the registers where the mode has it in R14. */
  | {
      readonly kind: "exception";
      readonly name: BootException;
      /** Privilege level that it was taken from: 0, 1, or 2 for HYP mode. */
      readonly from: number;
      /** DFSR and DFAR, or IFSR and IFAR, of an abort taken to PL1. */
      readonly fault: readonly [status: number, address: number] | undefined;
      readonly registers: Int32Array;
      /** Instructions since the boot's first; only our machine tells. */
      readonly at?: number;
    }
  /** The CPU stands at a function's first instruction. */
  | {
      readonly kind: "entry";
      readonly name: string;
      readonly registers: Int32Array;
      readonly at?: number;
    }
  /** The firmware was called. */
  | { readonly kind: "psci"; readonly at?: number };

/** A function whose entries are told of. */
export interface WatchedFunction {
  readonly name: string;
  /** Virtual address of its first instruction. */
  readonly address: number;
}
/** Where a CPU's vectors are, and what else is watched. */
export interface Watched {
  /** Addresses of tables of vectors. */
  readonly vectors: readonly number[];
  readonly functions: readonly WatchedFunction[];
  /** A function that is entered once: all of RAM is compared there. */
  readonly checkpoint: WatchedFunction | undefined;
}
/** Registers and RAM at the checkpoint. */
export interface Checkpoint {
  readonly registers: Int32Array;
  readonly memory: Uint8Array;
}
/** What a machine told of its boot. */
export interface Told {
  readonly events: readonly BootEvent[];
  readonly console: Uint8Array;
}
export const VECTOR_BYTES = 0x20;
