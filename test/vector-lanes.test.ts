/**
 * Ops with a `wasm` lane leave the register file and FPSCR as their row's `run` does. The parameters are those
 * that random words of the VFP and Advanced SIMD instructions have. HYPLAB_VECTOR_CASES says how many cases an
 * op has, HYPLAB_SEED which.
 */
import { describe, expect, test } from "vitest";
import { MODE, SLOT, vectorSlot } from "../src/arch/index.js";
import { IMPORTS, TYPE, TYPES } from "../src/engines/wasm/abi.js";
import { encodeModule, FunctionBody } from "../src/engines/module/encoder.js";
import { laneLocals } from "../src/engines/wasm/frame.js";
import { vectorCode } from "../src/engines/wasm/vector-code.js";
import {
  STATE_WORDS,
  VECTOR_OP_NAMES,
  vectorOp,
  type Node,
  type VectorOpName,
} from "../src/ir/index.js";
import { DECODER, translateBlock } from "../src/isa/index.js";
import { NEON } from "../src/isa/neon/index.js";
import { VFP } from "../src/isa/vfp/index.js";
import { predictableWord, randomWords } from "../src/isa/testing/encoding-words.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 40511);
const CASES = Number(process.env["HYPLAB_VECTOR_CASES"] ?? 2400);
/** Nodes of an op: registers and parameters. */
const NODES = 40;
type VectorNode = Extract<Node, { kind: "vector" }>;

/** Nodes by op, of A32 words drawn by lot. */
const nodesOf = (): Map<VectorOpName, VectorNode[]> => {
  const random = randomWords(SEED);
  const found = new Map<VectorOpName, VectorNode[]>();
  const encodings = [...VFP, ...NEON].flatMap((i) => i.encodings).filter((e) => e.set === "a32");
  for (let round = 0; round < 60; round++) {
    for (const e of encodings) {
      const word = predictableWord(DECODER, e, random);
      if (word === undefined) continue;
      const { nodes } = translateBlock(
        0,
        { thumb: false, it: 0, bigEndian: false, mode: MODE.svc },
        {
          decoder: DECODER,
          cpu: "cortex-a15",
          policy: "stop",
          fetch: (address) => (word >>> (8 * (address & 2))) & 0xffff,
          limit: 1,
        },
      );
      for (const node of nodes) {
        if (node.kind !== "vector") continue;
        const known = found.get(node.op) ?? [];
        if (known.length < NODES) known.push(node);
        found.set(node.op, known);
      }
    }
  }
  return found;
};

const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
const state = new Int32Array(memory.buffer, 0, STATE_WORDS);
let calls = 0;
const functionsOf = (nodes: readonly VectorNode[]): ((base: number) => number)[] => {
  const bytes = encodeModule({
    types: TYPES,
    imports: IMPORTS,
    table: false,
    functions: nodes.map(({ op, operands }) => {
      const f = new FunctionBody(TYPE.compiled, 1);
      laneLocals(f);
      vectorCode(f, op, operands);
      f.const(0);
      return f;
    }),
    memoryPages: 1,
  });
  const host: Record<string, WebAssembly.ImportValue> = { memory };
  for (const { name } of IMPORTS) host[name] = () => 0;
  host["vector"] = (op: number, d: number, n: number, m: number, imm: number) => {
    calls++;
    vectorOp(VECTOR_OP_NAMES[op]!).run(state, d, n, m, imm);
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host });
  return nodes.map((_, i) => exports[`f${i}`] as (base: number) => number);
};

const EDGES = [0, 1, -1, 0x7fff_7fff, -0x7fff_8000, 0x7f7f_7f7f, -0x7f7f_7f80, 0x7fff_ffff, 0xff01];
/** Zeros, ones, infinities, NaNs, denormals and the ends of ranges; of doubles these are high words. */
const FLOATS = [
  0, 0x8000_0000, 0x3f80_0000, 0xbf80_0000, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0x7fa0_0001,
  0x0000_0001, 0x807f_ffff, 0x0080_0000, 0x0080_0001, 0x7f7f_ffff, 0xff7f_ffff, 0x4f00_0000,
  0xcf00_0000, 0x4f80_0000, 0x3f00_0000, 0x3eff_ffff, 0x4b00_0001, 0x2000_0000, 0x1fff_ffff,
  0x3ff0_0000, 0xbff0_0000, 0x7ff0_0000, 0xfff0_0000, 0x7ff8_0000, 0x0010_0000, 0x0008_0000,
  0x7fef_ffff, 0x41e0_0000, 0x41f0_0000, 0xc1e0_0000, 0x3810_0000, 0x47ef_ffff, 0x36a0_0000,
];
/**
 * Words whose products lie at the ends of the range, of singles and of doubles' high words: 0x1fff_ffff times
 * 0x2000_0000 is rounded up to the smallest normal number, 0x5f7f_ffff times 0x5f80_0000 is near the largest.
 */
const BOUNDARIES = [
  0x1fff_ffff, 0x2000_0000, 0x1fff_fffe, 0x2000_0001, 0x3f80_0000, 0x3f7f_ffff, 0x5f7f_ffff,
  0x5f80_0000, 0x5fef_ffff, 0x5ff0_0000,
];
const fillBoundaries = (random: () => number): void => {
  const doubles = (random() & 1) === 0;
  const few = 2 + (random() % (BOUNDARIES.length - 1));
  for (let i = 0; i < 64; i++) {
    const word = BOUNDARIES[random() % few]! | ((random() & 1) << 31);
    state[vectorSlot(i)] = doubles && (i & 1) === 0 ? -(random() & 1) : word;
  }
};
/** Fills the register file: words of a kind for each case, as any, or as floats that are usual. */
const fill = (random: () => number, numbers: boolean): void => {
  for (let i = 0; i < 64; i++) {
    const kind = random() & 15;
    let word = random();
    if (numbers) {
      if (kind < 12) word = (word & 0x83ff_ffff) | 0x3c00_0000;
      else if (kind === 12) word = (word & 0x8000_0000) | 0;
      else if (kind === 13) word = (word & 0xfff0_0000 & 0xc3ff_ffff) | 0x3c00_0000;
      else if (kind === 14) word = FLOATS[word % FLOATS.length]!;
    } else if (kind < 3) word = EDGES[word % EDGES.length]!;
    else if (kind < 8) word = FLOATS[word % FLOATS.length]!;
    else if (kind === 8) word = 0;
    else if (kind === 9) word = (word & 0x807f_ffff) | 0x3f00_0000;
    else if (kind === 10) word = (word & 0x83ff_ffff) | 0x4000_0000;
    else if (kind === 11) word = (word & 0x81ff_ffff) | 0x0080_0000;
    state[vectorSlot(i)] = word;
  }
};
/** Round to nearest with IXC and nothing else, most of the time; any control and flags otherwise. */
const fpscrOf = (random: () => number): number => {
  const word = random();
  switch (random() & 3) {
    case 0:
      return word & 0xffc0_009f;
    case 1:
      return word & 0xf800_008f;
    default:
      return (word & 0xf800_009f) | 0x10;
  }
};

const found = nodesOf();
const compiled = VECTOR_OP_NAMES.filter((op) => vectorOp(op).wasm !== undefined);
describe(`lanes and rows agree (seed ${SEED}, ${CASES} cases an op)`, () => {
  test.each(compiled)("%s", (op) => {
    const nodes = found.get(op);
    expect(nodes, `no instruction has ${op}`).toBeDefined();
    const functions = functionsOf(nodes!);
    const random = randomWords(SEED + VECTOR_OP_NAMES.indexOf(op));
    const before = new Int32Array(STATE_WORDS);
    const expected = new Int32Array(STATE_WORDS);
    const compiledState = new Int32Array(STATE_WORDS);
    let called = 0;
    for (let n = 0; n < CASES; n++) {
      const which = n % nodes!.length;
      const node = nodes![which]!;
      if (random() % 6 === 0) fillBoundaries(random);
      else fill(random, random() % 3 !== 0);
      state[SLOT.FPSCR] = fpscrOf(random);
      before.set(state);
      calls = 0;
      functions[which]!(0);
      called += calls;
      compiledState.set(state);
      state.set(before);
      const [d, a, b, imm] = node.operands;
      vectorOp(op).run(state, d, a, b, imm);
      expected.set(state);
      const wrong = compiledState.findIndex((word, i) => word !== expected[i]);
      if (wrong < 0) continue;
      const hex = (w: number): string => (w >>> 0).toString(16);
      expect.fail(
        `case ${n}: ${op} ${node.operands.join(" ")} (imm ${hex(imm)}): slot ${wrong} is ${hex(compiledState[wrong]!)}, ` +
          `should be ${hex(expected[wrong]!)}; FPSCR ${hex(before[SLOT.FPSCR]!)}; called ${calls}; ` +
          `n ${[0, 1, 2, 3].map((i) => hex(before[a + i]!)).join(" ")}, m ${[0, 1, 2, 3].map((i) => hex(before[b + i]!)).join(" ")}, ` +
          `d ${[0, 1, 2, 3].map((i) => hex(before[d + i]!)).join(" ")}; got ${[0, 1, 2, 3].map((i) => hex(compiledState[d + i]!)).join(" ")}, ` +
          `should ${[0, 1, 2, 3].map((i) => hex(expected[d + i]!)).join(" ")}`,
      );
    }
    // A lane that always gives up proves nothing.
    expect(called, "cases that the lane gave up").toBeLessThan(CASES * 0.97);
    if (process.env["HYPLAB_VECTOR_SHOW"] !== undefined)
      console.log(`${op}: ${called} of ${CASES} fell back`);
  });
});
