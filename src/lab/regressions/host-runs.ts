/**
 * Host programs on board virt: a kernel's CPUs from their entry to SVC mode, a decompressor from the boot
 * loader to the kernel. The laboratory is the firmware: it switches CPUs on, one when the one before is done.
 */
import { SLOT, SLOT_NAMES, systemSlot } from "../../arch/index.js";
import { makeVirt } from "../../devices/index.js";
import type { AssembledProgram } from "../../isa/index.js";
import type { Cpu, Machine, MachineOptions } from "../../machine/index.js";
import {
  assembleDecompressor,
  assembleStubInstallation,
  type Decompressor,
  type StubInstallation,
} from "../../occupants/index.js";
import { mapHypFlat } from "../laboratory.js";

type Mode = "hyp" | "svc";

const AT = { ram: 0x40000000, program: 0x40100000, tables: 0x40300000, tree: 0x40400000 } as const;
const MEMORY = 8 * 1024 * 1024;
/** Instructions for each CPU: the programs take some hundred and then stay where they are. */
const BUDGET = 4000;

export interface InstallationSetup {
  readonly thumb: boolean;
  /** Mode that each CPU is started in. */
  readonly modes: readonly Mode[];
  readonly policy?: MachineOptions["policy"];
  /** State that firmware leaves on a CPU. */
  readonly firmware?: (state: Int32Array, cpu: number) => void;
}
export interface InstallationRun {
  readonly program: AssembledProgram;
  readonly machine: Machine;
  /** State of each CPU right after it left HYP mode; undefined where it did not. */
  readonly installed: readonly (Int32Array | undefined)[];
  /** CPSR.E at the first instruction of each HYP exception, in order. */
  readonly hypByteOrders: readonly number[];
  /** The boot mode's word at the end. */
  readonly bootMode: number;
  /** Words of memory, by address, that changed and are not the boot mode's. */
  readonly strayWrites: readonly { readonly address: number; readonly after: number }[];
}

/** The first CPU's entry in HYP mode: the machine with the program in it, and the CPU's state. */
export const installationStart = (
  how: StubInstallation,
  thumb: boolean,
): { machine: Machine; program: AssembledProgram; state: Int32Array } => {
  const { machine } = makeVirt({ cpus: 1, memory: MEMORY, bootModes: ["hyp"] });
  const program = assembleStubInstallation(how, { thumb }, AT.program);
  machine.load(program.base, program.bytes);
  const entry = program.symbols.get("start_first")!;
  const { cpu } = machine;
  cpu.powerOn({ entry: entry | (thumb ? 1 : 0), context: 0, mode: "hyp" });
  return { machine, program, state: cpu.state.slice(0, SLOT_NAMES.length) };
};

/** Runs every CPU's way from its entry to SVC mode. */
export const runInstallation = (
  how: StubInstallation,
  setup: InstallationSetup,
): InstallationRun => {
  const { machine } = makeVirt({
    cpus: setup.modes.length,
    memory: MEMORY,
    bootModes: setup.modes,
    ...(setup.policy === undefined ? {} : { policy: setup.policy }),
  });
  const program = assembleStubInstallation(how, { thumb: setup.thumb }, AT.program);
  machine.load(program.base, program.bytes);
  machine.snapshot();
  const installed: (Int32Array | undefined)[] = setup.modes.map(() => undefined);
  const hypByteOrders: number[] = [];
  const events: Cpu["events"] = {
    leftHyp: (cpu) => {
      installed[cpu.index] ??= cpu.state.slice(0, SLOT_NAMES.length);
    },
    exception: (cpu, _kind, hyp) => {
      if (hyp) hypByteOrders.push(cpu.state[SLOT.E]!);
    },
  };
  machine.cpus.forEach((cpu, n) => {
    cpu.events = events;
    const entry = program.symbols.get(n === 0 ? "start_first" : "start_other")!;
    cpu.powerOn({ entry: entry | (setup.thumb ? 1 : 0), context: 0, mode: setup.modes[n]! });
    setup.firmware?.(cpu.state, n);
    machine.run(BUDGET);
  });
  const word = program.symbols.get("boot_mode")!;
  const bytes = machine.memory.read(word, 4);
  const order = how.bigEndian === true ? [0, 1, 2, 3] : [3, 2, 1, 0];
  return {
    program,
    machine,
    installed,
    hypByteOrders,
    bootMode: order.reduce((value, i) => (value << 8) | bytes[i]!, 0),
    strayWrites: machine.memory
      .changes(64)
      .filter(({ address }) => address + 4 <= word || address >= word + 4),
  };
};

export interface DecompressorSetup {
  readonly thumb: boolean;
  /** Entered by UEFI firmware that left HYP mode's MMU and caches on. */
  readonly inHyp: boolean;
}
export interface DecompressorRun {
  readonly machine: Machine;
  /** The kernel's entry was reached. */
  readonly entered: boolean;
  readonly mode: string;
  readonly registers: { readonly r1: number; readonly r2: number };
  /** What the boot loader gave. */
  readonly given: { readonly r1: number; readonly r2: number };
  readonly address: number;
  /** It is where the last call should not have returned to. */
  readonly spins: boolean;
}
/** A machine number of the kernel's list: ARM Versatile Express. */
const MACHINE_NUMBER = 2272;

/** Runs a decompressor's way to the kernel. */
export const runDecompressor = (how: Decompressor, setup: DecompressorSetup): DecompressorRun => {
  const { machine } = makeVirt({ cpus: 1, memory: MEMORY });
  const program = assembleDecompressor(how, { thumb: setup.thumb }, AT.program);
  machine.load(program.base, program.bytes);
  const { cpu } = machine;
  const { state } = cpu;
  const given = { r1: MACHINE_NUMBER, r2: AT.tree };
  const entry = program.symbols.get(setup.inHyp ? "start_in_hyp" : "start")!;
  cpu.powerOn({ entry: entry | (setup.thumb ? 1 : 0), context: 0, mode: "hyp" });
  cpu.setRegister(1, given.r1);
  cpu.setRegister(2, given.r2);
  if (setup.inHyp) {
    mapHypFlat(machine, AT.ram, AT.tables);
    state[systemSlot("HSCTLR")] = state[systemSlot("HSCTLR")]! & ~(1 << 30);
    cpu.flushTlb();
  }
  machine.run(BUDGET);
  const address = state[SLOT.PC]! >>> 0;
  return {
    machine,
    entered: address === program.symbols.get("kernel"),
    mode: cpu.mode.name,
    registers: { r1: cpu.register(1) >>> 0, r2: cpu.register(2) >>> 0 },
    given,
    address,
    spins: address === program.symbols.get("spin"),
  };
};
