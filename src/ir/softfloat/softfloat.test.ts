import { expect, test } from "vitest";
import {
  addUnpacked,
  divUnpacked,
  mulUnpacked,
  sqrtUnpacked,
  subUnpacked,
  fusedUnpacked,
} from "./arithmetic.js";
import {
  add32,
  add64,
  compare64,
  CONTROL_BITS,
  div32,
  div64,
  doubleToFixed,
  doubleToSingle,
  fixedToFloat,
  fixedToSingle,
  fma32,
  fma64,
  halfToSingle,
  mul32,
  mul64,
  RAISE,
  recipEstimate32,
  rsqrtEstimate32,
  singleToDouble,
  singleToFixed,
  singleToHalf,
  sqrt32,
  sqrt64,
  standardFpscr,
  sub32,
  sub64,
  takeRaised,
} from "./index.js";
import { FIRST, result, SECOND, THIRD, unpack32, unpack64, type Format } from "./operand.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 20240607);
const CASES = Number(process.env["HYPLAB_WORDS"] ?? 30_000);

const random = (() => {
  let x = SEED | 0 || 1;
  return (): number => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x | 0;
  };
})();
const pick = <T>(list: readonly T[]): T => list[(random() >>> 0) % list.length]!;

const words = new Int32Array(2);
const doubles = new Float64Array(words.buffer);
const floats = new Float32Array(words.buffer);
const double = (high: number, low: number): number => {
  words[0] = low;
  words[1] = high;
  return doubles[0]!;
};
const bitsOf = (value: number): [number, number] => {
  doubles[0] = value;
  return [words[1]!, words[0]!];
};
const single = (word: number): number => {
  words[0] = word;
  return floats[0]!;
};
const singleBits = (value: number): number => {
  floats[0] = value;
  return words[0]!;
};
const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, "0");

/** Words of doubles: any bits, numbers near one another, small integers, the ends of the range. */
const anyDouble = (): [number, number] => {
  const kind = (random() >>> 0) % 8;
  const sign = random() & -0x8000_0000;
  if (kind < 2) return [random(), random()];
  if (kind === 2) return bitsOf(((random() >>> 0) % 2000) - 1000);
  if (kind === 3) return [sign | (random() & 0xf_ffff), random()];
  if (kind === 4) return [sign | 0x7fe0_0000 | (random() & 0xf_ffff), random()];
  if (kind === 5)
    return [
      sign | pick([0, 0x7ff0_0000, 0x3ff0_0000, 0x7fef_ffff, 0x0010_0000]),
      pick([0, 0, 1, -1]),
    ];
  return [
    sign |
      ((1023 + ((random() >>> 0) % 110) - 55) << 20) |
      (random() & pick([0, 0xf_0000, 0xf_ffff])),
    random() & pick([0, -1, -0x1000_0000]),
  ];
};
const anySingle = (): number => {
  const kind = (random() >>> 0) % 8;
  const sign = random() & -0x8000_0000;
  if (kind < 2) return random();
  if (kind === 2) return singleBits(((random() >>> 0) % 2000) - 1000);
  if (kind === 3) return sign | (random() & 0x7f_ffff);
  if (kind === 4) return sign | 0x7f00_0000 | (random() & 0x7f_ffff);
  if (kind === 5) return sign | pick([0, 0x7f80_0000, 0x3f80_0000, 0x7f7f_ffff, 0x0080_0000]);
  return (
    sign |
    ((127 + ((random() >>> 0) % 52) - 26) << 23) |
    (random() & pick([0, 0x70_0000, 0x7f_ffff]))
  );
};

/** Fails with a note; `expect` itself is slow in a loop. */
const holds = (ok: boolean, note: () => string): void => {
  if (!ok) expect.fail(note());
};
const same = (got: number, expected: number): void =>
  holds(Object.is(got, expected), () => `got ${got}, expected ${expected}`);

const MODES = [0, 1, 2, 3].map((m) => m << 22);

test(`double precision rounds to nearest as the host does (seed ${SEED})`, () => {
  for (let i = 0; i < CASES; i++) {
    const [ah, al] = anyDouble();
    const [bh, bl] = anyDouble();
    const a = double(ah, al);
    const b = double(bh, bl);
    const operations = [
      [a + b, () => add64(ah, al, bh, bl, 0)],
      [a - b, () => sub64(ah, al, bh, bl, 0)],
      [a * b, () => mul64(ah, al, bh, bl, 0)],
      [a / b, () => div64(ah, al, bh, bl, 0)],
      [Math.sqrt(a), () => sqrt64(ah, al, 0)],
    ] as const;
    operations.forEach(([expected, run], n) => {
      run();
      const got = double(result[1]!, result[0]!);
      holds(Object.is(got, expected), () => `${n}: ${a} ${b} gave ${got}, host ${expected}`);
    });
  }
  takeRaised();
});

test(`single precision rounds to nearest as the host does (seed ${SEED})`, () => {
  for (let i = 0; i < CASES; i++) {
    const aw = anySingle();
    const bw = anySingle();
    const a = single(aw);
    const b = single(bw);
    const operations = [
      [a + b, add32(aw, bw, 0)],
      [a - b, sub32(aw, bw, 0)],
      [a * b, mul32(aw, bw, 0)],
      [a / b, div32(aw, bw, 0)],
      [Math.sqrt(a), sqrt32(aw, 0)],
    ] as const;
    operations.forEach(([expected, got], n) => {
      holds(
        Object.is(single(got), Math.fround(expected)),
        () => `${n}: ${a} ${b} gave ${single(got)}, host ${Math.fround(expected)}`,
      );
    });
  }
  takeRaised();
});

/** Result and exceptions of the exact path alone. */
const exactly = (format: Format, run: (format: Format, control: number) => void): string => {
  run(format, 0);
  const flags = takeRaised();
  return `${format === 64 ? hex(result[1]!) : ""}${hex(result[0]!)} ${flags}`;
};

test(`the host's arithmetic and the exact path give the same results and exceptions (seed ${SEED})`, () => {
  const wrong: string[] = [];
  for (let i = 0; i < CASES; i++) {
    const [ah, al] = anyDouble();
    const [bh, bl] = anyDouble();
    const [ch, cl] = anyDouble();
    const load64 = (): void => {
      unpack64(FIRST, ah, al, 0);
      unpack64(SECOND, bh, bl, 0);
      unpack64(THIRD, ch, cl, 0);
    };
    const quick64 = (run: () => void): string => {
      run();
      const flags = takeRaised();
      return `${hex(result[1]!)}${hex(result[0]!)} ${flags}`;
    };
    const aw = anySingle();
    const bw = anySingle();
    const cw = anySingle();
    const load32 = (): void => {
      unpack32(FIRST, aw, 0);
      unpack32(SECOND, bw, 0);
      unpack32(THIRD, cw, 0);
    };
    const quick32 = (word: number): string => `${hex(word)} ${takeRaised()}`;
    for (const [name, exact, in64, in32] of [
      ["add", addUnpacked, () => add64(ah, al, bh, bl, 0), () => add32(aw, bw, 0)],
      ["sub", subUnpacked, () => sub64(ah, al, bh, bl, 0), () => sub32(aw, bw, 0)],
      ["mul", mulUnpacked, () => mul64(ah, al, bh, bl, 0), () => mul32(aw, bw, 0)],
      ["div", divUnpacked, () => div64(ah, al, bh, bl, 0), () => div32(aw, bw, 0)],
      ["sqrt", sqrtUnpacked, () => sqrt64(ah, al, 0), () => sqrt32(aw, 0)],
      ["fma", fusedUnpacked, () => fma64(ch, cl, ah, al, bh, bl, 0), () => fma32(cw, aw, bw, 0)],
    ] as const) {
      load64();
      const expected64 = exactly(64, exact);
      const got64 = quick64(in64);
      if (got64 !== expected64)
        wrong.push(`${name}64 ${hex(ah)}${hex(al)} ${hex(bh)}${hex(bl)}: ${got64}, ${expected64}`);
      load32();
      const expected32 = exactly(32, exact);
      const got32 = quick32(in32());
      if (got32 !== expected32)
        wrong.push(`${name}32 ${hex(aw)} ${hex(bw)}: ${got32}, ${expected32}`);
    }
  }
  expect(wrong.slice(0, 10)).toEqual([]);
});

test(`directed roundings enclose the value and are one step apart exactly when inexact (seed ${SEED})`, () => {
  for (let i = 0; i < CASES; i++) {
    const aw = anySingle();
    const bw = anySingle();
    const cw = anySingle();
    for (const run of [
      (c: number) => add32(aw, bw, c),
      (c: number) => mul32(aw, bw, c),
      (c: number) => div32(aw, bw, c),
      (c: number) => sqrt32(aw, c),
      (c: number) => fma32(cw, aw, bw, c),
    ]) {
      takeRaised();
      const [near, up, down, zero] = MODES.map((m) => single(run(m)));
      const inexact = (takeRaised() & RAISE.IXC) !== 0;
      if (Number.isNaN(near)) continue;
      const note = (): string =>
        `${single(aw)} ${single(bw)} ${single(cw)}: ${down} ${near} ${up} ${zero}`;
      holds(down! <= near! && near! <= up!, note);
      holds(inexact ? down! < up! : down === up, note);
      holds(zero === (near! < 0 || (near === 0 && down! < 0) ? up : down), note);
      if (inexact && down! > 0) holds(singleBits(up!) - singleBits(down!) === 1, note);
    }
  }
});

test(`comparison of doubles orders as the host does (seed ${SEED})`, () => {
  for (let i = 0; i < CASES; i++) {
    const [ah, al] = anyDouble();
    const [bh, bl] = pick([0, 1, 2]) === 0 ? [ah, al] : anyDouble();
    const a = double(ah, al);
    const b = double(bh, bl);
    same(compare64(ah, al, bh, bl, false, 0), a === b ? 6 : a < b ? 8 : a > b ? 2 : 3);
  }
  takeRaised();
});

test(`conversions to integers saturate and round as the host's numbers say (seed ${SEED})`, () => {
  for (let i = 0; i < CASES; i++) {
    const [h, l] = anyDouble();
    const value = double(h, l);
    const towardsZero = Math.trunc(value) || 0;
    const clamp = (low: number, high: number): number =>
      Number.isNaN(value) ? 0 : Math.min(high, Math.max(low, towardsZero)) | 0;
    same(doubleToFixed(h, l, 0, 32, false, 3 << 22), clamp(-(2 ** 31), 2 ** 31 - 1));
    same(doubleToFixed(h, l, 0, 32, true, 3 << 22), clamp(0, 2 ** 32 - 1));
    const down = Number.isNaN(value)
      ? 0
      : Math.min(2 ** 15 - 1, Math.max(-(2 ** 15), Math.floor(value * 16)));
    same(doubleToFixed(h, l, 4, 16, false, 2 << 22), down | 0);
    const w = anySingle();
    const f = single(w);
    const up = Number.isNaN(f) ? 0 : Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), Math.ceil(f)));
    same(singleToFixed(w, 0, 32, false, 1 << 22), up | 0);
    const n = random();
    same(single(fixedToSingle(n, 0, false, 0)), Math.fround(n));
    same(single(fixedToSingle(n, 7, true, 0)), Math.fround((n >>> 0) / 128));
    fixedToFloat(64, n, 31, false, 0);
    same(double(result[1]!, result[0]!), n / 2 ** 31);
  }
  takeRaised();
});

test(`conversions between formats are the host's (seed ${SEED})`, () => {
  for (let i = 0; i < CASES; i++) {
    const [h, l] = anyDouble();
    const value = double(h, l);
    const narrowed = doubleToSingle(h, l, 0);
    same(single(narrowed), Math.fround(value));
    const w = anySingle();
    singleToDouble(w, 0);
    same(double(result[1]!, result[0]!), single(w));
  }
  takeRaised();
});

test("every half-precision number goes to single precision and back", () => {
  for (const control of [0, CONTROL_BITS.AHP]) {
    for (let half = 0; half < 0x10000; half++) {
      const wide = halfToSingle(half, control);
      const back = singleToHalf(wide, control);
      // A signalling NaN comes back quiet.
      const nan = control === 0 && (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;
      same(back, nan ? half | 0x200 : half);
      const exponent = (half >>> 10) & 31;
      if (exponent === 0) same(Math.abs(single(wide)), (half & 0x3ff) / 2 ** 24);
      else if (exponent < 31 || control !== 0)
        same(Math.abs(single(wide)), (1 + (half & 0x3ff) / 1024) * 2 ** (exponent - 15));
    }
  }
  takeRaised();
});

test("NaNs, invalid operations and flushes raise what the Arm ARM says", () => {
  const SNAN = 0x7f80_0001;
  const QNAN = 0x7fc0_1234;
  const flagged = (word: number): string => `${hex(word)} ${takeRaised()}`;
  takeRaised();
  expect(flagged(add32(QNAN, SNAN, 0))).toBe(`7fc00001 ${RAISE.IOC}`);
  expect(flagged(add32(SNAN, QNAN, 0))).toBe(`7fc00001 ${RAISE.IOC}`);
  expect(flagged(add32(QNAN, 0, 0))).toBe("7fc01234 0");
  expect(flagged(add32(QNAN, 0, CONTROL_BITS.DN))).toBe("7fc00000 0");
  expect(flagged(sub32(0, -0x003f_edcc | 0, 0))).toBe(`${hex(-0x003f_edcc)} 0`);
  // Infinity times zero plus a quiet NaN is the default NaN and invalid.
  expect(flagged(fma32(QNAN, 0x7f80_0000, 0, 0))).toBe(`7fc00000 ${RAISE.IOC}`);
  expect(flagged(div32(0x3f80_0000, 0, 0))).toBe(`7f800000 ${RAISE.DZC}`);
  expect(flagged(div32(0, 0, 0))).toBe(`7fc00000 ${RAISE.IOC}`);
  expect(flagged(add32(1, 0, CONTROL_BITS.FZ))).toBe(`00000000 ${RAISE.IDC}`);
  expect(flagged(mul32(0x0080_0000, 0x3f00_0000, CONTROL_BITS.FZ))).toBe(`00000000 ${RAISE.UFC}`);
  // Exact denormal results do not underflow.
  expect(flagged(mul32(0x0080_0000, 0x3f00_0000, 0))).toBe("00400000 0");
  // Tiny before rounding, normal after it.
  expect(flagged(mul32(0x0080_0001, 0x3f7f_ffff, 0))).toBe(`00800000 ${RAISE.IXC}`);
  expect(flagged(mul32(0x00ff_ffff, 0x3f00_0000, 0))).toBe(`00800000 ${RAISE.UFC | RAISE.IXC}`);
  expect(flagged(singleToHalf(0x4780_0000, CONTROL_BITS.AHP))).toBe("00007c00 0");
  expect(flagged(singleToHalf(0x4800_0000, CONTROL_BITS.AHP))).toBe(`00007fff ${RAISE.IOC}`);
});

test("estimates of reciprocals are within one part in 256", () => {
  const control = standardFpscr(0);
  for (let i = 0; i < 20_000; i++) {
    const w = ((1 + ((random() >>> 0) % 240)) << 23) | (random() & 0x7f_ffff);
    const x = single(w);
    expect(Math.abs(single(recipEstimate32(w, control)) * x - 1)).toBeLessThan(1 / 256);
    expect(Math.abs(single(rsqrtEstimate32(w, control)) * Math.sqrt(x) - 1)).toBeLessThan(1 / 256);
  }
  takeRaised();
});
