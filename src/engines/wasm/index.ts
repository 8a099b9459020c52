/** The door of the WebAssembly engine. */
export { WasmTier, type TierOptions } from "./wasm-tier.js";
export * from "./batch/index.js";
