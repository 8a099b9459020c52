/** The door of machine/: CPUs, memory, translation, exceptions, snapshots. */
export * from "./bus.js";
export * from "./clock.js";
export * from "./cpu.js";
export * from "./errors.js";
export * from "./machine.js";
export { PhysicalMemory, type RamBank } from "./physical-memory.js";
export { decodeState, encodeState } from "./state-codec.js";
