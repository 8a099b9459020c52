/** What a batch of cases asks of whoever owns the machine: its code, its pages, its system registers. */
import type { Block, Node } from "../../../ir/index.js";

/**
 * How addresses are translated: PL1 without translation, PL2 as the cases find it, PL2 with its MMU turned off
 * since. A number of two bits in keys and tags.
 */
export const CONTEXT = { pl1: 0, hyp: 1, hypOff: 2 } as const;
export type Context = (typeof CONTEXT)[keyof typeof CONTEXT];

/** A system register access that reads or writes words of state alone. */
export interface SystemWords {
  /** State slots of bits 31:0 and 63:32; -1 for what reads as 0 and ignores writes. */
  readonly low: number;
  readonly high: number;
  /** Bits that a write changes. */
  readonly mask: number;
  readonly highMask: number;
  /** A write takes part in translation. */
  readonly translates: boolean;
}
export interface BatchBlock {
  readonly block: Block;
  /** Bytes of the page that the block lies on; no case writes to it. */
  readonly page: Uint8Array;
  /** Physical page number. */
  readonly physical: number;
}
export interface DataPage {
  /** Physical page number. */
  readonly physical: number;
  readonly bytes: Uint8Array;
  /** Changes of it do not count. */
  readonly own: boolean;
}
/** A fetch from a page: there is code, or HYP mode takes a prefetch abort with this HSR. */
export type FetchResult = "memory" | { readonly syndrome: number };

export interface BatchHost {
  /** The block at (pc, key); undefined where the machine has to run it. */
  block(pc: number, key: number, context: Context): BatchBlock | undefined;
  /** What a fetch at an address comes to; undefined where the machine has to say. */
  fetch(pc: number, context: Context): FetchResult | undefined;
  /** The page of an access; undefined where the machine has to make it. */
  page(address: number, write: boolean, context: Context): DataPage | undefined;
  /** An access from HYP mode. */
  systemWords(register: number, write: boolean, wide: boolean): SystemWords | undefined;
  /** Whether a hint or check does nothing in HYP mode. */
  doesNothing(node: Node): boolean;
  /** HSR of HVC #immediate. */
  hvcSyndrome(immediate: number): number;
}

/** What an SMC by its immediate means: the case ends with a bit of the word `end`, or goes on. */
export type Mark = number | "goes-on";
/** How cases begin and end. */
export interface BatchPlan {
  readonly pc: number;
  /** Translation key, as EngineHost gives it. */
  readonly key: number;
  readonly marks: ReadonlyMap<number, Mark>;
  /** Bits of `end`: an SMC that `marks` does not name, a branch to itself, that after an exception in HYP mode. */
  readonly otherMark: number;
  readonly selfLoop: number;
  readonly hypException: number;
  /** Instructions that a case may take; the machine runs those that take more. */
  readonly budget: number;
}
