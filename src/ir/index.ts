/** The door of ir/: typed ops, blocks and the builder. */
export * from "./block.js";
export * from "./builder.js";
export * from "./concrete.js";
export * from "./flag-ops.js";
export * from "./pure-ops.js";
export * from "./runtime.js";
export * from "./engine-host.js";
export * from "./liveness.js";
export * from "./memory-layout.js";
export { NodeTemplates } from "./node-templates.js";
export * from "./packed-block.js";
export * from "./print.js";
export * from "./vector-ops.js";
export * from "./wat.js";
export { simdImm, type SimdParameters } from "./simd/parameters.js";
export { COMPARE, fixedImmediate, type Fixed } from "./float-ops.js";
export * from "./optimiser/index.js";
export { assembleLane, LANE_LOCALS, type LaneCode, type LaneLocal } from "./wasm-lane.js";
