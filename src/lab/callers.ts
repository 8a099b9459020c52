/** The host side: the calls of every generation, as the kernels make them (facts, section 10). */
import type { CallSite, Registers } from "./call-site.js";

export interface Caller {
  readonly id: string;
  /** What the kernel wants. */
  readonly intent: string;
  readonly registers: (site: CallSite) => Registers;
  /** When the call returns, the caller branches in SVC to what this register holds. */
  readonly fallback?: number;
}
const target = (site: CallSite): number => site.target(site.options.thumb);

export const CALLERS: readonly Caller[] = [
  { id: "a-get", intent: "read HVBAR (r0 = -1)", registers: () => ({ 0: -1 }) },
  {
    id: "a-set",
    intent: "set HVBAR (r0 = address)",
    registers: (site) => ({ 0: site.layout.newVectors }),
  },
  {
    id: "b-soft",
    intent: "soft restart of the 2017 proposal (r0 = 2, r1 = 1, r3 = target)",
    registers: (site) => ({ 0: 2, 1: 1, 3: target(site) }),
    fallback: 3,
  },
  {
    id: "c-set",
    intent: "HVC_SET_VECTORS (r0 = 0, r1 = address)",
    registers: (site) => ({ 0: 0, 1: site.layout.newVectors }),
  },
  {
    id: "c-soft",
    intent: "HVC_SOFT_RESTART (r0 = 1, r1 = target)",
    registers: (site) => ({ 0: 1, 1: target(site) }),
  },
  { id: "c-reset", intent: "HVC_RESET_VECTORS (r0 = 2)", registers: () => ({ 0: 2 }) },
];
