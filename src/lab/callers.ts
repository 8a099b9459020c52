/** The host side: the calls of every generation, as the kernels make them, at a call site. */
import { HOST_CALLERS, type CallerValue } from "../contract/index.js";
import type { CallSite, Registers } from "./call-site.js";

export interface Caller {
  readonly id: string;
  /** What the kernel wants. */
  readonly intent: string;
  readonly registers: (site: CallSite) => Registers;
  /** When the call returns, the caller branches in SVC to what this register holds. */
  readonly fallback?: number;
}
const valueAt = (value: CallerValue, site: CallSite): number => {
  switch (value.kind) {
    case "constant":
      return value.value;
    case "newVectors":
      return site.layout.newVectors;
    case "restartTarget":
      return site.target(site.options.thumb);
  }
};

/** The callers of the matrix: those that put the same into the registers stand in it once. */
export const CALLERS: readonly Caller[] = HOST_CALLERS.filter(
  (c) => c.sameCallAs === undefined,
).map(({ id, intent, registers, afterReturn }) => ({
  id,
  intent,
  registers: (site) =>
    Object.fromEntries(Object.entries(registers).map(([n, v]) => [n, valueAt(v!, site)])),
  ...(afterReturn.kind === "branches" ? { fallback: afterReturn.register } : {}),
}));
