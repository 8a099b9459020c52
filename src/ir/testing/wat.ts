/** A folded WebAssembly expression over i32 parameters, assembled into a function: for tests of the `wat` lanes. */
import { assembleWat } from "../wat.js";

const section = (id: number, bytes: readonly number[]): number[] => [
  id,
  ...leb(bytes.length),
  ...bytes,
];
const leb = (n: number): number[] => (n < 128 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)]);

/** The function of `arity` i32 parameters that an expression over (local.get n) computes. */
export const watFunction = (expression: string, arity: number): ((...args: number[]) => number) => {
  const body = [0x00, ...assembleWat(expression), 0x0b];
  const bytes = Uint8Array.from([
    0x00,
    0x61,
    0x73,
    0x6d,
    0x01,
    0x00,
    0x00,
    0x00,
    ...section(1, [1, 0x60, arity, ...Array.from({ length: arity }, () => 0x7f), 1, 0x7f]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return exports["f"] as (...args: number[]) => number;
};
