/**
 * Micro-ops: what the interpreter runs. Each is an opcode word followed by operand words in one flat
 * Int32Array. Operands that name values are word indices into the CPU's region (state slots,
 * temporaries, constants), so every op is fetched and done in the same way.
 */
import { FLAG_OPS, PURE_OPS, type FlagOpName, type PureOpName } from "../../ir/index.js";

const names: string[] = [];
const define = (name: string): number => {
  names.push(name);
  return names.length - 1;
};

const control = {
  /** n, block, word, function: start of a block of n instructions; goes back when the budget does not cover it. */
  HEAD: define("HEAD"),
  /** As HEAD, and goes back to ask for compiled code when the word, counted down, is 0. */
  HEAD_COUNTED: define("HEAD_COUNTED"),
  /** As HEAD, but calls compiled code, the function of that number, where the budget is at least the word. */
  HEAD_COMPILED: define("HEAD_COMPILED"),
  /** As HEAD: what it becomes when the code behind the block was changed. */
  STALE: define("STALE"),
  /** dst, a */
  MOVE: define("MOVE"),
  /** dst, address, access, TLB table */
  LOAD8: define("LOAD8"),
  LOAD16: define("LOAD16"),
  LOAD32: define("LOAD32"),
  /** A word whose address must be a multiple of 8, 16 or 32. */
  LOAD32_ALIGNED8: define("LOAD32_ALIGNED8"),
  LOAD32_ALIGNED16: define("LOAD32_ALIGNED16"),
  LOAD32_ALIGNED32: define("LOAD32_ALIGNED32"),
  /** address, value, access, TLB table */
  STORE8: define("STORE8"),
  STORE16: define("STORE16"),
  STORE32: define("STORE32"),
  STORE32_ALIGNED8: define("STORE32_ALIGNED8"),
  STORE32_ALIGNED16: define("STORE32_ALIGNED16"),
  STORE32_ALIGNED32: define("STORE32_ALIGNED32"),
  /** As LOAD and STORE of the same size; the address is the sum of two words: dst, a, b, access, TLB table. */
  LOAD8_SUM: define("LOAD8_SUM"),
  LOAD16_SUM: define("LOAD16_SUM"),
  LOAD32_SUM: define("LOAD32_SUM"),
  /** a, b, value, access, TLB table */
  STORE8_SUM: define("STORE8_SUM"),
  STORE16_SUM: define("STORE16_SUM"),
  STORE32_SUM: define("STORE32_SUM"),
  /** a, target: jumps when a is zero. */
  SKIP_ZERO: define("SKIP_ZERO"),
  /** a, target: jumps when a is not zero. */
  SKIP_NONZERO: define("SKIP_NONZERO"),
  /** link, target address, key: link is a code offset, 0 when not linked yet, NEVER_LINKED when it may not be. */
  GOTO: define("GOTO"),
  /** As GOTO, when a word is zero: link, target address, key, a. */
  GOTO_ZERO: define("GOTO_ZERO"),
  /** As GOTO, when a word is not zero. */
  GOTO_NONZERO: define("GOTO_NONZERO"),
  /** target address: continue after looking the state up. */
  DISPATCH: define("DISPATCH"),
  /** a, key */
  JUMP: define("JUMP"),
  /** a, key without T */
  EXCHANGE: define("EXCHANGE"),
  /** target, psr */
  RETURN: define("RETURN"),
  /** Calls into the machine. */
  SYS_READ: define("SYS_READ"),
  /**
   * As a SYS_READ of 32 bits, done in place where the bits of two words are clear: dst, register, word that is read,
   * word and mask, word and mask.
   */
  SYS_READ_PLAIN: define("SYS_READ_PLAIN"),
  SYS_READ_HIGH: define("SYS_READ_HIGH"),
  SYS_WRITE: define("SYS_WRITE"),
  READ_CPSR: define("READ_CPSR"),
  WRITE_CPSR: define("WRITE_CPSR"),
  /** index: of the block's `calls`, nodes without value operands. */
  CALL: define("CALL"),
  /** op: index in VECTOR_OP_NAMES, then its four operands. */
  VECTOR: define("VECTOR"),
  /** index: of the block's `calls`; exception or stop. */
  EXIT: define("EXIT"),
} as const;

export const MICRO = control;
/** Link of a GOTO to another page: it goes through the jump cache. */
export const NEVER_LINKED = -1;

const byKey = (keys: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(keys.map((k) => [k, define(k)]));
const pureNumbers = byKey(Object.keys(PURE_OPS));
const flagNumbers = byKey(Object.keys(FLAG_OPS));
/** Opcode of a pure op. Operands: dst, then its arguments. */
export const microOfPure = (op: PureOpName): number => pureNumbers[op]!;
/** Opcode of a flag op. Operands: its arguments. */
export const microOfFlags = (op: FlagOpName): number => flagNumbers[op]!;
/** Number of micro-ops: opcodes are 0 to MICRO_COUNT - 1. */
export const MICRO_COUNT = names.length;
/** Words of each HEAD: opcode, instructions, block, what its kind counts or needs, number of the function. */
export const HEAD = { length: 1, block: 2, word: 3, fn: 4 } as const;
export const HEAD_WORDS = 5;
