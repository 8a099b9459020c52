/** What of a machine its saved state is made of. */
import type { Interpreter } from "../engines/index.js";
import type { Device } from "./bus.js";
import type { Cpu } from "./cpu.js";
import type { PhysicalMemory, RamBank } from "./physical-memory.js";
import type { Scheduler } from "./scheduler.js";

export interface MachineParts {
  readonly options: { readonly ram: readonly RamBank[] };
  readonly memory: PhysicalMemory;
  readonly engine: Interpreter;
  readonly cpus: readonly Cpu[];
  /** The first CPU. */
  readonly cpu: Cpu;
  readonly scheduler: Scheduler;
  readonly devices: readonly Device[];
}
