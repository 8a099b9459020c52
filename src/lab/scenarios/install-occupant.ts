/** Puts an occupant of ours over a running kernel's stub, on every CPU, as its hypervisor's code would. */
import { MODE, registerSlot, systemSlot } from "../../arch/index.js";
import type { Machine } from "../../machine/index.js";
import { assembleOccupant, type Occupant } from "../../occupants/index.js";

export interface InstalledOccupant {
  /** HVBAR of every CPU from now on. */
  readonly vectors: number;
}
/** Offsets in the area that the kernel keeps off. */
const AT = { program: 0x0000, tables: 0x10000, stacks: 0x20000 } as const;
const STACK = 0x1000;
const GIB = 2 ** 30;
/** HSCTLR: M, C and I. */
const MMU_ON = 0x1005;

/**
 * Loads the occupant into an area of RAM and gives each CPU its vectors, a stack where it needs one, and with
 * `hypMmu` a stage 1 that maps the first GiB of RAM flat. `stubVectors` is where a reset goes back to.
 */
export const installOccupant = (
  machine: Machine,
  occupant: Occupant,
  area: { readonly address: number; readonly size: number },
  how: { readonly hypMmu: boolean; readonly stubVectors: number; readonly ramBase: number },
): InstalledOccupant => {
  const program = assembleOccupant(
    occupant,
    { thumb: false },
    area.address + AT.program,
    occupant.resetsTo === undefined ? {} : { stub_vectors: how.stubVectors },
  );
  machine.load(area.address + AT.program, program.bytes);
  const vectors = program.symbols.get("vectors")!;
  const tables = area.address + AT.tables;
  if (how.hypMmu) {
    // One 1 GiB block: normal memory, accessed, executable. Nothing else is mapped, as in `laboratory.ts`.
    const entry = new Uint8Array(8);
    new DataView(entry.buffer).setUint32(0, how.ramBase | (1 << 10) | (3 << 8) | 1, true);
    machine.load(tables + Math.floor(how.ramBase / GIB) * 8, entry);
  }
  for (const cpu of machine.cpus) {
    if (cpu.poweredOff) continue;
    const s = cpu.state;
    s[systemSlot("HVBAR")] = vectors;
    if (occupant.needsStack)
      s[registerSlot(13, MODE.hyp)] = area.address + AT.stacks + (cpu.index + 1) * STACK;
    if (how.hypMmu) {
      s[systemSlot("HMAIR0")] = 0xff;
      s[systemSlot("HTCR")] = 0;
      s[systemSlot("HTTBR")] = tables;
      s[systemSlot("HTTBR_hi")] = 0;
      s[systemSlot("HSCTLR")] = s[systemSlot("HSCTLR")]! | MMU_ON;
    }
    cpu.flushTlb();
  }
  return { vectors };
};
