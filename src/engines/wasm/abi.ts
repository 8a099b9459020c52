/**
 * Between compiled code, the interpreter and the machine. A function takes the byte address of the CPU's
 * region and gives the key of the block to go on with, whose address it has put into the PC slot, or a
 * TIER_EXIT.
 */
import type { FunctionType, ImportedFunction } from "../module/encoder.js";

/** Numbers of function types in each module. */
export const TYPE = {
  compiled: 0,
  ask: 1,
  ask3: 2,
  tell2: 3,
  tell4: 4,
  tell5: 5,
} as const;
export const TYPES: readonly FunctionType[] = [
  { parameters: 1, result: true },
  { parameters: 0, result: true },
  { parameters: 3, result: true },
  { parameters: 2, result: false },
  { parameters: 4, result: false },
  { parameters: 5, result: false },
];

/** What compiled code calls: `where` is the instruction that does, as whereOf gives it. */
export interface HostCalls {
  load(address: number, access: number, where: number): number;
  store(address: number, value: number, access: number, where: number): void;
  sysRead(register: number, wide: number, where: number): number;
  sysReadHigh(): number;
  sysWrite(register: number, low: number, high: number, wide: number, where: number): void;
  writeCpsr(value: number, mask: number, where: number, unused: number): void;
  /** A node without value operands, by its index in the block. */
  node(node: number, where: number): void;
  vector(op: number, d: number, n: number, m: number, imm: number): void;
}
const NAMES = {
  load: TYPE.ask3,
  store: TYPE.tell4,
  sysRead: TYPE.ask3,
  sysReadHigh: TYPE.ask,
  sysWrite: TYPE.tell5,
  writeCpsr: TYPE.tell4,
  node: TYPE.tell2,
  vector: TYPE.tell5,
} as const satisfies Record<keyof HostCalls, number>;
/** What compiled code calls in the machine. */
export const IMPORTS: readonly ImportedFunction[] = Object.entries(NAMES).map(([name, type]) => ({
  name,
  type,
}));
/** Function index of an import. */
export const IMPORT = Object.fromEntries(IMPORTS.map(({ name }, i) => [name, i])) as Record<
  keyof HostCalls,
  number
>;
