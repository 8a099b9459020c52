/** The door of contract/: the ABI as data. */
import { ARM64_CONTRACTS } from "./arm64.js";
import { CONDUCT_CLAUSES } from "./conduct.js";
import { DOCUMENTATION } from "./documentation.js";
import { HYPERVISORS } from "./hypervisors.js";
import { KVM_CONTRACTS } from "./kvm.js";
import { LIFE_CLAUSES } from "./life.js";
import { LINUX_STUBS } from "./linux-stub.js";
import type { Contract } from "./types.js";

export { HVC_STUB_ERR } from "./build.js";
export * from "./callers.js";
export * from "./conduct.js";
export * from "./documentation-gaps.js";
export * from "./generations.js";
export {
  prediction,
  PREDICTED_CALLERS,
  PREDICTED_OCCUPANTS,
  PREDICTION_SOURCE,
  type Prediction,
} from "./predicted-matrix.js";
export * from "./life.js";
export * from "./regressions.js";
export * from "./types.js";
export { ARM64_CONTRACTS, LINUX_STUBS };

/** Every contract, in the order that tables show them. */
export const CONTRACTS: readonly Contract[] = [
  ...LINUX_STUBS,
  ...KVM_CONTRACTS,
  ...HYPERVISORS,
  ...DOCUMENTATION,
];
/** What a clause says: of a contract, of a life or of conduct. Undefined for an id that is none. */
export const statementOf = (id: string): string | undefined =>
  (
    CONTRACTS.flatMap((c) => c.clauses).find((c) => c.id === id) ??
    LIFE_CLAUSES.find((c) => c.id === id) ??
    CONDUCT_CLAUSES.find((c) => c.id === id)
  )?.statement;
/** The contract of an id, or undefined. */
export const contractNamed = (id: string): Contract | undefined =>
  CONTRACTS.find((c) => c.id === id);
