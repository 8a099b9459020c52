import type { EngineHost } from "../../ir/index.js";
import type { JumpCache } from "./jump-cache.js";

/** One CPU as the interpreter sees it: `attach` makes it. */
export interface InterpreterCpu {
  /** The CPU's region of the machine memory. */
  readonly region: Int32Array;
  readonly host: EngineHost;
  readonly jumps: JumpCache;
}
