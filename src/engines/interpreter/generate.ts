/**
 * The interpreter's run function, made as text from the `js` lanes of the IR's ops, so that an op's
 * meaning stands in its row alone. Control micro-ops are written here; they have no other meaning.
 */
import {
  CONTROL,
  FLAG_OPS,
  PURE_OPS,
  runtime,
  TLB_ENTRIES,
  VECTOR_OP_NAMES,
  VECTOR_OPS,
  type Apply,
  type EngineHost,
  type FlagName,
  type FlagOpName,
  type PureOpName,
  type Runtime,
  type VectorOp,
} from "../../ir/index.js";
import { SLOT } from "../../arch/index.js";
import { JUMP_CACHE_ENTRIES, JUMP_SHIFTS } from "./jump-cache.js";
import { MICRO, microOfFlags, microOfPure } from "./micro-ops.js";

/** Why the run function came back. The code offset and block are in the Registers. */
export const EXIT = {
  /** The next block is at PC slot with `key`; it is not known or not linked yet. `block` led to it. */
  lookup: 0,
  /** As lookup, and the GOTO at `offset` may be linked to what is found. */
  link: 1,
  /** The budget does not cover the block at PC slot. */
  budget: 2,
  /** A call faulted; the instruction is that of `offset`. */
  fault: 3,
  /** Exception or stop: the node is `calls[index]` of the block. */
  exit: 4,
  /** Exception return: target and psr in `target` and `psr`. */
  exceptionReturn: 5,
  /** The block ran often enough to be compiled; it has not begun. */
  warm: 6,
  /** There is compiled code for the block; it has not begun. */
  compiled: 7,
} as const;

/** Values that run hands back besides its exit code. */
export interface Registers {
  offset: number;
  block: number;
  key: number;
  index: number;
  target: number;
  psr: number;
}

/** Nodes that CALL runs; implemented by the interpreter over the host. */
export interface CallTable {
  call(block: number, index: number): void;
}

export type RunFunction = (
  start: number,
  code: Int32Array,
  S: Int32Array,
  W: Int32Array,
  H: Uint16Array,
  B: Uint8Array,
  jumpPc: Int32Array,
  jumpKey: Int32Array,
  jumpCode: Int32Array,
  host: EngineHost,
  calls: CallTable,
  out: Registers,
) => number;

/** Text of a pure op's case. */
const pureCase = (name: PureOpName): string => {
  const row = PURE_OPS[name];
  const args = ["a", "b", "c"].slice(0, row.arity);
  const bind = args.map((x, i) => `const ${x} = S[C[p + ${i + 2}]];`).join(" ");
  const lane = row.js as (...texts: string[]) => string;
  return `case ${microOfPure(name)}: { ${bind} S[C[p + 1]] = ${lane(...args)}; p += ${row.arity + 2}; break; }`;
};

/** Text of a flag op's case: its expansion, each pure op once. */
const flagCase = (name: FlagOpName): string => {
  const row = FLAG_OPS[name];
  const args = ["a", "b", "c"].slice(0, row.arity);
  const lines = args.map((x, i) => `const ${x} = S[C[p + ${i + 1}]];`);
  let temporaries = 0;
  const apply: Apply<string> = (op, ...texts) => {
    const lane = PURE_OPS[op].js as (...t: string[]) => string;
    const temporary = `t${temporaries++}`;
    lines.push(`const ${temporary} = ${lane(...texts)};`);
    return temporary;
  };
  const values = row.expand(apply, String, ...args);
  for (const [flag, value] of Object.entries(values)) {
    lines.push(`S[${SLOT[flag as FlagName]}] = ${value};`);
  }
  return `case ${microOfFlags(name)}: { ${lines.join(" ")} p += ${row.arity + 1}; break; }`;
};

const entryOf = (address: string): string => `((${address} >>> 11) & ${(TLB_ENTRIES - 1) << 1})`;
const fault = "return " + EXIT.fault + ";";
/** Says where the block is, before a call that may fault or ask. */
const here = "out.offset = p; out.block = block;";

/** Where an access goes: the word at `p + at`, or the sum of two from there on. */
const addressText = (at: number, sum: boolean): string => {
  const word = `S[C[p + ${at}]]`;
  return sum ? PURE_OPS.add.js(word, `S[C[p + ${at + 1}]]`) : word;
};
/** A load: TLB probe inline, the rest through the host. `compare` has the address bits that must match. */
const loadCase = (micro: number, compare: number, fast: string, sum = false): string => {
  const n = sum ? 4 : 3;
  return `case ${micro}: { const a = ${addressText(2, sum)}; const e = C[p + ${n + 1}] + ${entryOf("a")};
  if ((a & ${compare | 0}) === S[e]) { const h = (a + S[e + 1]) | 0; S[C[p + 1]] = ${fast}; }
  else { ${here} const v = host.load(a, C[p + ${n}]); if (host.faulted) ${fault} S[C[p + 1]] = v; }
  p += ${n + 2}; break; }`;
};
const storeCase = (micro: number, compare: number, fast: string, sum = false): string => {
  const n = sum ? 3 : 2;
  return `case ${micro}: { const a = ${addressText(1, sum)}; const e = C[p + ${n + 2}] + ${entryOf("a")};
  if ((a & ${compare | 0}) === S[e]) { const h = (a + S[e + 1]) | 0; ${fast} = S[C[p + ${n}]]; }
  else { ${here} host.store(a, S[C[p + ${n}]], C[p + ${n + 1}]); if (host.faulted) ${fault} }
  p += ${n + 3}; break; }`;
};

/** Continues at (pc, key) through the jump cache, or goes back to look it up. */
const jump = (pc: string, key: string): string =>
  `const j = (((${pc}) >>> ${JUMP_SHIFTS[0]}) ^ ((${pc}) >>> ${JUMP_SHIFTS[1]})) & ${JUMP_CACHE_ENTRIES - 1};
  if (jumpPc[j] === (${pc}) && jumpKey[j] === (${key})) { p = jumpCode[j]; break; }
  S[${SLOT.PC}] = ${pc}; out.key = ${key}; out.block = block; return ${EXIT.lookup};`;

/** Charges the block to the budget. */
const HEAD = `const left = S[${CONTROL.budget}] - C[p + 1]; block = C[p + 2];
  if (left < 0) { out.block = block; return ${EXIT.budget}; } S[${CONTROL.budget}] = left; p += 4; break;`;

const controlCases = (): string[] => [
  `case ${MICRO.HEAD}: { ${HEAD} }`,
  `case ${MICRO.HEAD_COUNTED}: { if (--C[p + 3] <= 0) { out.block = C[p + 2]; return ${EXIT.warm}; } ${HEAD} }`,
  `case ${MICRO.HEAD_COMPILED}: { if (S[${CONTROL.budget}] >= C[p + 3]) { out.block = C[p + 2]; return ${EXIT.compiled}; } ${HEAD} }`,
  `case ${MICRO.STALE}: { out.block = C[p + 2]; return ${EXIT.budget}; }`,
  `case ${MICRO.MOVE}: S[C[p + 1]] = S[C[p + 2]]; p += 3; break;`,
  loadCase(MICRO.LOAD8, 0xfffff000, "B[h]"),
  loadCase(MICRO.LOAD16, 0xfffff001, "H[h >> 1]"),
  loadCase(MICRO.LOAD32, 0xfffff003, "W[h >> 2]"),
  loadCase(MICRO.LOAD32_ALIGNED8, 0xfffff007, "W[h >> 2]"),
  loadCase(MICRO.LOAD32_ALIGNED16, 0xfffff00f, "W[h >> 2]"),
  loadCase(MICRO.LOAD32_ALIGNED32, 0xfffff01f, "W[h >> 2]"),
  storeCase(MICRO.STORE8, 0xfffff000, "B[h]"),
  storeCase(MICRO.STORE16, 0xfffff001, "H[h >> 1]"),
  storeCase(MICRO.STORE32, 0xfffff003, "W[h >> 2]"),
  storeCase(MICRO.STORE32_ALIGNED8, 0xfffff007, "W[h >> 2]"),
  storeCase(MICRO.STORE32_ALIGNED16, 0xfffff00f, "W[h >> 2]"),
  storeCase(MICRO.STORE32_ALIGNED32, 0xfffff01f, "W[h >> 2]"),
  loadCase(MICRO.LOAD8_SUM, 0xfffff000, "B[h]", true),
  loadCase(MICRO.LOAD16_SUM, 0xfffff001, "H[h >> 1]", true),
  loadCase(MICRO.LOAD32_SUM, 0xfffff003, "W[h >> 2]", true),
  storeCase(MICRO.STORE8_SUM, 0xfffff000, "B[h]", true),
  storeCase(MICRO.STORE16_SUM, 0xfffff001, "H[h >> 1]", true),
  storeCase(MICRO.STORE32_SUM, 0xfffff003, "W[h >> 2]", true),
  `case ${MICRO.SKIP_ZERO}: p = S[C[p + 1]] === 0 ? C[p + 2] : p + 3; break;`,
  `case ${MICRO.SKIP_NONZERO}: p = S[C[p + 1]] !== 0 ? C[p + 2] : p + 3; break;`,
  `case ${MICRO.GOTO}: { const link = C[p + 1]; if (link > 0) { p = link; break; }
  if (link < 0) { const pc = C[p + 2]; const key = C[p + 3]; ${jump("pc", "key")} }
  S[${SLOT.PC}] = C[p + 2]; out.key = C[p + 3]; out.offset = p; out.block = block; return ${EXIT.link}; }`,
  `case ${MICRO.DISPATCH}: { const pc = C[p + 1]; const key = host.translationKey(); ${jump("pc", "key")} }`,
  `case ${MICRO.JUMP}: { const pc = S[C[p + 1]]; ${jump("pc", "C[p + 2]")} }`,
  `case ${MICRO.EXCHANGE}: { const a = S[C[p + 1]]; const t = a & 1; S[${SLOT.T}] = t;
  const pc = a & -2; const key = C[p + 2] | (t << 5); ${jump("pc", "key")} }`,
  `case ${MICRO.RETURN}: out.target = S[C[p + 1]]; out.psr = S[C[p + 2]]; out.offset = p; out.block = block;
  return ${EXIT.exceptionReturn};`,
  `case ${MICRO.SYS_READ}: { ${here} const v = host.sysRead(C[p + 2], C[p + 3] === 1); if (host.faulted) ${fault}
  S[C[p + 1]] = v; p += 4; break; }`,
  `case ${MICRO.SYS_READ_HIGH}: S[C[p + 1]] = host.sysReadHigh(); p += 2; break;`,
  `case ${MICRO.SYS_WRITE}: ${here} host.sysWrite(C[p + 1], S[C[p + 2]], S[C[p + 3]], C[p + 4] === 1);
  if (host.faulted) ${fault} p += 5; break;`,
  `case ${MICRO.READ_CPSR}: S[C[p + 1]] = host.readCpsr(); p += 2; break;`,
  `case ${MICRO.WRITE_CPSR}: ${here} host.writeCpsr(S[C[p + 1]], C[p + 2]); if (host.faulted) ${fault} p += 3; break;`,
  `case ${MICRO.CALL}: ${here} calls.call(block, C[p + 1]); if (host.faulted) ${fault} p += 2; break;`,
  `case ${MICRO.VECTOR}: vectorOps[C[p + 1]](S, C[p + 2], C[p + 3], C[p + 4], C[p + 5]); p += 6; break;`,
  `case ${MICRO.EXIT}: out.offset = p; out.block = block; out.index = C[p + 1]; return ${EXIT.exit};`,
];

/** The whole function body, for people who want to read it. */
export const runFunctionText = (): string =>
  [
    "let p = start | 0; let block = 0;",
    "for (;;) switch (C[p]) {",
    ...controlCases(),
    ...(Object.keys(PURE_OPS) as PureOpName[]).map(pureCase),
    ...(Object.keys(FLAG_OPS) as FlagOpName[]).map(flagCase),
    'default: throw new Error("interpreter: no micro-op " + C[p] + " at " + p);',
    "}",
  ].join("\n");

const VECTOR_RUNS = VECTOR_OP_NAMES.map((name) => VECTOR_OPS[name].run);

/** Compiles the run function that any machine can use. */
export const makeRunFunction = (): RunFunction => {
  // The text comes from the tables of ir/ and this file alone; nothing of a guest gets in.
  // eslint-disable-next-line no-new-func, typescript/no-implied-eval
  const make = new Function(
    "runtime",
    "vectorOps",
    `return function run(start, C, S, W, H, B, jumpPc, jumpKey, jumpCode, host, calls, out) {\n${runFunctionText()}\n}`,
  ) as (r: Runtime, v: readonly VectorOp["run"][]) => RunFunction;
  return make(runtime, VECTOR_RUNS);
};

/** The arrays of one CPU that never change, by their names in the run function. */
export interface BoundArrays {
  readonly C: Int32Array;
  readonly S: Int32Array;
  readonly W: Int32Array;
  readonly H: Uint16Array;
  readonly B: Uint8Array;
  readonly jumpPc: Int32Array;
  readonly jumpCode: Int32Array;
}
/** The run function of one CPU. */
export type BoundRunFunction = (
  start: number,
  jumpKey: Int32Array,
  host: EngineHost,
  calls: CallTable,
  out: Registers,
) => number;

let boundFunctions = 0;

/**
 * Compiles a run function for one CPU, whose arrays stand in it as constants: V8 then knows their places and
 * lengths, which saves two loads at each access. It costs a compilation of its own, so it is for machines that
 * run for long.
 */
export const makeBoundRunFunction = (arrays: BoundArrays): BoundRunFunction => {
  const names = Object.keys(arrays);
  // V8 takes for constant what a function closes over only while its text has made one function. The number
  // makes the text its own.
  // eslint-disable-next-line no-new-func, typescript/no-implied-eval
  const make = new Function(
    "runtime",
    "vectorOps",
    "arrays",
    `const { ${names.join(", ")} } = arrays; // ${boundFunctions++}
return function run(start, jumpKey, host, calls, out) {\n${runFunctionText()}\n}`,
  ) as (r: Runtime, v: readonly VectorOp["run"][], a: BoundArrays) => BoundRunFunction;
  return make(runtime, VECTOR_RUNS, arrays);
};
