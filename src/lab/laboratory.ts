/**
 * The laboratory for occupants of ours: puts one at HVBAR, issues a call from SVC, and tells what came
 * of it. A case starts from a snapshot and touches nothing but what it changes.
 */
import {
  modeOf, registerSlot, MODE, SLOT, SLOT_NAMES, spsrSlot, systemSlot, writeCpsr, type ModeName, type SystemSlotName,
} from "../arch/index.js";
import { assemble } from "../isa/index.js";
import { Machine, type Cpu } from "../machine/index.js";
import { assembleOccupant, FIRMWARE_CALL, occupantNamed, type Occupant } from "../occupants/index.js";
import { LAYOUT, MARK } from "./layout.js";
import type { InstructionSetName, Outcome } from "./outcome.js";

export interface Setup {
  /** Occupant and kernel are built as T32 code. */
  readonly thumb: boolean;
  /** Stage 1 of HYP mode is on, with the laboratory's RAM mapped flat. */
  readonly hypMmu: boolean;
}
/** Registers of a call; the others keep the values that the snapshot has. */
export type Registers = Readonly<Partial<Record<number, number>>>;

export interface CallResult {
  readonly outcome: Outcome;
  /** State slots when control stopped. */
  readonly after: Int32Array;
  /** State slots when the HVC was issued. */
  readonly before: Int32Array;
  /** HVBAR after the call. */
  readonly hvbar: number;
  readonly instructions: number;
  /** A PSCI CPU_ON that the occupant made of the call: vCPU and entry. */
  readonly cpuOn: { readonly cpu: number; readonly entry: number } | undefined;
  /** Words of memory that changed outside of the occupant's stack. */
  readonly memoryChanges: readonly { address: number; before: number; after: number }[];
}
/** Instructions after which a call is given up. */
const BUDGET = 2000;
const HVBAR = systemSlot("HVBAR"), HSR = systemSlot("HSR"), HIFAR = systemSlot("HIFAR"), HDFAR = systemSlot("HDFAR");

const sys = (name: SystemSlotName): number => systemSlot(name);
const isaName = (thumb: number): InstructionSetName => (thumb === 1 ? "T32" : "A32");

export class Laboratory {
  readonly machine: Machine;
  readonly occupant: Occupant;
  readonly setup: Setup;
  /** Address of the occupant's vectors. */
  readonly vectors: number;
  /** Address of the stub's vectors that a reset goes back to, or the occupant's own. */
  readonly stubVectors: number;
  #firmware: number | undefined;
  #cpuOn: CallResult["cpuOn"];
  #hypException: { vector: number; hsr: number; address: number; target: number; instructionSet: InstructionSetName } | undefined;

  constructor(occupant: Occupant, setup: Setup) {
    this.occupant = occupant;
    this.setup = setup;
    this.machine = new Machine({ ram: [LAYOUT.ram] });
    const { machine } = this;
    const stub = occupant.resetsTo === undefined ? undefined : occupantNamed(occupant.resetsTo);
    const stubProgram = stub === undefined ? undefined : assembleOccupant(stub, setup, LAYOUT.stub);
    if (stubProgram !== undefined) machine.load(LAYOUT.stub, stubProgram.bytes);
    const stubVectors = stubProgram?.symbols.get("vectors");
    const program = assembleOccupant(occupant, setup, LAYOUT.occupant, stubVectors === undefined ? {} : { stub_vectors: stubVectors });
    machine.load(LAYOUT.occupant, program.bytes);
    this.vectors = program.symbols.get("vectors")!;
    this.stubVectors = stubVectors ?? this.vectors;
    this.#loadMarkers();
    this.#initialise();
    machine.snapshot();
  }

  /** Issues HVC #0 with the given registers from a fresh copy of the snapshot. */
  call(registers: Registers, budget = BUDGET): CallResult {
    const { machine } = this;
    const { cpu } = machine;
    machine.restore();
    this.#firmware = undefined;
    this.#cpuOn = undefined;
    this.#hypException = undefined;
    for (const [n, value] of Object.entries(registers)) cpu.setRegister(Number(n), value! | 0);
    const before = cpu.state.slice(0, SLOT_NAMES.length);
    const instructions = machine.run(budget);
    return {
      outcome: this.#outcome(cpu, instructions),
      after: cpu.state.slice(0, SLOT_NAMES.length),
      before,
      hvbar: cpu.state[HVBAR]!,
      instructions,
      cpuOn: this.#cpuOn,
      memoryChanges: machine.memory.changes(64).filter((c) => c.address < LAYOUT.hypStack - 0x1000 || c.address >= LAYOUT.hypStack),
    };
  }

  #loadMarkers(): void {
    const { machine, setup } = this;
    const code = (source: string, base: number, thumb: boolean): void =>
      machine.load(base, assemble(`${thumb ? ".thumb" : ".arm"}\n${source}`, { base, thumb }).bytes);
    code(`hvc #0\nsmc #${MARK.returned}\nstay: b stay`, LAYOUT.caller, setup.thumb);
    code(`smc #${MARK.target}\nstay: b stay`, LAYOUT.target, false);
    code(`smc #${MARK.target}\nstay: b stay`, LAYOUT.targetThumb, true);
    const slots = [MARK.target, MARK.hostUndefined, MARK.hostSvc, MARK.hostPrefetchAbort, MARK.hostDataAbort, MARK.target, MARK.hostIrq, MARK.hostFiq];
    code(slots.map((mark) => `smc #${mark}`).join("\n"), LAYOUT.hostVectors, setup.thumb);
    code(slots.map(() => `smc #${MARK.target}`).join("\n"), LAYOUT.newVectors, setup.thumb);
    // One 1 GiB block that maps RAM flat: normal memory, accessed, executable. Nothing else is mapped.
    const index = LAYOUT.ram.base / 2 ** 30;
    machine.memory.write32(LAYOUT.hypTables + index * 8, LAYOUT.ram.base | (1 << 10) | (3 << 8) | 1);
  }

  /** State at the moment of the call: SVC, MMU off (the kernel has turned it off), masks set. */
  #initialise(): void {
    const { machine, setup, occupant } = this;
    const { cpu } = machine;
    const s = cpu.state;
    cpu.firmware = (_cpu, immediate) => this.#answer(immediate);
    cpu.events = {
      exception: (c, _kind, hyp) => {
        if (!hyp || this.#hypException !== undefined) return;
        const psr = c.state[spsrSlot(MODE.hyp)!]!;
        if ((psr & 31) !== MODE.hyp.encoding) return;
        const vector = c.state[SLOT.PC]! - c.state[HVBAR]!;
        this.#hypException = {
          vector, hsr: c.state[HSR]!, address: c.state[SLOT.ELR_hyp]! >>> 0,
          target: c.state[vector === 0x10 ? HDFAR : vector === 0x0c ? HIFAR : SLOT.ELR_hyp]! >>> 0,
          instructionSet: isaName((psr >>> 5) & 1),
        };
      },
    };
    // What installation leaves: no traps, no stage 2; TE on a Thumb-2 kernel.
    const te = setup.thumb ? 1 << 30 : 0;
    for (const name of ["HCR", "HCPTR", "HSTR", "HDCR", "VTTBR", "VTTBR_hi", "VTCR"] as const) s[sys(name)] = 0;
    s[sys("HSCTLR")] = s[sys("HSCTLR")]! | te;
    s[sys("SCTLR")] = s[sys("SCTLR")]! | te;
    s[sys("VBAR")] = LAYOUT.hostVectors;
    s[HVBAR] = this.vectors;
    s[registerSlot(13, MODE.hyp)] = occupant.needsStack ? LAYOUT.hypStack : 0x5a5a5a58;
    if (setup.hypMmu) {
      s[sys("HMAIR0")] = 0x000000ff;
      s[sys("HTCR")] = s[sys("HTCR")]! & ~7;
      s[sys("HTTBR")] = LAYOUT.hypTables;
      s[sys("HTTBR_hi")] = 0;
      s[sys("HSCTLR")] = s[sys("HSCTLR")]! | 0x1005;
    }
    // Distinct values, so that a register that moved can be told.
    for (let n = 0; n <= 12; n++) s[registerSlot(n, MODE.svc)] = 0x11110000 + n * 0x101;
    s[registerSlot(13, MODE.svc)] = 0x11111300;
    s[registerSlot(14, MODE.svc)] = 0x11111400;
    writeCpsr(s, MODE.svc.encoding | 0x1c0 | (setup.thumb ? 0x20 : 0));
    s[SLOT.PC] = LAYOUT.caller;
    cpu.flushTlb();
  }

  #answer(immediate: number): boolean {
    const { cpu } = this.machine;
    if (immediate === FIRMWARE_CALL.cpuOn) {
      this.#cpuOn = { cpu: cpu.register(1), entry: cpu.register(2) >>> 0 };
      return true;
    }
    this.#firmware = immediate;
    cpu.halt({ reason: "firmware", what: String(immediate) });
    return true;
  }

  #outcome(cpu: Cpu, instructions: number): Outcome {
    const s = cpu.state;
    const mode = (modeOf(s[SLOT.M]!)?.name ?? "usr") as ModeName;
    const address = s[SLOT.PC]! >>> 0;
    const instructionSet = isaName(s[SLOT.T]!);
    switch (this.#firmware) {
      case MARK.returned:
        return { kind: "returned", mode, instructionSet };
      case MARK.target:
        return { kind: "entered", address: address - 4, mode, instructionSet };
      case MARK.hostUndefined:
        return { kind: "undefined-injected" };
      case FIRMWARE_CALL.cpuOff:
        return { kind: "powered-off", how: "cpu-off" };
      case FIRMWARE_CALL.domainCrash:
        return { kind: "powered-off", how: "domain-crash" };
      case FIRMWARE_CALL.parked:
        return { kind: "powered-off", how: "parked" };
      case undefined:
        break;
      default:
        return { kind: "ran-away", address, mode, what: "an exception in the host" };
    }
    if (cpu.stopped !== undefined) {
      return { kind: "stopped", reason: cpu.stopped.reason, what: cpu.stopped.what, address };
    }
    if (this.#hypException !== undefined) return { kind: "exception-in-hyp", ...this.#hypException };
    if (this.#selfBranch(address, s[SLOT.T] === 1)) return { kind: "self-loop", address, mode };
    return { kind: "exceeded-budget", address, mode, instructions };
  }
  /** Is the instruction at an address a branch to itself? */
  #selfBranch(address: number, thumb: boolean): boolean {
    const { memory } = this.machine;
    if (memory.offsetOf(address) < 0) return false;
    const word = memory.read32(address & ~3);
    if (!thumb) return word === (0xeafffffe | 0);
    const bytes = memory.read(address, 4);
    const first = bytes[0]! | (bytes[1]! << 8);
    return first === 0xe7fe || (first === 0xf7ff && (bytes[2]! | (bytes[3]! << 8)) === 0xbffe);
  }
}
