/** Whether a clause speaks of a situation at all. */
import type { Clause } from "../contract/index.js";

/** What clauses make conditions of. */
export interface Situation {
  readonly kernel: "A32" | "T32";
  readonly hypMmu: "on" | "off";
  readonly svcMmu: "on" | "off";
  readonly byteOrder: "little" | "big";
}

/** Why a clause is not about a situation, or undefined when it is. */
export const inapplicableIn = (clause: Clause, situation: Situation): string | undefined => {
  const { kernel, hypMmu, svcMmu, byteOrder } = clause.applies;
  if (kernel !== undefined && kernel !== situation.kernel) return `it is about ${kernel} kernels`;
  if (hypMmu !== undefined && hypMmu !== situation.hypMmu)
    return `it is about the HYP MMU ${hypMmu}`;
  if (svcMmu !== undefined && svcMmu !== situation.svcMmu)
    return `it is about the SVC MMU ${svcMmu}`;
  if (byteOrder !== undefined && byteOrder !== situation.byteOrder)
    return `it is about ${byteOrder}-endian kernels`;
  return undefined;
};
