/**
 * A call site: code of the laboratory in RAM of a machine that has an occupant in HYP mode. It issues
 * HVC #0 from SVC with chosen registers and tells what came of it. Every call starts from the snapshot
 * that is taken when the site is made.
 */
import {
  modeOf,
  registerSlot,
  MODE,
  SLOT,
  SLOT_NAMES,
  slotNamed,
  spsrSlot,
  systemSlot,
  writeCpsr,
  type ModeName,
} from "../arch/index.js";
import { HOST_CALLERS } from "../contract/index.js";
import { assemble, type AssembledProgram } from "../isa/index.js";
import type { Cpu, Machine } from "../machine/index.js";
import { assembleCaller, FIRMWARE_CALL } from "../occupants/index.js";
import { CALLER_STRIDE, MARK, type SiteLayout } from "./layout.js";
import type { InstructionSetName, Outcome } from "./outcome.js";
import { plainOutcome } from "./plain-outcome.js";
import { runUntilSteady } from "./steady.js";
import { applySystem, type SystemState } from "./system-state.js";

/** Registers of a call; the others keep the values that the snapshot has. */
export type Registers = Readonly<Partial<Record<number, number>>>;

export interface CallResult {
  readonly outcome: Outcome;
  /** State slots when control stopped. Valid until the next call. */
  readonly after: Int32Array;
  /** State slots when the HVC was issued. Valid until the next call. */
  readonly before: Int32Array;
  readonly instructions: number;
  /** A PSCI CPU_ON that the occupant made of the call: vCPU and entry. */
  readonly cpuOn: { readonly cpu: number; readonly entry: number } | undefined;
  /** Words of memory that changed outside of the occupant's stack. */
  readonly memoryChanges: readonly { address: number; before: number; after: number }[];
}
/** Bytes from `from` up to but not including `to`. */
export interface CodeRange {
  readonly from: number;
  readonly to: number;
}
export interface SiteOptions {
  /** The kernel is T32 code: exceptions are taken in T32, the call is made from T32. */
  readonly thumb: boolean;
  /** Memory that a call may change: the occupant's own stack. */
  readonly ownMemory?: { readonly from: number; readonly to: number };
  /** Memory whose bytes are known at this phase and are the occupant's: its code and its translation tables. */
  readonly image?: readonly {
    readonly from: number;
    readonly to: number;
    /** Tables alone, no code. */
    readonly data?: boolean;
  }[];
  /** Physical address of the initial stub's vectors. */
  readonly stubVectors: number;
  /** Where the occupant's code lies: what HYP mode may execute. */
  readonly code: readonly CodeRange[];
  /** Of the HVC (0). */
  readonly immediate?: number;
  /** The occupant has a stack in SP_hyp and tells its guests by VMID: neither is left to chance. */
  readonly hypStack?: boolean;
}
/** Instructions after which a call is given up. */
export const CALL_BUDGET = 2000;
const HVBAR = systemSlot("HVBAR"),
  HSR = systemSlot("HSR"),
  HIFAR = systemSlot("HIFAR"),
  HDFAR = systemSlot("HDFAR");
const IFAR = systemSlot("IFAR"),
  DFAR = systemSlot("DFAR");
const VBAR = systemSlot("VBAR"),
  SCTLR = systemSlot("SCTLR");
const isaName = (thumb: number): InstructionSetName => (thumb === 1 ? "T32" : "A32");

export class CallSite {
  readonly machine: Machine;
  readonly layout: SiteLayout;
  readonly options: SiteOptions;
  readonly #callers = new Map<string, AssembledProgram>();
  readonly #before = new Int32Array(SLOT_NAMES.length);
  readonly #after = new Int32Array(SLOT_NAMES.length);
  #firmware: number | undefined;
  #cpuOn: CallResult["cpuOn"];
  #hypException: Omit<Extract<Outcome, { kind: "exception-in-hyp" }>, "kind"> | undefined;

  constructor(machine: Machine, layout: SiteLayout, options: SiteOptions) {
    this.machine = machine;
    this.layout = layout;
    this.options = options;
    this.#loadMarkers();
    this.#prepare();
    machine.snapshot();
  }

  /** Where a call that takes a code address is told to go, with bit 0 set for T32. */
  target(thumb: boolean): number {
    return thumb ? this.layout.targetThumb + 1 : this.layout.target;
  }
  /** Whether the laboratory's own code for arrivals stands at an address. */
  isMarker(address: number): boolean {
    const { layout } = this;
    return (
      address === layout.target ||
      address === layout.targetThumb ||
      (address >= layout.newVectors && address < layout.newVectors + 0x20)
    );
  }
  /** Whether the caller's own code stands at an address. */
  isHostCode(address: number): boolean {
    const { caller, target } = this.layout;
    return address >= caller && address < target;
  }
  /** HVBAR as it is before the calls. */
  get hvbar(): number {
    return this.machine.savedState(0)[HVBAR]! >>> 0;
  }
  /** A state word by its name, as it is before the calls. */
  saved(name: string): number {
    return this.machine.savedState(0)[slotNamed(name)!]!;
  }
  /** Issues the HVC; `flags` are CPSR bits 31:27 and 19:16. */
  call(registers: Registers, flags?: number, system?: SystemState): CallResult {
    this.begin(registers, flags, system);
    return this.finish(runUntilSteady(this.machine, CALL_BUDGET).ran);
  }
  /** Issues the HVC from the snapshot as `prepare` changes it. */
  callFrom(prepare: (cpu: Cpu) => void): CallResult {
    this.#beginFrom(prepare);
    return this.finish(runUntilSteady(this.machine, CALL_BUDGET).ran);
  }
  /** Issues the HVC with a program in memory, which is there for this call alone. */
  callWith(program: AssembledProgram, registers: Registers): CallResult {
    this.begin(registers);
    this.machine.load(program.base, program.bytes);
    return this.finish(runUntilSteady(this.machine, CALL_BUDGET).ran);
  }
  /** Runs a program of the host from its start; it is there for this run alone. */
  runProgram(program: AssembledProgram): CallResult {
    this.begin({});
    this.machine.load(program.base, program.bytes);
    this.machine.cpu.state[SLOT.PC] = program.base;
    return this.finish(runUntilSteady(this.machine, CALL_BUDGET).ran);
  }
  /** The first half of a call: the snapshot with the state set, at the HVC. */
  begin(registers: Registers, flags?: number, system?: SystemState): void {
    this.#beginFrom((cpu) => {
      if (system !== undefined) applySystem(cpu.state, system);
      for (const n in registers) cpu.setRegister(Number(n), registers[n]! | 0);
      if (flags !== undefined) cpu.writeCpsr(flags, 12);
    });
  }
  #beginFrom(prepare: (cpu: Cpu) => void): void {
    const { machine } = this;
    const { cpu } = machine;
    machine.restore();
    this.#firmware = undefined;
    this.#cpuOn = undefined;
    this.#hypException = undefined;
    prepare(cpu);
    this.#before.set(cpu.state.subarray(0, SLOT_NAMES.length));
  }
  /** The call of a kernel (an id of HOST_CALLERS), by its program. */
  callAs(caller: string): CallResult {
    this.beginAs(caller);
    const { cpu } = this.machine;
    const call = this.#callers.get(caller)!.symbols.get("call")!;
    // The registers that the program sets count as set before the HVC.
    for (let n = 0; n < 16 && cpu.state[SLOT.PC]! >>> 0 !== call; n++) this.machine.run(1);
    this.#before.set(cpu.state.subarray(0, SLOT_NAMES.length));
    return this.finish(runUntilSteady(this.machine, CALL_BUDGET).ran);
  }
  /** The first instruction of a caller's program. Throws RangeError for an id that is none. */
  beginAs(caller: string): void {
    const program = this.#callers.get(caller);
    if (program === undefined) throw new RangeError(`no caller is named ${caller}`);
    this.begin({});
    this.machine.cpu.state[SLOT.PC] = program.symbols.get("start")!;
    this.#before.set(this.machine.cpu.state.subarray(0, SLOT_NAMES.length));
  }
  /** After a call that returned: lets the caller go on. */
  resume(): void {
    this.#firmware = undefined;
    this.machine.cpu.stopped = undefined;
  }
  /** After `callAs` gave "returned": what becomes of the caller then. */
  goOn(): Outcome {
    this.resume();
    return this.finish(runUntilSteady(this.machine, CALL_BUDGET).ran).outcome;
  }
  /** The second half: tells what came of it after `instructions` were run. */
  finish(instructions: number): CallResult {
    const { machine } = this;
    const { cpu } = machine;
    const own = this.options.ownMemory;
    this.#after.set(cpu.state.subarray(0, SLOT_NAMES.length));
    return {
      outcome: this.#outcome(cpu, instructions),
      after: this.#after,
      before: this.#before,
      instructions,
      cpuOn: this.#cpuOn,
      memoryChanges: machine.memory.dirtyCount === 0 ? [] : machine.memory.changes(64, own),
    };
  }
  /** Is the instruction at an address a branch to itself? */
  selfBranch(address: number, thumb: boolean): boolean {
    const { memory } = this.machine;
    if (memory.offsetOf(address) < 0 || memory.offsetOf(address + 3) < 0) return false;
    const bytes = memory.read(address, 4);
    const first = bytes[0]! | (bytes[1]! << 8);
    const second = bytes[2]! | (bytes[3]! << 8);
    if (!thumb) return first === 0xfffe && second === 0xeaff;
    return first === 0xe7fe || (first === 0xf7ff && second === 0xbffe);
  }

  #loadMarkers(): void {
    const { machine, options, layout } = this;
    const code = (source: string, base: number, thumb: boolean): void =>
      machine.load(
        base,
        assemble(`${thumb ? ".thumb" : ".arm"}\n${source}`, { base, thumb }).bytes,
      );
    code(
      `hvc #${options.immediate ?? 0}\nsmc #${MARK.returned}\nstay: b stay`,
      layout.caller,
      options.thumb,
    );
    const addresses = {
      newVectors: layout.newVectors,
      restartTarget: this.target(options.thumb),
    };
    HOST_CALLERS.forEach((caller, n) => {
      const base = layout.caller + (n + 1) * CALLER_STRIDE;
      const program = assembleCaller(caller, options, base, addresses, `smc #${MARK.returned}`);
      machine.load(base, program.bytes);
      this.#callers.set(caller.id, program);
    });
    code(`smc #${MARK.target}\nstay: b stay`, layout.target, false);
    code(`smc #${MARK.target}\nstay: b stay`, layout.targetThumb, true);
    const slots = [
      MARK.target,
      MARK.hostUndefined,
      MARK.hostSvc,
      MARK.hostPrefetchAbort,
      MARK.hostDataAbort,
      MARK.target,
      MARK.hostIrq,
      MARK.hostFiq,
    ];
    code(slots.map((mark) => `smc #${mark}`).join("\n"), layout.hostVectors, options.thumb);
    code(slots.map(() => `smc #${MARK.target}`).join("\n"), layout.newVectors, options.thumb);
  }
  /** The caller's state: SVC, masks set, registers that can be told apart. */
  #prepare(): void {
    const { machine, options, layout } = this;
    const { cpu } = machine;
    const s = cpu.state;
    cpu.stopped = undefined;
    cpu.firmware = (_cpu, immediate) => this.#answer(immediate);
    cpu.events = {
      exception: (c, _kind, hyp) => {
        if (!hyp || this.#hypException !== undefined) return;
        const psr = c.state[spsrSlot(MODE.hyp)!]!;
        if ((psr & 31) !== MODE.hyp.encoding) return;
        const vector = c.state[SLOT.PC]! - c.state[HVBAR]!;
        const thumb = (psr >>> 5) & 1;
        const at = c.state[vector === 0x10 ? HDFAR : vector === 0x0c ? HIFAR : SLOT.ELR_hyp]!;
        this.#hypException = {
          vector,
          hsr: c.state[HSR]!,
          address: c.state[SLOT.ELR_hyp]! >>> 0,
          // A branch to T32 code was given bit 0.
          target: (vector === 0x0c ? at | thumb : at) >>> 0,
          instructionSet: isaName(thumb),
        };
      },
    };
    if (options.thumb) s[SCTLR] = s[SCTLR]! | (1 << 30);
    s[VBAR] = layout.hostVectors;
    for (let n = 0; n <= 12; n++) s[registerSlot(n, MODE.svc)] = 0x11110000 + n * 0x101;
    s[registerSlot(13, MODE.svc)] = 0x11111300;
    s[registerSlot(14, MODE.svc)] = 0x11111400;
    writeCpsr(s, MODE.svc.encoding | 0x1c0 | (options.thumb ? 0x20 : 0));
    s[SLOT.PC] = layout.caller;
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
    const mode: ModeName = modeOf(s[SLOT.M]!)?.name ?? "usr";
    const address = s[SLOT.PC]! >>> 0;
    const instructionSet = isaName(s[SLOT.T]!);
    // The mode that an abort was taken from.
    const from: ModeName = modeOf(s[spsrSlot(MODE.abt)!]! & 31)?.name ?? "usr";
    const plain = plainOutcome(this.#firmware);
    if (plain !== undefined) return plain;
    switch (this.#firmware) {
      case MARK.returned:
        return { kind: "returned", mode, instructionSet };
      case MARK.target:
        return { kind: "entered", address: address - 4, mode, instructionSet };
      case undefined:
        break;
      case MARK.hostPrefetchAbort:
        return { kind: "ran-away", address: s[IFAR]! >>> 0, mode: from, what: "a prefetch abort" };
      case MARK.hostDataAbort:
        return { kind: "ran-away", address: s[DFAR]! >>> 0, mode: from, what: "a data abort" };
      default:
        return { kind: "ran-away", address, mode, what: "an exception in the host" };
    }
    if (cpu.stopped !== undefined)
      return { kind: "stopped", reason: cpu.stopped.reason, what: cpu.stopped.what, address };
    if (this.#hypException !== undefined)
      return { kind: "exception-in-hyp", ...this.#hypException };
    if (this.selfBranch(address, s[SLOT.T] === 1)) return { kind: "self-loop", address, mode };
    return { kind: "exceeded-budget", address, mode, instructions };
  }
}
