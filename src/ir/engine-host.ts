/**
 * What an engine needs from the machine. Faults are return values: a call that faults sets `faulted`
 * and records the exception; the engine leaves the block, puts PC and ITSTATE of the faulting
 * instruction into their slots and calls takePending.
 */
import type { Block, ExceptionKind, HintName } from "./block.js";

/** A translated block's identity: everything that the translation depends on besides the code. */
export interface BlockSource {
  readonly block: Block;
  /** Physical page number (PA >>> 12) of the code, for invalidation. */
  readonly page: number;
  /** Page of the last halfword, where a T32 instruction alone in its block lies across pages; else -1. */
  readonly secondPage: number;
}

/** A system register whose read is a word of the CPU's region while each gate's bits are all clear, or some set. */
export interface PlainRead {
  readonly word: number;
  readonly gates: readonly {
    readonly slot: number;
    readonly mask: number;
    readonly wanted: "set" | "clear";
  }[];
}

export interface EngineHost {
  /** Set by a call below that could not be done; cleared by takePending. */
  readonly faulted: boolean;
  /** Load that missed the TLB's fast path: bytes in little-endian order, zero-extended. */
  load(address: number, access: number): number;
  store(address: number, value: number, access: number): void;
  sysRead(register: number, wide: boolean): number;
  /** How a 32-bit read of a system register may be done in place, in a mode of a privilege level. */
  plainRead(register: number, level: 0 | 1 | 2): PlainRead | undefined;
  /** Bits 63:32 of the last wide sysRead. */
  sysReadHigh(): number;
  sysWrite(register: number, low: number, high: number, wide: boolean): void;
  readCpsr(): number;
  writeCpsr(value: number, byteMask: number): void;
  checkCoprocessor(coprocessor: number, advancedSimd: boolean): void;
  trapCheck(trap: string): void;
  hint(hint: HintName): void;
  /** Takes the recorded fault; PC and IT slots hold the faulting instruction of `size` bytes. */
  takePending(syndrome: number, size: number): void;
  /** Takes an exception that the instruction at the PC slot asks for; `nextPc` follows it. */
  takeException(kind: ExceptionKind, immediate: number, nextPc: number): void;
  exceptionReturn(target: number, psr: number): void;
  /** An UNPREDICTABLE or unmodelled instruction: the machine stops by name. */
  stop(reason: "unpredictable" | "unmodelled", what: string): void;
  /** Key of the current translation state: mode, instruction set, endianness, ITSTATE. */
  translationKey(): number;
  /** Translates at most `limit` instructions at `pc`; undefined when the fetch faults (recorded). */
  translate(pc: number, key: number, limit: number): BlockSource | undefined;
  /** The same for a physical page of code that is known: what it held at `pc` when it was translated, it holds yet. */
  translateIn(page: number, pc: number, key: number, limit: number): BlockSource | undefined;
  /** Physical page number of code at `pc`, or -1 when the fetch faults (recorded). */
  codePage(pc: number): number;
  /** The same where the CPU has it at hand, else -1; nothing changes. */
  knownCodePage(pc: number): number;
  /** 1, 2 or 4 bytes of a physical page that code was translated from, little-endian. */
  codeWord(page: number, offset: number, size: number): number;
  /** True when the engine must come back to the machine before the next block. */
  readonly interrupted: boolean;
  /**
   * Asked after a fault: true when the instruction did nothing yet and has to be run again as the last
   * of its block, because it accesses a device. The machine's time is exact only there.
   */
  takeReplay(): boolean;
}

/** Translation key: bits 4:0 mode, 5 T, 6 E, 15:8 ITSTATE. */
export const KEY = {
  mode: { lsb: 0, width: 5 },
  thumb: { lsb: 5, width: 1 },
  bigEndian: { lsb: 6, width: 1 },
  it: { lsb: 8, width: 8 },
} as const;
