/** The door of batches: many cases of one call in WebAssembly. */
export { CaseBatch, CaseLoop, type LoopEvents } from "./case-batch.js";
export * from "./host.js";
export * from "./word-test.js";
