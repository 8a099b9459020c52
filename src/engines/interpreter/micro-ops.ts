/**
 * Micro-ops: what the interpreter runs. Each is an opcode word followed by operand words in one flat
 * Int32Array. Operands that name values are word indices into the CPU's region (state slots,
 * temporaries, constants), so every op is fetched and done in the same way.
 */
import { FLAG_OPS, PURE_OPS, type FlagOpName, type PureOpName } from "../../ir/index.js";

const lengths: number[] = [];
/** The next opcode, of a micro-op of so many words, the opcode among them. */
const define = (words: number): number => lengths.push(words) - 1;

/** Words of each HEAD: opcode, instructions, block, what its kind counts or needs, number of the function. */
export const HEAD = { length: 1, block: 2, word: 3, fn: 4 } as const;
export const HEAD_WORDS = 5;
/** Words of each SKIP. */
export const SKIP = { words: 2 } as const;
/** Words of each GOTO. */
export const GOTO = { link: 1 } as const;

const control = {
  /** n, block, word, function: start of a block of n instructions; goes back when the budget does not cover it. */
  HEAD: define(HEAD_WORDS),
  /** As HEAD, and goes back to ask for compiled code when the word, counted down, is 0. */
  HEAD_COUNTED: define(HEAD_WORDS),
  /** As HEAD, but calls compiled code, the function of that number, where the budget is at least the word. */
  HEAD_COMPILED: define(HEAD_WORDS),
  /** As HEAD: what it becomes when the code behind the block was changed. */
  STALE: define(HEAD_WORDS),
  /** dst, a */
  MOVE: define(3),
  /** dst, address, access, TLB table */
  LOAD8: define(5),
  LOAD16: define(5),
  LOAD32: define(5),
  /** A word whose address must be a multiple of 8, 16 or 32. */
  LOAD32_ALIGNED8: define(5),
  LOAD32_ALIGNED16: define(5),
  LOAD32_ALIGNED32: define(5),
  /** address, value, access, TLB table */
  STORE8: define(5),
  STORE16: define(5),
  STORE32: define(5),
  STORE32_ALIGNED8: define(5),
  STORE32_ALIGNED16: define(5),
  STORE32_ALIGNED32: define(5),
  /** As LOAD and STORE of the same size; the address is the sum of two words: dst, a, b, access, TLB table. */
  LOAD8_SUM: define(6),
  LOAD16_SUM: define(6),
  LOAD32_SUM: define(6),
  /** a, b, value, access, TLB table */
  STORE8_SUM: define(6),
  STORE16_SUM: define(6),
  STORE32_SUM: define(6),
  /** a, words: goes so many words on from its own beginning when a is zero. */
  SKIP_ZERO: define(3),
  /** As SKIP_ZERO, when a is not zero. */
  SKIP_NONZERO: define(3),
  /** link, target address, key: link is a code offset, 0 when not linked yet, NEVER_LINKED when it may not be. */
  GOTO: define(4),
  /** As GOTO, when a word is zero: link, target address, key, a. */
  GOTO_ZERO: define(5),
  /** As GOTO, when a word is not zero. */
  GOTO_NONZERO: define(5),
  /** target address: continue after looking the state up. */
  DISPATCH: define(2),
  /** a, key */
  JUMP: define(3),
  /** a, key without T */
  EXCHANGE: define(3),
  /** target, psr */
  RETURN: define(3),
  /** Calls into the machine. */
  SYS_READ: define(4),
  /**
   * As a SYS_READ of 32 bits, done in place where the bits of two words are clear: dst, register, word that is read,
   * word and mask, word and mask.
   */
  SYS_READ_PLAIN: define(8),
  SYS_READ_HIGH: define(2),
  SYS_WRITE: define(5),
  READ_CPSR: define(2),
  WRITE_CPSR: define(3),
  /** index: of the block's `calls`, nodes without value operands. */
  CALL: define(2),
  /** op: index in VECTOR_OP_NAMES, then its four operands. */
  VECTOR: define(6),
  /** index: of the block's `calls`; exception or stop. */
  EXIT: define(2),
} as const;

export const MICRO = control;
/** Link of a GOTO to another page: it goes through the jump cache. */
export const NEVER_LINKED = -1;

/** Opcodes of ops that take `arity` words behind the opcode and `others`. */
const byKey = (
  ops: Readonly<Record<string, { readonly arity: number }>>,
  others: number,
): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(ops).map(([k, { arity }]) => [k, define(1 + others + arity)]));
const pureNumbers = byKey(PURE_OPS, 1);
const flagNumbers = byKey(FLAG_OPS, 0);
/** Opcode of a pure op. Operands: dst, then its arguments. */
export const microOfPure = (op: PureOpName): number => pureNumbers[op]!;
/** Opcode of a flag op. Operands: its arguments. */
export const microOfFlags = (op: FlagOpName): number => flagNumbers[op]!;
/** Number of micro-ops: opcodes are 0 to MICRO_COUNT - 1. */
export const MICRO_COUNT = lengths.length;
/** Words of a micro-op by its opcode. */
export const MICRO_WORDS = Int32Array.from(lengths);
