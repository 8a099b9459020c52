/**
 * Layout of the one WebAssembly.Memory that translated code, CPU state and guest RAM share, in this order.
 * Every engine addresses state relative to a CPU's region, so that translated code serves all CPUs.
 *
 * A CPU's region, in 32-bit words: state slots, temporaries, control words, TLB, constants, jumps,
 * code pages.
 */
import { SLOT_COUNT } from "../arch/index.js";

/** Words of micro-ops, at the start of the memory; a full cache is emptied. Pages that are never written cost nothing. */
export const CODE_WORDS = 4 * 1024 * 1024;
/** Byte offset of the first CPU's region. */
export const REGIONS_OFFSET = CODE_WORDS * 4;

/** Words for state slots; SLOT_COUNT must fit. */
export const STATE_WORDS = 1024;
export const TEMPORARY_BASE = STATE_WORDS;
export const TEMPORARY_COUNT = 1024;
const CONTROL_BASE = TEMPORARY_BASE + TEMPORARY_COUNT;
/** Control words, not part of the architectural state. */
export const CONTROL = {
  /** Instructions that may still run before the engine must come back; may be lowered by the machine. */
  budget: CONTROL_BASE,
  /** Compiled code comes back where the budget would fall below this. */
  floor: CONTROL_BASE + 1,
  /** What a call out of compiled code asks of it: SIGNAL. */
  signal: CONTROL_BASE + 2,
  /** Operands of an exit of compiled code: instruction, node, and the two of an exception return. */
  where: CONTROL_BASE + 3,
  node: CONTROL_BASE + 4,
  target: CONTROL_BASE + 5,
  psr: CONTROL_BASE + 6,
  /** Where the interpreter left or called: code offset, block, key of what follows, index in the block's calls. */
  at: CONTROL_BASE + 7,
  block: CONTROL_BASE + 8,
  key: CONTROL_BASE + 9,
  index: CONTROL_BASE + 10,
  /** 1 where what the interpreter called faulted. Compiled code has SIGNAL for it, which outlives a call. */
  faulted: CONTROL_BASE + 11,
  /** How many more times the interpreter goes on within a block for compiled code before it says so. */
  patience: CONTROL_BASE + 12,
} as const;
/** Values of the signal word; 0 is none. */
export const SIGNAL = {
  /** Leave after the present block: the budget was cut, or code was dropped. */
  leave: 1,
  /** The call faulted. */
  fault: 2,
} as const;
export const TLB_BASE = CONTROL_BASE + 32;
/** Translation regimes with a TLB of their own: PL0, PL1 and PL2. */
export const TLB_REGIMES = 3;
/** Entries per regime and access kind; an entry is two words: tag and addend. */
export const TLB_ENTRIES = 4096;
const TLB_TABLE_WORDS = TLB_ENTRIES * 2;
export const TLB_WORDS = TLB_REGIMES * 2 * TLB_TABLE_WORDS;
/** Word index of the table of a regime (0 PL0, 1 PL1, 2 PL2) for reads or writes. */
export const tlbTable = (regime: number, write: boolean): number =>
  TLB_BASE + (regime * 2 + (write ? 1 : 0)) * TLB_TABLE_WORDS;
/** Word offset of the entry of a virtual address within its table. */
export const tlbEntry = (address: number): number => (address >>> 11) & ((TLB_ENTRIES - 1) << 1);
/**
 * Tag that matches no access: bit 11 is in no access's compare mask (page bits and the low bits that
 * alignment needs).
 */
export const TLB_INVALID = 0x800;

export const CONSTANT_BASE = TLB_BASE + TLB_WORDS;
/** A kernel's boot uses about 30,000. */
export const CONSTANT_COUNT = 65536;
/** Where jumps lead: entries of four words, by PC. */
export const JUMP_BASE = CONSTANT_BASE + CONSTANT_COUNT;
/** Entries, a power of two. */
export const JUMP_ENTRIES = 16384;
/** Words of an entry: PC, key and offset of the code; the fourth is not used. */
export const JUMP_WORDS = 4;
/**
 * Pages that code was fetched from since the last flush of translations: per regime CODE_ENTRIES virtual page
 * numbers (-1: none), then as many physical ones. Code that goes on in another page probes them.
 */
export const CODE_TLB_BASE = JUMP_BASE + JUMP_ENTRIES * JUMP_WORDS;
/** Code pages remembered for each regime, a power of two. */
export const CODE_ENTRIES = 256;
export const CODE_TLB_WORDS = TLB_REGIMES * 2 * CODE_ENTRIES;
/** Word index of the virtual page number of a page's entry; the physical one is CODE_ENTRIES words behind. */
export const codeEntry = (page: number, regime: number): number =>
  CODE_TLB_BASE + regime * 2 * CODE_ENTRIES + (page & (CODE_ENTRIES - 1));
/** Words of a CPU's region, a multiple of 64 KiB, of which WebAssembly makes its pages. */
export const CPU_WORDS = 192 * 1024;
/** Guest page size that TLB and dirty log work with: 4 KiB, the smallest of Arm. */
export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 1 << PAGE_SHIFT;

if (SLOT_COUNT > STATE_WORDS || CODE_TLB_BASE + CODE_TLB_WORDS > CPU_WORDS) {
  throw new RangeError(`CPU state needs ${SLOT_COUNT} slots; the layout reserves ${STATE_WORDS}`);
}
