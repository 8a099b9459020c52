/** What stands between the interpreter's run function and the machine. */
import type { FunctionType, ImportedFunction } from "../module/encoder.js";

/**
 * Runs from code offset `start` on for the CPU whose region is at byte offset `base`. Bits of `apart` are set in
 * each key that is looked for in the jump cache: with one that no key has, no jump is followed.
 */
export type RunFunction = (base: number, start: number, apart: number) => number;

/** What the run function calls: EngineHost's of the CPU that runs. What may fault says in the word `faulted` whether it did. */
export interface RunCalls {
  load(address: number, access: number): number;
  store(address: number, value: number, access: number): void;
  sysRead(register: number, wide: number): number;
  sysReadHigh(): number;
  sysWrite(register: number, low: number, high: number, wide: number): void;
  readCpsr(): number;
  writeCpsr(value: number, mask: number): void;
  translationKey(): number;
  /** Runs a node of a block that is a call into the machine, by its index in the block's `calls`. */
  call(block: number, index: number): void;
  vector(op: number, d: number, n: number, m: number, imm: number): void;
  /** Compiled code left the block at a code offset; once in PATIENCE times. */
  leftWithin(block: number, at: number): void;
}
const SIGNATURES: Readonly<Record<keyof RunCalls, readonly [parameters: number, result: boolean]>> =
  {
    load: [2, true],
    store: [3, false],
    sysRead: [2, true],
    sysReadHigh: [0, true],
    sysWrite: [4, false],
    readCpsr: [0, true],
    writeCpsr: [2, false],
    translationKey: [0, true],
    call: [2, false],
    vector: [5, false],
    leftWithin: [2, false],
  };
/** Function indices of what is called. */
export const CALL_NAMES = Object.keys(SIGNATURES) as (keyof RunCalls)[];
/** Of the run function. */
export const RUN_TYPE: FunctionType = { parameters: 3, result: true };
/** Of compiled functions. */
export const COMPILED_TYPE: FunctionType = { parameters: 1, result: true };
/** Function types of the run function's module, by number. */
export const RUN_TYPES: readonly FunctionType[] = [
  RUN_TYPE,
  COMPILED_TYPE,
  ...CALL_NAMES.map((name) => ({ parameters: SIGNATURES[name][0], result: SIGNATURES[name][1] })),
];
/** What the module imports. */
export const RUN_IMPORTS: readonly ImportedFunction[] = CALL_NAMES.map((name, i) => ({
  name,
  type: i + 2,
}));
