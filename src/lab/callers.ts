/** The callers of the matrix, out of the contracts' records. */
import { HOST_CALLERS } from "../contract/index.js";

export interface Caller {
  readonly id: string;
  /** What the kernel wants. */
  readonly intent: string;
  /** When the call returns, the caller branches in SVC to what this register holds. */
  readonly fallback?: number;
  /** When the call returns, the caller is lost or goes its other way. */
  readonly goesElsewhere: boolean;
}
/** Those that put the same into the registers stand in the matrix once. */
export const CALLERS: readonly Caller[] = HOST_CALLERS.filter(
  (c) => c.sameCallAs === undefined,
).map(({ id, intent, afterReturn }) => ({
  id,
  intent,
  goesElsewhere: afterReturn.kind !== "goes-on",
  ...(afterReturn.kind === "branches" ? { fallback: afterReturn.register } : {}),
}));
