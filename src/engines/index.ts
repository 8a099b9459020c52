export * from "./interpreter/index.js";
