/** The `js` lanes of pure ops as functions: used to fold constants and to check the other lanes. */
import { PURE_OPS, type PureOpName } from "./pure-ops.js";
import { runtime } from "./runtime.js";

type Concrete = (a: number, b: number, c: number) => number;

const compile = (op: PureOpName): Concrete => {
  const lane = PURE_OPS[op].js as (...args: string[]) => string;
  // The text comes from the rows of PURE_OPS alone; nothing of a guest or a user gets in.
  // eslint-disable-next-line no-new-func, typescript/no-implied-eval
  return new Function("runtime", `return (a, b, c) => (${lane("a", "b", "c")}) | 0;`)(
    runtime,
  ) as Concrete;
};
/** The value of each pure op on signed 32-bit words. */
export const CONCRETE: Readonly<Record<PureOpName, Concrete>> = Object.fromEntries(
  (Object.keys(PURE_OPS) as PureOpName[]).map((op) => [op, compile(op)]),
) as Record<PureOpName, Concrete>;
