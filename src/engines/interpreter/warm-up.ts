/**
 * Runs every op that needs no machine a few times on scratch memory. V8 compiles the run function from what
 * it has seen of it: a case that was never taken when it is compiled throws the compiled function away the
 * first time that it is taken, and a kernel's boot would lose a second or two by that.
 */
import {
  CONTROL,
  CPU_WORDS,
  FLAG_OPS,
  PURE_OPS,
  TEMPORARY_BASE,
  tlbTable,
  type EngineHost,
  type FlagOpName,
  type PureOpName,
} from "../../ir/index.js";
import { SLOT, vectorSlot } from "../../arch/index.js";
import type { CallTable, RunFunction } from "./generate.js";
import { JUMP_CACHE_ENTRIES } from "./jump-cache.js";
import { MICRO, microOfFlags, microOfPure } from "./micro-ops.js";

/** Operands: small and large, of both signs, so that no result is taken for always small. */
const OPERANDS = [
  [5, 3, 1],
  [-7, 0x7fff_ffff, 1],
  [-0x8000_0000, -1, 0],
  [0, 0, 0],
  [0x1234_5678, 33, -1],
] as const;
/** Vector ops whose call is shown; more than a few, so that V8 takes none for the only one. */
const VECTOR_CALLS = 8;
const [A, B, C, RESULT] = [0, 1, 2, 3].map((n) => TEMPORARY_BASE + n) as [
  number,
  number,
  number,
  number,
];
/** Where a JUMP goes, a translation key, and a budget that no block leaves. */
const PC = 0x100;
const KEY = 0;
const NEVER = 0x7fff_ffff;

const loads = [
  MICRO.LOAD8,
  MICRO.LOAD16,
  MICRO.LOAD32,
  MICRO.LOAD32_ALIGNED8,
  MICRO.LOAD32_ALIGNED16,
  MICRO.LOAD32_ALIGNED32,
];
const stores = [
  MICRO.STORE8,
  MICRO.STORE16,
  MICRO.STORE32,
  MICRO.STORE32_ALIGNED8,
  MICRO.STORE32_ALIGNED16,
  MICRO.STORE32_ALIGNED32,
];

/** The ops as code that ends where its budget does. `zero` is a word of the region that holds 0. */
const program = (zero: number): { code: Int32Array; jumps: readonly number[] } => {
  const words: number[] = [0, MICRO.HEAD, 1, 0];
  const jumps: number[] = [];
  for (const name of Object.keys(PURE_OPS) as PureOpName[])
    words.push(microOfPure(name), RESULT, ...[A, B, C].slice(0, PURE_OPS[name].arity));
  for (const name of Object.keys(FLAG_OPS) as FlagOpName[])
    words.push(microOfFlags(name), ...[A, B, C].slice(0, FLAG_OPS[name].arity));
  words.push(MICRO.MOVE, RESULT, A);
  for (const load of loads) words.push(load, RESULT, zero, 0, tlbTable(0, false));
  for (const store of stores) words.push(store, zero, A, 0, tlbTable(0, true));
  for (let n = 0; n < VECTOR_CALLS; n++)
    words.push(MICRO.VECTOR, n, vectorSlot(0), vectorSlot(8), vectorSlot(16), 0);
  // Each of these goes on behind itself.
  words.push(MICRO.SKIP_ZERO, zero, words.length + 3);
  words.push(MICRO.SKIP_NONZERO, zero, words.length + 3);
  words.push(MICRO.GOTO, words.length + 4, PC, KEY);
  words.push(MICRO.JUMP, RESULT + 1, KEY);
  jumps.push(words.length);
  words.push(MICRO.HEAD, NEVER, 0);
  return { code: Int32Array.from(words), jumps };
};

/** Shows the run function its ops. Takes a few milliseconds, once a process. */
export const warmUp = (run: RunFunction): void => {
  const region = new Int32Array(CPU_WORDS);
  const memory = new ArrayBuffer(64);
  const zero = RESULT + 2;
  region[RESULT + 1] = PC;
  const { code, jumps } = program(zero);
  const jumpPc = new Int32Array(JUMP_CACHE_ENTRIES);
  const jumpKey = new Int32Array(JUMP_CACHE_ENTRIES).fill(-1);
  const jumpCode = new Int32Array(JUMP_CACHE_ENTRIES);
  const entry = (PC >>> 1) & (JUMP_CACHE_ENTRIES - 1);
  jumpPc[entry] = PC;
  jumpKey[entry] = KEY;
  jumpCode[entry] = jumps[0]!;
  const out = { offset: 0, block: 0, key: 0, index: 0, target: 0, psr: 0 };
  for (const operands of OPERANDS) {
    for (let turn = 0; turn < 3; turn++) {
      region.set(operands, A);
      region[SLOT.PC] = 0;
      region[CONTROL.budget] = 1;
      // Nothing in the program calls the machine.
      run(
        1,
        code,
        region,
        new Int32Array(memory),
        new Uint16Array(memory),
        new Uint8Array(memory),
        jumpPc,
        jumpKey,
        jumpCode,
        NO_HOST,
        NO_HOST as unknown as CallTable,
        out,
      );
    }
  }
};
const NO_HOST = Object.freeze({}) as EngineHost;
