/** The door of lab/: cases, outcomes, checks, the matrix, phases of real images, traces. */
export * from "./call-site.js";
export * from "./callers.js";
export * from "./cases.js";
export * from "./check.js";
export * from "./check-subject.js";
export { stateValue, violation } from "./expectation.js";
export * from "./laboratory.js";
export * from "./matrix.js";
export * from "./outcome.js";
export * from "./phases.js";
export * from "./recognise-generation.js";
export * from "./run-file.js";
export * from "./saved-file.js";
export * from "./scenarios/life-initramfs.js";
export * from "./scenarios/result.js";
export * from "./trace.js";
