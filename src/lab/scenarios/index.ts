/** Scenarios: a kernel's life from boot to kexec or kdump, played and judged stage by stage. */
export * from "./life-initramfs.js";
export * from "./life-matrix.js";
export { LifeError, prepareLife, type LifeOptions, type PreparedLife } from "./prepare-life.js";
export * from "./play-life.js";
export * from "./result.js";
