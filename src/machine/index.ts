/** The door of machine/: CPUs, memory, translation, exceptions, snapshots. */
export * from "./bus.js";
export * from "./clock.js";
export type { CpuOptions } from "./cpu-options.js";
export * from "./cpu.js";
export * from "./errors.js";
export { hvcSyndrome, prefetchAbortSyndrome } from "./exceptions.js";
export { INSTRUCTIONS_PER_TICK, TIMER_NAMES, type TimerName } from "./generic-timer.js";
export { type InputName, type InterruptKind } from "./interrupts.js";
export * from "./machine.js";
export { HALTED } from "./standby.js";
export { PhysicalMemory, type RamBank } from "./physical-memory.js";
export { savedPages, withoutMemory, type BringPages } from "./machine-state.js";
export { decodeState, encodeState } from "./state-codec.js";
export { unpredictableRules, type UnpredictableRule } from "./unpredictable-rules.js";
export type { FirmwareAnswer } from "./symbolic/exceptions.js";
export type { HypEntryEvent, MachinePath, PathEnd } from "./symbolic/machine-path.js";
export {
  STANDING_ASSUMPTIONS,
  SymbolicMachine,
  type Feasibility,
  type SymbolicMachineOptions,
} from "./symbolic/symbolic-machine.js";
export { MAPS_OWN_PAGES, type TableMode } from "./symbolic/translation.js";
export type { KeptCode } from "../engines/index.js";
export { OPTIMISATION_NAMES, OPTIMISATIONS, type Optimisation } from "../ir/index.js";
export type { Stop } from "./stop.js";
