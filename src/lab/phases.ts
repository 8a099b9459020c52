/**
 * Phases of a real image, found by events: the image runs from its HYP entry until it has put vectors of
 * its own at HVBAR and leaves HYP mode. Symbol names are not needed for that.
 */
import { hex, modeOf, SLOT, SLOT_NAMES, systemSlot } from "../arch/index.js";
import {
  linkAddress,
  readKallsyms,
  unpackZImage,
  type KernelSymbols,
  type LoadedImage,
} from "../images/index.js";
import { Machine } from "../machine/index.js";
import { CallSite } from "./call-site.js";
import { siteAt } from "./layout.js";
import { runUntilSteady } from "./steady.js";

export type PhaseName = "decompressor-stub" | "kernel-stub" | "image-stub";
export interface Phase {
  readonly name: PhaseName;
  readonly title: string;
  readonly site: CallSite;
  /** State slots right after the image left HYP mode. */
  readonly installed: Int32Array;
  /** Instructions from the entry to here. */
  readonly instructions: number;
  /** The kernel is T32 code. */
  readonly thumb: boolean;
  /** Names of the image, with the physical address of virtual address 0. */
  readonly symbols: { readonly table: KernelSymbols; readonly virtualOffset: number } | undefined;
}
/** The image did not get to a phase: it stopped at something, looped, or never left HYP mode. */
export class PhaseError extends Error {
  readonly code = "lab/no-phase";
  constructor(message: string) {
    super(message);
    this.name = "PhaseError";
  }
}

const RAM = { base: 0x40000000, size: 0x10000000 } as const;
/** Where the laboratory's own pages go: the top of RAM, which nothing has touched this early. */
const SITE = 0x4fff0000;
/** r2 at the entry: a page of zeros; no phase is late enough to read a device tree. */
const DEVICE_TREE = 0x48000000;
const ZIMAGE_OFFSET = 0x10000;
/** Instructions that an image gets to install its stub. */
const INSTALL_BUDGET = 20_000_000;

interface Start {
  readonly name: PhaseName;
  readonly title: string;
  /** Where the image lies, from its lowest to its highest byte. */
  readonly address: number;
  readonly size: number;
  readonly entry: number;
  readonly segments: readonly { readonly address: number; readonly bytes: Uint8Array }[];
}
/** A start of one piece. */
const onePiece = (name: PhaseName, title: string, address: number, bytes: Uint8Array): Start => ({
  name,
  title,
  address,
  size: bytes.length,
  entry: address,
  segments: [{ address, bytes }],
});

/** Runs an image from HYP mode, as a boot loader hands over, to the moment that it leaves HYP mode. */
const runToStub = (start: Start, symbols: Phase["symbols"], budget: number): Phase => {
  const machine = new Machine({ ram: [RAM] });
  const end = start.address + start.size;
  if (start.address < RAM.base || end > SITE) {
    throw new PhaseError(
      `${start.title}: it needs ${hex(start.address)} to ${hex(end)}; the laboratory has RAM from ${hex(RAM.base)} to ${hex(SITE)}`,
    );
  }
  for (const s of start.segments) machine.load(s.address, s.bytes);
  const { cpu } = machine;
  cpu.setRegister(0, 0);
  cpu.setRegister(1, -1);
  cpu.setRegister(2, DEVICE_TREE);
  cpu.state[SLOT.PC] = start.entry & ~1;
  cpu.state[SLOT.T] = start.entry & 1;
  let vectorsSet = false;
  let installed: Int32Array | undefined;
  cpu.events = {
    systemWrite: (_c, register) => {
      if (register === "HVBAR") vectorsSet = true;
    },
    leftHyp: (c) => {
      if (!vectorsSet) return;
      installed = c.state.slice(0, SLOT_NAMES.length);
      c.halt({ reason: "halted", what: "left HYP mode" });
    },
  };
  const { ran, loops } = runUntilSteady(machine, budget);
  const at = cpu.state[SLOT.PC]! >>> 0;
  const mode = modeOf(cpu.state[SLOT.M]!)?.name ?? "no";
  if (installed === undefined) {
    const why =
      cpu.stopped === undefined
        ? `${loops ? "it loops there with nothing to end it: " : ""}after ${ran} instructions it is at ${hex(at)} in ${mode} mode and has ${vectorsSet ? "not left HYP mode" : "not written HVBAR"}`
        : `it stopped at ${hex(at)} in ${mode} mode: ${cpu.stopped.reason} (${cpu.stopped.what})`;
    throw new PhaseError(
      `${start.title}: expected a stub at HVBAR and a return from HYP mode within ${budget} instructions, found none; ${why}`,
    );
  }
  const thumb = ((installed[systemSlot("HSCTLR")]! >>> 30) & 1) === 1;
  const site = new CallSite(machine, siteAt(SITE), {
    thumb,
    image: [{ from: start.address & ~3, to: (end + 3) & ~3 }],
    stubVectors: installed[systemSlot("HVBAR")]! >>> 0,
    code: [{ from: start.address, to: end }],
    // Linux's stubs declare SP_hyp junk; of another occupant nothing is known.
    hypStack: start.name === "image-stub",
  });
  return {
    name: start.name,
    title: start.title,
    site,
    installed,
    instructions: ran,
    thumb,
    symbols,
  };
};

/**
 * The phases that an image has, each ready to be asked. It gets `budget` instructions to install its stub.
 * Throws PhaseError and ImageError.
 */
export const phasesOf = (image: LoadedImage, budget: number = INSTALL_BUDGET): Phase[] => {
  if (image.kind === "zImage") {
    const start = onePiece(
      "decompressor-stub",
      "decompressor's stub",
      RAM.base + ZIMAGE_OFFSET,
      image.bytes,
    );
    const decompressor = runToStub(start, undefined, budget);
    const kernel = unpackZImage(image.zImage);
    return [decompressor, rawKernel(kernel.bytes, kernel.textOffset, budget)];
  }
  if (image.kind === "raw-image") return [rawKernel(image.bytes, 0x208000, budget)];
  const segments = image.elf.segments
    .filter((s) => s.memorySize > 0)
    .map((s) => ({ address: s.physicalAddress, bytes: s.bytes }));
  if (segments.length === 0) {
    throw new PhaseError(
      "image's occupant: expected an ELF file with something to load, found no segment that takes memory",
    );
  }
  const address = Math.min(...segments.map((s) => s.address));
  const end = Math.max(...segments.map((s) => s.address + s.bytes.length));
  const { entry } = image.elf;
  return [
    runToStub(
      {
        name: "image-stub",
        title: "image's occupant",
        address,
        size: end - address,
        entry,
        segments,
      },
      undefined,
      budget,
    ),
  ];
};

const rawKernel = (bytes: Uint8Array, textOffset: number, budget: number): Phase => {
  const kallsyms = readKallsyms(bytes);
  const table = kallsyms.symbols;
  const link = table === undefined ? undefined : linkAddress(table, textOffset);
  const address = RAM.base + textOffset;
  return runToStub(
    onePiece("kernel-stub", "kernel's stub", address, bytes),
    table === undefined || link === undefined
      ? undefined
      : { table, virtualOffset: address - link },
    budget,
  );
};
