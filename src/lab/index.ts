/** The door of lab/: cases, outcomes, checks, the matrix, phases of real images, traces. */
export * from "./boot/index.js";
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
export * from "./system-settings.js";
export * from "./run-file.js";
export * from "./saved-file.js";
export * from "./scenarios/index.js";
export * from "./trace.js";
