/** Instructions that the probe runs, with the kinds of their operands. */

/** What a register holds: a half, single or double precision number, a 32-bit or 16-bit integer. */
export type Kind = "half" | "single" | "double" | "word" | "halfword";
export interface Operation {
  /** D0 is the destination, and the first operand where it is one; D1 and D2 (S2 and S4) the others. */
  readonly text: string;
  readonly kind: Kind;
}

const registers = (single: boolean): readonly [string, string, string] =>
  single ? ["s0", "s2", "s4"] : ["d0", "d1", "d2"];
const formats = [true, false];

const arithmetic = formats.flatMap((single): Operation[] => {
  const [d, n, m] = registers(single);
  const type = single ? "f32" : "f64";
  const kind = single ? "single" : "double";
  const other = single ? "d1" : "s2";
  return [
    ...[
      ...["vadd", "vsub", "vmul", "vnmul", "vdiv", "vmla", "vmls", "vnmla", "vnmls"],
      ...["vfma", "vfms", "vfnma", "vfnms"],
    ].map((name): Operation => ({ text: `${name}.${type} ${d}, ${n}, ${m}`, kind })),
    ...["vsqrt", "vabs", "vneg", "vmov", "vcmp", "vcmpe"].map((name): Operation => ({
      text: `${name}.${type} ${d}, ${n}`,
      kind,
    })),
    ...["vcmp", "vcmpe"].map((name): Operation => ({ text: `${name}.${type} ${d}, #0.0`, kind })),
    // To integers.
    ...["vcvt", "vcvtr"].flatMap((name) =>
      ["s32", "u32"].map((to): Operation => ({ text: `${name}.${to}.${type} s0, ${n}`, kind })),
    ),
    ...["s32", "u32"].map((from): Operation => ({
      text: `vcvt.${type}.${from} ${d}, s2`,
      kind: "word",
    })),
    {
      text: single ? `vcvt.f32.f64 s0, ${other}` : `vcvt.f64.f32 d0, ${other}`,
      kind: single ? "double" : "single",
    },
    ...["s16", "u16", "s32", "u32"].flatMap((fixed) =>
      (fixed.endsWith("16") ? [0, 1, 7, 15, 16] : [1, 13, 31, 32]).flatMap((bits): Operation[] => [
        { text: `vcvt.${fixed}.${type} ${d}, ${d}, #${bits}`, kind },
        {
          text: `vcvt.${type}.${fixed} ${d}, ${d}, #${bits}`,
          kind: fixed.endsWith("16") ? "halfword" : "word",
        },
      ]),
    ),
  ];
});
const halves = ["b", "t"].flatMap((half): Operation[] => [
  { text: `vcvt${half}.f32.f16 s0, s2`, kind: "half" },
  { text: `vcvt${half}.f16.f32 s0, s2`, kind: "single" },
]);

export const OPERATIONS: readonly Operation[] = [...arithmetic, ...halves];
