export * from "./interpreter/index.js";
export * from "./wasm/index.js";
