/** Why a CPU stopped, beyond using up its budget. */
export interface Stop {
  readonly reason: "unpredictable" | "unmodelled" | "firmware" | "halted";
  readonly what: string;
}
