/** Byte offsets in the memory of a batch: state, tables, images of cases, pages. */
import { FRAME_WORDS } from "./word-test.js";

/** Words that code and its owner share. */
export const CELL = {
  /** Operands of a reason to leave. */
  first: 0,
  second: 4,
  /** The case that the loop goes on with. */
  next: 8,
  dirtyCount: 12,
  learnedCount: 16,
} as const;
/** Clauses: broken by the present case, not to be told again, and how often broken. */
export const MOST_CLAUSES = 128;
export const BROKEN = 64;
export const KNOWN = BROKEN + MOST_CLAUSES / 8;
export const COUNTS = 128;

const KIB = 1024;
/** Frame of the present case. */
export const STATE = 4 * KIB;
export const FRAME_BYTES = FRAME_WORDS * 4;
/** Bits that a case changed, of each word. */
export const CHANGED = 8 * KIB;
/** Pages that an access may reach by a probe of one entry: tag and addend. */
export const PROBE_ENTRIES = 64;
export const READ_PROBE = 12 * KIB;
export const WRITE_PROBE = READ_PROBE + PROBE_ENTRIES * 8;
export const NO_TAG = 0x800;
/** Pages that are known. */
export const LEARNED = 14 * KIB;
export const LEARNED_BYTES = 32;
export const MOST_LEARNED = 64;
/** Byte offsets in an entry; the first two are as in a probe's. */
export const PAGE_ENTRY = {
  tag: 0,
  addend: 4,
  current: 8,
  base: 12,
  /** 1 writable, 2 own. */
  flags: 16,
  dirty: 20,
} as const;
export const WRITABLE = 1,
  OWN = 2;
/** Entries that were written, by the offset of their entry. */
export const DIRTY = 16 * KIB;
/** Code by (pc, key): pc, key, index; entries of 16 bytes. */
export const JUMPS = 20 * KIB;
export const JUMP_ENTRIES = 1024;
/** HSR of fetches that fault, by the number in FETCHES. */
export const SYNDROMES = 40 * KIB;
/** Per page of the two HYP contexts: 0 not known, 1 memory, else the number of an HSR. */
export const FETCHES = 64 * KIB;
export const IMAGES = FETCHES + 2 * 1024 * KIB;
/** Entry of (pc, key) among the jumps; a key of 0 is none. */
export const jumpEntry = (pc: number, key: number): number =>
  JUMPS + ((((pc >>> 1) ^ (key >>> 4) ^ (pc >>> 12)) & (JUMP_ENTRIES - 1)) << 4);

/** Why a case is handed back. */
export const LEFT = {
  /** No code is known at (first: pc, second: key with context). */
  code: 1,
  /** No page is known for the access at first; second: context, bit 8 for a write. */
  page: 2,
  /** Nothing is known of fetches at first; second: context. */
  fetch: 3,
  /** The machine has to do what comes next. */
  machine: 4,
  /** A clause that was not known to be broken is. */
  broken: 5,
} as const;
/** Bits of the context in a key, and in a tag. */
export const KEY_CONTEXT = 16,
  TAG_CONTEXT = 8;
