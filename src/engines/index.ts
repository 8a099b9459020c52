export * from "./interpreter/index.js";
export * from "./symbolic/index.js";
export * from "./wasm/index.js";
