/** The status of a clause out of its record of verdicts. */
import type { ClauseVerdict } from "./verdict.js";
import { consolidate, type Status } from "./status.js";

export const statusOf = ({ verdict, proof, outside }: Omit<ClauseVerdict, "clause">): Status =>
  consolidate(verdict, proof, outside);
