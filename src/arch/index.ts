/** The door of arch/: Arm vocabulary and the CPU state layout. */
export * from "./addresses.js";
export * from "./fault-status.js";
export * from "./modes.js";
export * from "./psr.js";
export * from "./psr-sequences.js";
export * from "./state-layout.js";
export * from "./system-registers/access-checks.js";
export * from "./system-registers/index.js";
export * from "./system-registers/record.js";
export * from "./exceptions.js";
export * from "./hsr.js";
export * from "./floating-point-access.js";
