/**
 * Flag operations: each sets several of N, Z, C and V at once. They are sequences of pure ops, given
 * by `expand`; an engine may run the expansion or a fused form made from it, never a form of its own.
 */
import { SLOT, type Slot } from "../arch/index.js";
import type { PureOpName } from "./pure-ops.js";

/** Makes pure ops over values of type V: SSA values, or the text of an engine's lane. */
export type Apply<V> = (op: PureOpName, ...args: V[]) => V;
export type FlagName = "N" | "Z" | "C" | "V";

export interface FlagOp {
  readonly arity: 1 | 2 | 3;
  readonly writes: readonly FlagName[];
  /** The new value of each written flag. `constant` makes a constant value. */
  expand<V>(op: Apply<V>, constant: (n: number) => V, ...args: V[]): Partial<Record<FlagName, V>>;
}

const flagOp = (row: FlagOp): FlagOp => row;

export const FLAG_OPS = {
  /** N and Z of a result. */
  flagsNZ: flagOp({
    arity: 1,
    writes: ["N", "Z"],
    expand: (op, constant, r) => ({ N: op("shr", r!, constant(31)), Z: op("isZero", r!) }),
  }),
  /** N, Z, C, V of a + b. */
  flagsAdd: flagOp({
    arity: 2,
    writes: ["N", "Z", "C", "V"],
    expand: (op, constant, a, b) => {
      const r = op("add", a!, b!);
      return {
        N: op("shr", r, constant(31)),
        Z: op("isZero", r),
        C: op("ltUnsigned", r, a!),
        V: op("overflowOut", a!, b!, constant(0)),
      };
    },
  }),
  /** N, Z, C, V of a - b; C is NOT borrow. */
  flagsSub: flagOp({
    arity: 2,
    writes: ["N", "Z", "C", "V"],
    expand: (op, constant, a, b) => ({
      N: op("shr", op("sub", a!, b!), constant(31)),
      Z: op("eq", a!, b!),
      C: op("geUnsigned", a!, b!),
      V: op("overflowSub", a!, b!),
    }),
  }),
  /** N, Z, C, V of a + b + c. */
  flagsAdc: flagOp({
    arity: 3,
    writes: ["N", "Z", "C", "V"],
    expand: (op, constant, a, b, c) => {
      const r = op("adc", a!, b!, c!);
      return {
        N: op("shr", r, constant(31)),
        Z: op("isZero", r),
        C: op("carryOut", a!, b!, c!),
        V: op("overflowOut", a!, b!, c!),
      };
    },
  }),
} as const;
export type FlagOpName = keyof typeof FLAG_OPS;

/** Flags that a flag op writes, as slots. */
export const flagSlots = (op: FlagOpName): readonly Slot[] => FLAG_SLOTS[op];
const slotsOf = (op: FlagOpName): readonly Slot[] => FLAG_OPS[op].writes.map((name) => SLOT[name]);
const FLAG_SLOTS: Readonly<Record<FlagOpName, readonly Slot[]>> = {
  flagsAdc: slotsOf("flagsAdc"),
  flagsAdd: slotsOf("flagsAdd"),
  flagsSub: slotsOf("flagsSub"),
  flagsNZ: slotsOf("flagsNZ"),
};
