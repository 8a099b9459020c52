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
  tlbEntry,
  tlbTable,
  TLB_INVALID,
  type EngineHost,
  type FlagOpName,
  type PureOpName,
} from "../../ir/index.js";
import { SLOT, vectorSlot } from "../../arch/index.js";
import type { BoundRunFunction, CallTable, Registers, RunFunction } from "./generate.js";
import { JUMP_CACHE_ENTRIES, jumpIndex } from "./jump-cache.js";
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
/** Where a JUMP goes, an address that the TLB does not know, a translation key, and a budget that no block leaves. */
const PC = 0x100;
const FAR = 0x5000;
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

const sumLoads = [MICRO.LOAD8_SUM, MICRO.LOAD16_SUM, MICRO.LOAD32_SUM];
const sumStores = [MICRO.STORE8_SUM, MICRO.STORE16_SUM, MICRO.STORE32_SUM];

/** What a run function works on, and how it is called. */
export interface WarmUpArrays {
  /** `at` words of code and more are free from word `from` on. */
  readonly code: Int32Array;
  readonly from: number;
  readonly region: Int32Array;
  readonly words: Int32Array;
  readonly jumpPc: Int32Array;
  readonly jumpKey: Int32Array;
  readonly jumpCode: Int32Array;
}
/** Runs the code at an offset. */
export type WarmUpRun = (start: number, host: EngineHost, calls: CallTable, out: Registers) => void;

/** Code words that warm-up needs. */
export const WARM_UP_WORDS = 2048;

interface Program {
  readonly code: readonly number[];
  /** Where to begin: everything that goes on, then what comes back. */
  readonly starts: readonly number[];
  /** Where a jump leads that is found. */
  readonly landing: number;
}

/**
 * The ops as code from offset `from` on. `zero` is a word of the region that holds 0, an address that the TLB
 * knows; `far` one that it does not.
 */
const program = (from: number, zero: number, far: number): Program => {
  const words: number[] = [];
  const here = (): number => from + words.length;
  const starts = [from];
  words.push(MICRO.HEAD, 1, 0, 0);
  for (const name of Object.keys(PURE_OPS) as PureOpName[])
    words.push(microOfPure(name), RESULT, ...[A, B, C].slice(0, PURE_OPS[name].arity));
  for (const name of Object.keys(FLAG_OPS) as FlagOpName[])
    words.push(microOfFlags(name), ...[A, B, C].slice(0, FLAG_OPS[name].arity));
  words.push(MICRO.MOVE, RESULT, A);
  // Heads of no instructions, on their way to be compiled: they go on.
  words.push(MICRO.HEAD_COUNTED, 0, 0, 1000, MICRO.HEAD_COMPILED, 0, 0, NEVER);
  for (const address of [zero, far]) {
    for (const load of loads) words.push(load, RESULT, address, 0, tlbTable(0, false));
    for (const store of stores) words.push(store, address, A, 0, tlbTable(0, true));
    for (const load of sumLoads) words.push(load, RESULT, address, zero, 0, tlbTable(0, false));
    for (const store of sumStores) words.push(store, address, zero, A, 0, tlbTable(0, true));
  }
  for (let n = 0; n < VECTOR_CALLS; n++)
    words.push(MICRO.VECTOR, n, vectorSlot(0), vectorSlot(8), vectorSlot(16), 0);
  words.push(MICRO.SYS_READ, RESULT, 0, 0, MICRO.SYS_READ_HIGH, RESULT);
  words.push(MICRO.SYS_WRITE, 0, A, B, 0, MICRO.READ_CPSR, RESULT, MICRO.WRITE_CPSR, A, 15);
  words.push(MICRO.CALL, 0);
  // Each of these goes on behind itself, whatever A is: it is 0 and not 0 in turn.
  words.push(MICRO.SKIP_ZERO, A, here() + 3);
  words.push(MICRO.SKIP_NONZERO, A, here() + 3);
  words.push(MICRO.GOTO, here() + 4, PC, KEY);
  // Jumps that are found lead to a head that the budget does not cover.
  const jumps = [
    [MICRO.GOTO, -1, PC, KEY],
    [MICRO.JUMP, RESULT + 1, KEY],
    [MICRO.EXCHANGE, RESULT + 1, KEY],
    [MICRO.DISPATCH, PC],
  ];
  const missed = [
    [MICRO.GOTO, -1, PC + 4, KEY],
    [MICRO.JUMP, far, KEY],
    [MICRO.EXCHANGE, far, KEY],
    [MICRO.DISPATCH, PC + 4],
    [MICRO.GOTO, 0, PC, KEY],
    [MICRO.RETURN, A, B],
    [MICRO.EXIT, 0],
    [MICRO.STALE, 0, 0, 0],
    [MICRO.HEAD_COUNTED, 0, 0, 0],
    [MICRO.HEAD_COMPILED, 0, 0, 0],
  ];
  words.push(MICRO.EXIT, 0);
  for (const op of [...jumps, ...missed]) {
    starts.push(here());
    words.push(...op);
  }
  const landing = here();
  words.push(MICRO.HEAD, NEVER, 0, 0);
  return { code: words, starts, landing };
};

/** Shows a run function its ops. Takes a few milliseconds. What is in the arrays is lost. */
const show = (arrays: WarmUpArrays, run: WarmUpRun): void => {
  const { code, from, region, words, jumpPc, jumpKey, jumpCode } = arrays;
  const zero = RESULT + 2;
  const far = RESULT + 3;
  const { code: text, starts, landing } = program(from, zero, far);
  code.set(text, from);
  region[RESULT + 1] = PC;
  region[zero] = 0;
  region[far] = FAR;
  for (const write of [false, true]) {
    const table = tlbTable(0, write);
    region[table + tlbEntry(0)] = 0;
    region[table + tlbEntry(0) + 1] = 0;
    region[table + tlbEntry(FAR)] = TLB_INVALID;
  }
  words[0] = 0;
  const entry = jumpIndex(PC);
  jumpPc[entry] = PC;
  jumpKey[entry] = KEY;
  jumpCode[entry] = landing;
  for (const miss of [PC + 4, FAR]) jumpKey[jumpIndex(miss)] = -1;
  const out = { offset: 0, block: 0, key: 0, index: 0, target: 0, psr: 0 };
  const hosts = shownHosts();
  for (const operands of OPERANDS) {
    for (const shown of hosts) {
      const host = shown as Asked as EngineHost;
      for (const start of starts) {
        region.set(operands, A);
        region[SLOT.PC] = 0;
        region[CONTROL.budget] = 1;
        run(start, host, shown, out);
      }
    }
  }
};

/** Shows a run function its ops on memory of its own. */
export const warmUp = (run: RunFunction): void => {
  const region = new Int32Array(CPU_WORDS);
  const memory = new ArrayBuffer(64);
  const [words, halves, bytes] = [
    new Int32Array(memory),
    new Uint16Array(memory),
    new Uint8Array(memory),
  ];
  const code = new Int32Array(WARM_UP_WORDS);
  const jumpPc = new Int32Array(JUMP_CACHE_ENTRIES);
  const jumpKey = new Int32Array(JUMP_CACHE_ENTRIES).fill(-1);
  const jumpCode = new Int32Array(JUMP_CACHE_ENTRIES);
  show({ code, from: 0, region, words, jumpPc, jumpKey, jumpCode }, (start, host, calls, out) => {
    run(start, code, region, words, halves, bytes, jumpPc, jumpKey, jumpCode, host, calls, out);
  });
};

/** Shows a CPU's own run function its ops, on the CPU's arrays, which afterwards hold what they held. */
export const warmUpBound = (
  run: BoundRunFunction,
  arrays: Omit<WarmUpArrays, "jumpKey">,
  jumpKey: Int32Array,
): void => {
  const held = [arrays.region, arrays.jumpPc, arrays.jumpCode, jumpKey].map((array) => ({
    array,
    copy: array.slice(),
  }));
  const word = arrays.words[0]!;
  show({ ...arrays, jumpKey }, (start, host, calls, out) => {
    run(start, jumpKey, host, calls, out);
  });
  for (const { array, copy } of held) array.set(copy);
  // The region may begin with this word.
  arrays.words[0] = word;
  arrays.code.fill(0, arrays.from, arrays.from + WARM_UP_WORDS);
};

/** What the run function asks of the machine. */
type Asked = Pick<
  EngineHost,
  | "faulted"
  | "load"
  | "store"
  | "sysRead"
  | "sysReadHigh"
  | "sysWrite"
  | "readCpsr"
  | "writeCpsr"
  | "translationKey"
>;
/** Answers everything and does nothing. */
const shownHost = {
  faulted: false,
  load: (address: number) => ~address,
  store: () => {},
  sysRead: (register: number) => ~register,
  sysReadHigh: () => -1,
  sysWrite: () => {},
  readCpsr: () => -1,
  writeCpsr: () => {},
  translationKey: () => KEY,
  call: () => {},
} satisfies Asked & CallTable;
/**
 * Hosts of more shapes and with other functions than V8 keeps account of: it takes none for the one that will be
 * called and builds none in, neither of which would hold of the machine's.
 */
const shownHosts = (): readonly (Asked & CallTable)[] =>
  Array.from({ length: 6 }, (_, n) => {
    const methods = Object.entries(shownHost).map(([name, value]) => [
      name,
      typeof value === "function" ? value.bind(undefined) : value,
    ]);
    return Object.assign({ [`shape${n}`]: n }, Object.fromEntries(methods) as typeof shownHost);
  });
