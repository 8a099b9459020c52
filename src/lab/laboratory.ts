/** Puts an occupant of ours at HVBAR of a fresh machine and makes a call site before it. */
import { registerSlot, MODE, systemSlot } from "../arch/index.js";
import { Machine } from "../machine/index.js";
import { assembleOccupant, occupantNamed, type Occupant } from "../occupants/index.js";
import { CallSite, type SiteOptions } from "./call-site.js";
import { OCCUPANT_LAYOUT as AT, siteAt } from "./layout.js";

export interface Setup {
  /** Occupant and kernel are built as T32 code. */
  readonly thumb: boolean;
  /** Stage 1 of HYP mode is on, with the laboratory's RAM mapped flat. */
  readonly hypMmu: boolean;
}

/**
 * Turns on stage 1 of HYP mode: one 1 GiB block that maps RAM flat: normal memory, accessed, executable.
 * Nothing else is mapped.
 */
export const mapHypFlat = (machine: Machine, ram: number, tables: number): void => {
  const s = machine.cpu.state;
  machine.memory.write32(tables + (ram / 2 ** 30) * 8, ram | (1 << 10) | (3 << 8) | 1);
  s[systemSlot("HMAIR0")] = 0xff;
  s[systemSlot("HTTBR")] = tables;
  s[systemSlot("HTTBR_hi")] = 0;
  s[systemSlot("HSCTLR")] = s[systemSlot("HSCTLR")]! | 0x1005;
};

/** Where a program lies, in whole words. */
const extentOf = (base: number, bytes: Uint8Array): { from: number; to: number } => ({
  from: base,
  to: base + Math.ceil(bytes.length / 4) * 4,
});

/** State at the moment of a crash's call: SVC with its MMU turned off, the occupant in place. */
export const occupantSite = (
  occupant: Occupant,
  setup: Setup,
  more: Pick<SiteOptions, "immediate"> = {},
): CallSite => {
  const machine = new Machine({ ram: [AT.ram] });
  const stub = occupant.resetsTo === undefined ? undefined : occupantNamed(occupant.resetsTo);
  const stubProgram = stub === undefined ? undefined : assembleOccupant(stub, setup, AT.stub);
  if (stubProgram !== undefined) machine.load(AT.stub, stubProgram.bytes);
  const stubVectors = stubProgram?.symbols.get("vectors");
  const program = assembleOccupant(
    occupant,
    setup,
    AT.occupant,
    stubVectors === undefined ? {} : { stub_vectors: stubVectors },
  );
  machine.load(AT.occupant, program.bytes);
  const vectors = program.symbols.get("vectors")!;
  const s = machine.cpu.state;
  // What installation leaves: no traps, no stage 2; TE on a Thumb-2 kernel.
  for (const name of ["HCR", "HSTR", "HDCR", "VTTBR", "VTTBR_hi", "VTCR"] as const)
    s[systemSlot(name)] = 0;
  s[systemSlot("HSCTLR")] = s[systemSlot("HSCTLR")]! | (setup.thumb ? 1 << 30 : 0);
  s[systemSlot("HVBAR")] = vectors;
  s[registerSlot(13, MODE.hyp)] = occupant.needsStack ? AT.hypStack : 0x5a5a5a58;
  if (setup.hypMmu) mapHypFlat(machine, AT.ram.base, AT.hypTables);
  const code = [
    extentOf(AT.occupant, program.bytes),
    ...(stubProgram === undefined ? [] : [extentOf(AT.stub, stubProgram.bytes)]),
  ];
  return new CallSite(machine, siteAt(AT.site), {
    thumb: setup.thumb,
    stubVectors: stubVectors ?? vectors,
    code,
    image: [
      ...code,
      ...(setup.hypMmu ? [{ from: AT.hypTables, to: AT.hypTables + 0x1000, data: true }] : []),
    ],
    ...(occupant.needsStack
      ? { ownMemory: { from: AT.hypStack - 0x1000, to: AT.hypStack }, hypStack: true }
      : {}),
    ...more,
  });
};
