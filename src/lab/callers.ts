/** The host side: the calls of every generation, as the kernels make them (facts, section 10). */
import type { Registers } from "./laboratory.js";
import { LAYOUT } from "./layout.js";

export interface Caller {
  readonly id: string;
  /** What the kernel wants. */
  readonly intent: string;
  readonly registers: (target: number) => Registers;
  /** A returning call falls back to a branch to the target in SVC, if this register kept it. */
  readonly fallback?: number;
}

export const CALLERS: readonly Caller[] = [
  { id: "a-get", intent: "read HVBAR (r0 = -1)", registers: () => ({ 0: -1 }) },
  { id: "a-set", intent: "set HVBAR (r0 = address)", registers: () => ({ 0: LAYOUT.newVectors }) },
  { id: "b-soft", intent: "soft restart of the 2017 proposal (r0 = 2, r1 = 1, r3 = target)", registers: (target) => ({ 0: 2, 1: 1, 3: target }), fallback: 3 },
  { id: "c-set", intent: "HVC_SET_VECTORS (r0 = 0, r1 = address)", registers: () => ({ 0: 0, 1: LAYOUT.newVectors }) },
  { id: "c-soft", intent: "HVC_SOFT_RESTART (r0 = 1, r1 = target)", registers: (target) => ({ 0: 1, 1: target }) },
  { id: "c-reset", intent: "HVC_RESET_VECTORS (r0 = 2)", registers: () => ({ 0: 2 }) },
];
export const callerNamed = (id: string): Caller | undefined => CALLERS.find((c) => c.id === id);
