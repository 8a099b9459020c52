/**
 * Integer ops against a model that works element by element on BigInt, as the pseudocode of DDI 0406C, A8.8
 * does. test/vector-instructions.test.ts holds the instructions against QEMU.
 */
import { expect, test } from "vitest";
import { SLOT, SLOT_COUNT, vectorSlot } from "../../arch/index.js";
import { VECTOR_OPS, simdImm, type SimdParameters, type VectorOpName } from "../index.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 20170109);
const ROUNDS = 60;

let state = SEED | 0 || 1;
const random = (): number => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state | 0;
};
const EDGES = [0, -1, 1, 0x7fff_ffff, -0x8000_0000, 0x7fff_7fff, -0x7fff_8000, -0x7f7f_7f80];
const word = (): number =>
  random() % 3 === 0 ? EDGES[(random() >>> 0) % EDGES.length]! : random();

/** Elements of `bits` of the register at a slot, as two's complement or unsigned numbers. */
const elements = (
  s: Int32Array,
  slot: number,
  words: number,
  bits: number,
  unsigned: boolean,
): bigint[] => {
  let whole = 0n;
  for (let i = words - 1; i >= 0; i--) whole = (whole << 32n) | BigInt(s[slot + i]! >>> 0);
  return Array.from({ length: (words * 32) / bits }, (_, i) => {
    const value = whole >> BigInt(i * bits);
    return unsigned ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
  });
};
const wordsOf = (values: readonly bigint[], bits: number): number[] => {
  let whole = 0n;
  values.forEach((v, i) => (whole |= BigInt.asUintN(bits, v) << BigInt(i * bits)));
  return Array.from({ length: (values.length * bits) / 32 }, (_, i) =>
    Number(BigInt.asIntN(32, whole >> BigInt(32 * i))),
  );
};

interface Context {
  readonly bits: number;
  readonly unsigned: boolean;
  readonly amount: number;
  /** SatQ to elements of `bits`, and notes what was lost. */
  readonly sat: (value: bigint, bits: number, unsigned: boolean) => bigint;
}
type Model = (a: bigint, b: bigint, d: bigint, c: Context) => bigint;
/** Widths of destination, first and second operand, as multiples of the element's. */
type Shape = "same" | "long" | "wide" | "narrow";
interface Row {
  readonly op: VectorOpName;
  readonly shape?: Shape;
  readonly sizes?: readonly number[];
  readonly parameters?: SimdParameters;
  /** Shifts: lowest amount, and the highest less the element's bits. */
  readonly amounts?: readonly [number, number];
  readonly model: Model;
}
const abs = (a: bigint): bigint => (a < 0n ? -a : a);
const all = (holds: boolean): bigint => (holds ? -1n : 0n);
/** By the low byte of the amount, with rounding where told. */
const shifted = (a: bigint, by: bigint, round: boolean): bigint => {
  const n = BigInt.asIntN(8, by);
  if (n >= 0n) return a << n;
  return (a + (round ? 1n << (-n - 1n) : 0n)) >> -n;
};
const rightBy = (a: bigint, amount: number, round: boolean): bigint =>
  (a + (round && amount > 0 ? 1n << BigInt(amount - 1) : 0n)) >> BigInt(amount);
const mask = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

const SMALL = [0, 1, 2];
const MIDDLE = [1, 2];
const RIGHT = [1, 0] as const;
const LEFT = [0, -1] as const;
const ROWS: readonly Row[] = [
  { op: "vadd", model: (a, b) => a + b },
  { op: "vsub", model: (a, b) => a - b },
  { op: "vhadd", sizes: SMALL, model: (a, b) => (a + b) >> 1n },
  { op: "vhadd", sizes: SMALL, parameters: { round: 1 }, model: (a, b) => (a + b + 1n) >> 1n },
  { op: "vhsub", sizes: SMALL, model: (a, b) => (a - b) >> 1n },
  { op: "vqadd", model: (a, b, _d, c) => c.sat(a + b, c.bits, c.unsigned) },
  { op: "vqsub", model: (a, b, _d, c) => c.sat(a - b, c.bits, c.unsigned) },
  { op: "vcgt", sizes: SMALL, model: (a, b) => all(a > b) },
  { op: "vcge", sizes: SMALL, model: (a, b) => all(a >= b) },
  { op: "vceq", sizes: SMALL, model: (a, b) => all(a === b) },
  { op: "vcle", sizes: SMALL, parameters: { zero: 1 }, model: (a) => all(a <= 0n) },
  { op: "vclt", sizes: SMALL, parameters: { zero: 1 }, model: (a) => all(a < 0n) },
  { op: "vtst", sizes: SMALL, model: (a, b) => all((a & b) !== 0n) },
  { op: "vmax", sizes: SMALL, model: (a, b) => (a > b ? a : b) },
  { op: "vmin", sizes: SMALL, model: (a, b) => (a < b ? a : b) },
  { op: "vabd", sizes: SMALL, model: (a, b) => abs(a - b) },
  { op: "vaba", sizes: SMALL, model: (a, b, d) => d + abs(a - b) },
  { op: "vshlRegister", model: (a, b) => shifted(a, b, false) },
  { op: "vshlRegister", parameters: { round: 1 }, model: (a, b) => shifted(a, b, true) },
  {
    op: "vshlRegister",
    parameters: { saturate: 1, round: 1 },
    model: (a, b, _d, c) => c.sat(shifted(a, b, true), c.bits, c.unsigned),
  },
  { op: "vshr", amounts: RIGHT, model: (a, _b, _d, c) => rightBy(a, c.amount, false) },
  {
    op: "vshr",
    amounts: RIGHT,
    parameters: { round: 1 },
    model: (a, _b, _d, c) => rightBy(a, c.amount, true),
  },
  {
    op: "vsra",
    amounts: RIGHT,
    parameters: { round: 1 },
    model: (a, _b, d, c) => d + rightBy(a, c.amount, true),
  },
  {
    op: "vsri",
    amounts: RIGHT,
    parameters: { unsigned: 1 },
    model(a, _b, d, c) {
      const kept = mask(c.bits) >> BigInt(c.amount);
      return (d & ~kept & mask(c.bits)) | ((a & mask(c.bits)) >> BigInt(c.amount));
    },
  },
  {
    op: "vsli",
    amounts: LEFT,
    model: (a, _b, d, c) => (a << BigInt(c.amount)) | (d & mask(c.amount)),
  },
  { op: "vshl", amounts: LEFT, model: (a, _b, _d, c) => a << BigInt(c.amount) },
  {
    op: "vshl",
    amounts: LEFT,
    parameters: { saturate: 1 },
    model: (a, _b, _d, c) => c.sat(a << BigInt(c.amount), c.bits, c.unsigned),
  },
  {
    op: "vshl",
    amounts: LEFT,
    parameters: { saturate: 1, unsigned: 0, unsignedResult: 1 },
    model: (a, _b, _d, c) => c.sat(a << BigInt(c.amount), c.bits, true),
  },
  { op: "vmul", sizes: SMALL, model: (a, b) => a * b },
  { op: "vmla", sizes: SMALL, model: (a, b, d) => d + a * b },
  { op: "vmls", sizes: SMALL, model: (a, b, d) => d - a * b },
  {
    op: "vqdmulh",
    sizes: MIDDLE,
    parameters: { unsigned: 0 },
    model: (a, b, _d, c) => c.sat((2n * a * b) >> BigInt(c.bits), c.bits, false),
  },
  {
    op: "vqdmulh",
    sizes: MIDDLE,
    parameters: { unsigned: 0, round: 1 },
    model: (a, b, _d, c) =>
      c.sat((2n * a * b + (1n << BigInt(c.bits - 1))) >> BigInt(c.bits), c.bits, false),
  },
  {
    op: "vqabs",
    sizes: SMALL,
    parameters: { unsigned: 0 },
    model: (a, _b, _d, c) => c.sat(abs(a), c.bits, false),
  },
  {
    op: "vqneg",
    sizes: SMALL,
    parameters: { unsigned: 0 },
    model: (a, _b, _d, c) => c.sat(-a, c.bits, false),
  },
  { op: "vabs", sizes: SMALL, parameters: { unsigned: 0 }, model: abs },
  { op: "vneg", sizes: SMALL, model: (a) => -a },
  {
    op: "vclz",
    sizes: SMALL,
    model: (a, _b, _d, c) =>
      BigInt(c.bits - BigInt.asUintN(c.bits, a).toString(2).replace(/^0/, "").length),
  },
  {
    op: "vcls",
    sizes: SMALL,
    parameters: { unsigned: 0 },
    model(a, _b, _d, c) {
      const other = a < 0n ? ~a : a;
      return BigInt(c.bits - 1 - other.toString(2).replace(/^0/, "").length);
    },
  },
  {
    op: "vcnt",
    sizes: [0],
    parameters: { unsigned: 1 },
    model: (a) => BigInt(a.toString(2).replaceAll("0", "").length),
  },
  { op: "vaddl", shape: "long", sizes: SMALL, model: (a, b) => a + b },
  { op: "vsubl", shape: "long", sizes: SMALL, model: (a, b) => a - b },
  { op: "vabdl", shape: "long", sizes: SMALL, model: (a, b) => abs(a - b) },
  { op: "vabal", shape: "long", sizes: SMALL, model: (a, b, d) => d + abs(a - b) },
  { op: "vmull", shape: "long", sizes: SMALL, model: (a, b) => a * b },
  { op: "vmlal", shape: "long", sizes: SMALL, model: (a, b, d) => d + a * b },
  { op: "vmlsl", shape: "long", sizes: SMALL, model: (a, b, d) => d - a * b },
  {
    op: "vqdmull",
    shape: "long",
    sizes: MIDDLE,
    parameters: { unsigned: 0 },
    model: (a, b, _d, c) => c.sat(2n * a * b, 2 * c.bits, false),
  },
  {
    op: "vqdmlal",
    shape: "long",
    sizes: MIDDLE,
    parameters: { unsigned: 0 },
    model: (a, b, d, c) => c.sat(d + c.sat(2n * a * b, 2 * c.bits, false), 2 * c.bits, false),
  },
  {
    op: "vqdmlsl",
    shape: "long",
    sizes: MIDDLE,
    parameters: { unsigned: 0 },
    model: (a, b, d, c) => c.sat(d - c.sat(2n * a * b, 2 * c.bits, false), 2 * c.bits, false),
  },
  {
    op: "vshll",
    shape: "long",
    sizes: SMALL,
    amounts: [0, 0],
    model: (a, _b, _d, c) => a << BigInt(c.amount),
  },
  { op: "vaddw", shape: "wide", sizes: SMALL, model: (a, b) => a + b },
  { op: "vsubw", shape: "wide", sizes: SMALL, model: (a, b) => a - b },
  {
    op: "vaddhn",
    shape: "narrow",
    sizes: SMALL,
    model: (a, b, _d, c) => (a + b) >> BigInt(c.bits),
  },
  {
    op: "vsubhn",
    shape: "narrow",
    sizes: SMALL,
    parameters: { round: 1 },
    model: (a, b, _d, c) => (a - b + (1n << BigInt(c.bits - 1))) >> BigInt(c.bits),
  },
  {
    op: "vshrn",
    shape: "narrow",
    sizes: SMALL,
    amounts: [0, 0],
    parameters: { round: 1 },
    model: (a, _b, _d, c) => rightBy(a, c.amount, true),
  },
  {
    op: "vshrn",
    shape: "narrow",
    sizes: SMALL,
    amounts: [0, 0],
    parameters: { round: 1, saturate: 1 },
    model: (a, _b, _d, c) => c.sat(rightBy(a, c.amount, true), c.bits, c.unsigned),
  },
  {
    op: "vshrn",
    shape: "narrow",
    sizes: SMALL,
    amounts: [0, 0],
    parameters: { saturate: 1, unsigned: 0, unsignedResult: 1 },
    model: (a, _b, _d, c) => c.sat(rightBy(a, c.amount, false), c.bits, true),
  },
];
/** Words of destination, first and second operand, and by how much their elements are wider. */
const SHAPES = {
  same: { words: undefined, scale: [1, 1, 1] },
  long: { words: [4, 2, 2], scale: [2, 1, 1] },
  wide: { words: [4, 4, 2], scale: [2, 2, 1] },
  narrow: { words: [2, 4, 4], scale: [1, 2, 2] },
} as const;

const [AT_D, AT_N, AT_M] = [vectorSlot(0), vectorSlot(8), vectorSlot(16)] as const;
const QC = 1 << 27;

test.each(
  ROWS.map((row) => ({ ...row, name: `${row.op} ${JSON.stringify(row.parameters ?? {})}` })),
)(
  `$name does what the model does (seed ${SEED})`,
  ({ op, shape = "same", sizes = [0, 1, 2, 3], parameters = {}, amounts, model }) => {
    for (const size of sizes) {
      for (let round = 0; round < ROUNDS; round++) {
        const bits = 8 << size;
        const unsigned = (parameters.unsigned ?? random() & 1) === 1;
        const quad = random() & 1;
        const words =
          SHAPES[shape].words ?? ([2, 2, 2].map((w) => w << quad) as [number, number, number]);
        const [low, high] = amounts ?? [0, 0];
        const amount =
          amounts === undefined ? 0 : low + ((random() >>> 0) % (bits + high - low + 1));
        const s = new Int32Array(SLOT_COUNT);
        for (let i = 0; i < 64; i++) s[vectorSlot(i)] = word();
        let lost = false;
        const sat = (value: bigint, to: number, positive: boolean): bigint => {
          const top = mask(positive ? to : to - 1);
          const bottom = positive ? 0n : -top - 1n;
          const result = value > top ? top : value < bottom ? bottom : value;
          if (result !== value) lost = true;
          return result;
        };
        const [sd, sn, sm] = SHAPES[shape].scale;
        const a = elements(s, AT_N, words[1], bits * sn, unsigned);
        const b = elements(s, AT_M, words[2], bits * sm, unsigned);
        const d = elements(s, AT_D, words[0], bits * sd, unsigned);
        const context: Context = { bits, unsigned, amount, sat };
        const expected = wordsOf(
          d.map((old, i) => model(a[i]!, b[i] ?? 0n, old, context)),
          bits * sd,
        );
        const imm = simdImm({
          size,
          unsigned: unsigned ? 1 : 0,
          quad,
          amount,
          ...(parameters.saturate === 1 ? { unsignedResult: unsigned ? 1 : 0 } : {}),
          ...parameters,
        });
        const before = s.slice();
        VECTOR_OPS[op].run(s, AT_D, AT_N, AT_M, imm);
        const where = `size ${size} ${unsigned ? "u" : "s"} amount ${amount} ${hex(before, AT_N)} ${hex(before, AT_M)} ${hex(before, AT_D)}`;
        expect([...s.subarray(AT_D, AT_D + words[0])], where).toEqual(expected);
        expect((s[SLOT.FPSCR]! & QC) !== 0, where).toBe(lost);
        const others = s.findIndex(
          (w, i) => w !== before[i] && (i < AT_D || i >= AT_D + words[0]) && i !== SLOT.FPSCR,
        );
        expect(others, "nothing else is written").toBe(-1);
      }
    }
  },
);
const hex = (s: Int32Array, at: number): string =>
  [...s.subarray(at, at + 4)].map((w) => (w >>> 0).toString(16)).join(" ");

test("an op whose destination overlaps its operands reads them first", () => {
  const imms = { vext: simdImm({ quad: 1, amount: 5 }), vtbl: simdImm({ amount: 32 }) };
  for (const op of Object.keys(VECTOR_OPS) as VectorOpName[]) {
    if (
      !/^v(?:add|sub|mull|mlal|addhn|addw|padd|shrn|vshll|rev|ext|tbl|tbx|paddl|cvtFromHalf)/.test(
        op,
      )
    )
      continue;
    const imm =
      op === "vext"
        ? imms.vext
        : op.startsWith("vtb")
          ? imms.vtbl
          : simdImm({ size: op === "vrev" ? 0 : 1, quad: 1, amount: 2 });
    const s = new Int32Array(SLOT_COUNT);
    for (let i = 0; i < 64; i++) s[vectorSlot(i)] = word();
    const apart = s.slice();
    // The same operands elsewhere: d's old value at 40, then the two operands.
    for (let i = 0; i < 8; i++) {
      apart[vectorSlot(40 + i)] = s[vectorSlot(i)]!;
      apart[vectorSlot(48 + i)] = s[vectorSlot(i)]!;
    }
    VECTOR_OPS[op].run(s, vectorSlot(0), vectorSlot(0), vectorSlot(0), imm);
    VECTOR_OPS[op].run(apart, vectorSlot(40), vectorSlot(48), vectorSlot(48), imm);
    const result = (from: Int32Array, at: number): number[] => [
      ...from.subarray(vectorSlot(at), vectorSlot(at) + 4),
    ];
    expect(result(s, 0), op).toEqual(result(apart, 40));
  }
});
