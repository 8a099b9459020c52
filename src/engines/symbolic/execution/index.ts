/** Execution of IR blocks over terms. */
export { runBlock } from "./executor.js";
export type { Continuation, SymbolicBlock, SymbolicHost } from "./host.js";
export {
  SymbolicMemory,
  type ConcreteRegion,
  type InitialMemory,
  type MemoryWrite,
} from "./memory.js";
export { constantOf } from "./constant-of.js";
export { SymbolicPath, type Forkable, type TracePoint } from "./path.js";
