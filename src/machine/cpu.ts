/** One CPU: its state, its view of memory, and what an engine asks of the machine. */
import {
  extract,
  itStateOf,
  MODE,
  modeOf,
  privilegeOf,
  PSR,
  readCpsr,
  registerSlot,
  SLOT,
  SYSTEM_REGISTERS,
  writeCpsr,
  type ExceptionName,
  type Mode,
} from "../arch/index.js";
import { Interpreter, type InterpreterCpu } from "../engines/index.js";
import {
  KEY,
  PAGE_SHIFT,
  STATE_WORDS,
  type BlockSource,
  type EngineHost,
  type ExceptionKind,
  type HintName,
  type PlainRead,
} from "../ir/index.js";
import { DECODER, translateBlock } from "../isa/index.js";
import { checkCoprocessor, checkTrap } from "./run-time-checks.js";
import { RUN_TIME_RULES } from "./run-time-rules.js";
import type { Bus } from "./bus.js";
import type { CpuOptions } from "./cpu-options.js";
import { DataAccess } from "./data-access.js";
import { Exceptions } from "./exceptions.js";
import { GenericTimer } from "./generic-timer.js";
import { Interrupts } from "./interrupts.js";
import type { MachineClock } from "./machine-clock.js";
import { PerformanceMonitor } from "./performance-monitor.js";
import { HALTED, Standby } from "./standby.js";
import type { Stop } from "./stop.js";
import { Tlb } from "./tlb.js";
import { Mmu, type Regime } from "./mmu/mmu.js";
import type { PhysicalMemory } from "./physical-memory.js";
import { SystemAccess } from "./system-access.js";

/** What a CPU tells whoever watches it. Called on slow paths only. */
export interface CpuEvents {
  /** A system register was written by the guest. */
  systemWrite?(cpu: Cpu, register: string): void;
  /** An exception was taken; `hyp` tells whether to HYP mode. */
  exception?(cpu: Cpu, kind: ExceptionName | "hypTrap" | "hvc", hyp: boolean): void;
  /** An exception return from HYP mode to PC slot was done. */
  leftHyp?(cpu: Cpu): void;
  /** Code at `pc` is about to run for the first time since it was written; nothing of it ran yet. */
  newCode?(cpu: Cpu, pc: number): void;
}
/** The firmware that answers SMC, or HVC where there is no HYP mode. False: the call is UNDEFINED. */
export type Firmware = (cpu: Cpu, immediate: number) => boolean;

/** Does the semihosting call in r0 and r1; PC is behind the instruction that made it. */
export type DebugAgent = (cpu: Cpu) => void;

/** What the CPUs of a machine share. */
export interface CpuSurroundings {
  readonly memory: PhysicalMemory;
  readonly bus: Bus;
  readonly engine: Interpreter;
  readonly clock: MachineClock;
  /** All CPUs, this one among them, once all are made. */
  readonly cpus: readonly Cpu[];
}
/** How a CPU is entered after a power-on. */
export interface PowerOn {
  /** Address of the first instruction; bit 0 selects T32. */
  readonly entry: number;
  /** R0 at the entry. */
  readonly context: number;
  readonly mode: "hyp" | "svc";
}

export class Cpu implements EngineHost {
  readonly index: number;
  readonly options: CpuOptions;
  /** The CPU's region; the first words are the state slots of arch/. */
  readonly state: Int32Array;
  readonly mmu: Mmu;
  readonly memory: PhysicalMemory;
  readonly bus: Bus;
  readonly engine: Interpreter;
  readonly system: SystemAccess;
  interrupted = false;
  stopped: Stop | undefined;
  events: CpuEvents = {};
  firmware: Firmware = () => false;
  /** Who answers semihosting calls from PL1 and PL2. Without one they are what they are elsewhere. */
  debugAgent: DebugAgent | undefined;
  readonly exceptions: Exceptions;
  readonly data: DataAccess;
  readonly tlb: Tlb;
  readonly interrupts: Interrupts;
  readonly timer: GenericTimer;
  readonly monitor: PerformanceMonitor;
  readonly standby: Standby;
  readonly #clock: MachineClock;
  readonly #context: InterpreterCpu;
  /** All CPUs of the machine, this one among them. */
  readonly peers: readonly Cpu[];

  constructor(index: number, options: CpuOptions, around: CpuSurroundings) {
    this.index = index;
    this.options = options;
    this.memory = around.memory;
    this.bus = around.bus;
    this.engine = around.engine;
    this.peers = around.cpus;
    this.#clock = around.clock;
    this.state = this.memory.regions[index]!;
    this.#context = this.engine.attach(this.state, this);
    this.tlb = new Tlb(this.state, this.#context.jumps);
    this.mmu = new Mmu(this.state, this.memory);
    this.exceptions = new Exceptions(this);
    this.data = new DataAccess(this);
    this.system = new SystemAccess(this);
    this.interrupts = new Interrupts(this);
    this.timer = new GenericTimer(this.state, around.clock);
    this.monitor = new PerformanceMonitor(this.state, around.clock);
    this.standby = new Standby(this, around.clock);
    this.reset();
  }

  /**
   * Cold reset into HYP mode (SVC without HYP), interrupts masked, as firmware hands over. The levels of the
   * interrupt inputs are not the CPU's to reset.
   */
  reset(): void {
    const inputs = this.state[SLOT.interruptInputs]!;
    this.state.fill(0, 0, STATE_WORDS);
    this.state[SLOT.interruptInputs] = inputs;
    this.system.reset();
    const mode = this.options.hyp ? MODE.hyp : MODE.svc;
    writeCpsr(this.state, mode.encoding | 0x1c0);
    this.flushTlb();
    this.exceptions.reset();
    this.stopped = undefined;
    this.timer.reset();
    this.monitor.reset();
    this.standby.reset();
  }
  /** Switches the CPU off: it does nothing until powerOn. Its state is lost. */
  powerOff(): void {
    this.reset();
    this.state[SLOT.halted] = HALTED.off;
    this.kick();
  }
  /** Resets the CPU and lets it begin at an address, interrupts masked, MMU and caches off. */
  powerOn(how: PowerOn): void {
    this.reset();
    const mode = how.mode === "hyp" && this.options.hyp ? MODE.hyp : MODE.svc;
    writeCpsr(this.state, mode.encoding | 0x1c0);
    this.state[SLOT.T] = how.entry & 1;
    this.state[SLOT.PC] = how.entry & ~1;
    this.setRegister(0, how.context);
    this.standby.wake();
  }
  get poweredOff(): boolean {
    return this.state[SLOT.halted] === HALTED.off;
  }

  get mode(): Mode {
    return modeOf(this.state[SLOT.M]!) ?? MODE.usr;
  }
  /** R0 to R15 of the current mode; R15 is the address of the next instruction. */
  register(n: number): number {
    return this.state[n === 15 ? SLOT.PC : registerSlot(n, this.mode)]!;
  }
  setRegister(n: number, value: number): void {
    this.state[n === 15 ? SLOT.PC : registerSlot(n, this.mode)] = value;
  }
  get regime(): Regime {
    return privilegeOf(this.state[SLOT.M]!);
  }

  /**
   * Runs at most `instructions` and moves the clock by what ran, which it gives. Comes back early when
   * stopped, halted, or when an interrupt has to be looked at: the next run takes it. The scheduler's step;
   * alarms ring between two of them.
   */
  run(instructions: number): number {
    const clock = this.#clock;
    clock.enter(this.state, instructions);
    this.interrupted = this.stopped !== undefined;
    if (!this.interrupted) {
      const kind = this.interrupts.pending();
      if (kind !== undefined) this.exceptions.takeInterrupt(kind);
      this.engine.run(this.#context);
    }
    return clock.leave();
  }
  /** Makes `run` come back before the next instruction. */
  halt(stop: Stop): void {
    this.stopped = stop;
    this.interrupted = true;
    this.kick();
  }
  /** Ends the run that this CPU is in, after the present instruction. */
  kick(): void {
    if (this.#clock.runs(this.state)) this.#clock.cut(0);
  }
  /** An interrupt input rose. */
  interruptsChanged(): void {
    if (this.state[SLOT.halted] === HALTED.runs) this.checkInterrupts();
    else this.standby.interruptRose();
  }
  /** After a change of masks or routing: an interrupt that may now be taken is taken next. */
  checkInterrupts(): void {
    if (this.#clock.runs(this.state) && this.interrupts.pending() !== undefined) this.kick();
  }

  // ---- whoever watches or answers ---------------------------------------------------------------

  exceptionTaken(kind: ExceptionName | "hypTrap" | "hvc", hyp: boolean): void {
    this.events.exception?.(this, kind, hyp);
  }
  leftHyp(): void {
    this.events.leftHyp?.(this);
  }
  /** False: the call is UNDEFINED. */
  callFirmware(immediate: number): boolean {
    return this.firmware(this, immediate);
  }
  get hasDebugAgent(): boolean {
    return this.debugAgent !== undefined;
  }
  callDebugAgent(): void {
    this.debugAgent?.(this);
  }

  // ---- translation and code ---------------------------------------------------------------------

  translationKey(): number {
    const s = this.state;
    return (
      s[SLOT.M]! |
      (s[SLOT.T]! << KEY.thumb.lsb) |
      (s[SLOT.E]! << KEY.bigEndian.lsb) |
      (s[SLOT.IT]! << KEY.it.lsb)
    );
  }
  codePage(pc: number): number {
    const page = pc >>> PAGE_SHIFT;
    const { regime } = this;
    // A32 code at a halfword: BX to an address ending in 10 is UNPREDICTABLE; the fetch faults, as on the
    // reference emulator, so that the address can be seen. Faults of the translation come first.
    const misaligned = (pc & 2) !== 0 && this.state[SLOT.T] === 0;
    if (!misaligned) {
      const known = this.tlb.codePage(page, regime);
      if (known >= 0) return known;
    }
    const walk = this.mmu.translate(pc, "execute", regime);
    if (walk.fault !== "none") {
      this.exceptions.abortFetch(walk.fault, walk, pc);
      return -1;
    }
    if (!this.memory.shows(walk.address)) {
      this.exceptions.abortFetch("external", walk, pc);
      return -1;
    }
    if (misaligned) {
      if (this.options.policy === "stop") {
        this.exceptions.raiseStop(
          "unpredictable",
          `${RUN_TIME_RULES.a32Target.condition} (0x${(pc >>> 0).toString(16)})`,
        );
        return -1;
      }
      this.exceptions.abortFetch("alignment", walk, pc, true);
      return -1;
    }
    const physical = Math.floor(walk.address / 4096);
    this.tlb.fillCode(page, regime, physical, walk);
    return physical;
  }
  knownCodePage(pc: number): number {
    return this.tlb.codePage(pc >>> PAGE_SHIFT, this.regime);
  }
  codeWord(page: number, offset: number, size: number): number {
    const at = this.memory.offsetOf(page * 4096) + offset;
    const { bytes } = this.memory;
    let value = 0;
    for (let i = 0; i < size; i++) value |= bytes[at + i]! << (8 * i);
    return value;
  }
  translate(pc: number, key: number, limit: number): BlockSource | undefined {
    const page = this.codePage(pc);
    if (page < 0) return undefined;
    this.events.newCode?.(this, pc);
    this.#protectCode(page);
    return this.translateIn(page, pc, key, limit);
  }
  translateIn(page: number, pc: number, key: number, limit: number): BlockSource | undefined {
    const { memory } = this;
    const base = memory.offsetOf(page * 4096);
    const bytes = memory.bytes;
    let secondPage = -1;
    const fetch = (address: number): number => {
      let offset: number;
      if (address >>> PAGE_SHIFT === pc >>> PAGE_SHIFT) offset = base + (address & 0xfff);
      else {
        // Only the second half of a T32 instruction gets here. Its fault is the instruction's.
        secondPage = this.codePage(address);
        if (secondPage < 0) return -1;
        offset = memory.offsetOf(secondPage * 4096) + (address & 0xfff);
        this.#protectCode(secondPage);
      }
      return bytes[offset]! | (bytes[offset + 1]! << 8);
    };
    const block = translateBlock(
      pc,
      {
        thumb: extract(key, KEY.thumb) === 1,
        bigEndian: extract(key, KEY.bigEndian) === 1,
        it: extract(key, KEY.it),
        mode: modeOf(extract(key, KEY.mode))!,
      },
      {
        decoder: DECODER,
        cpu: this.options.model,
        policy: this.options.policy,
        fetch,
        limit,
        endsAfter: (address) => this.engine.cache.endsAfter(page, address),
      },
    );
    return this.faulted ? undefined : { block, page, secondPage };
  }
  /** Code pages have no write entries, on no CPU: a store to one takes the slow path, which drops its blocks. */
  #protectCode(page: number): void {
    if (this.engine.cache.hasCode(page)) return;
    const offset = this.memory.offsetOf(page * 4096);
    for (const cpu of this.peers) cpu.tlb.dropWrites(offset);
  }
  /** Forgets all translations: of data, code and jumps. */
  flushTlb(): void {
    this.tlb.flush();
  }
  takeReplay(): boolean {
    return this.exceptions.takeReplay();
  }
  load(address: number, access: number): number {
    return this.data.load(address, access);
  }
  store(address: number, value: number, access: number): void {
    this.data.store(address, value, access);
  }
  get faulted(): boolean {
    return this.exceptions.faulted;
  }
  takePending(syndrome: number, size: number): void {
    this.exceptions.takePending(syndrome, size);
  }
  takeException(kind: ExceptionKind, immediate: number, nextPc: number): void {
    this.exceptions.takeException(kind, immediate, nextPc);
  }
  exceptionReturn(target: number, psr: number): void {
    this.exceptions.exceptionReturn(target, psr);
  }
  /** Records an Undefined Instruction exception of the current instruction. */
  raiseUndefined(): void {
    this.exceptions.raiseUndefined();
  }
  /** Records a trap to HYP mode; `syndrome` 0 stands for the instruction's own. */
  raiseHypTrap(syndrome = 0): void {
    this.exceptions.raiseHypTrap(syndrome);
  }

  // ---- CPSR ---------------------------------------------------------------------------------------

  readCpsr(): number {
    // Execution state bits J, T and IT read as zero (DDI 0406C, B9.3.8).
    return readCpsr(this.state) & ~((1 << PSR.J.lsb) | (1 << PSR.T.lsb) | 0x0600fc00);
  }
  writeCpsr(value: number, byteMask: number): void {
    const s = this.state;
    const privileged = this.regime !== 0;
    if ((byteMask & 8) !== 0) {
      s[SLOT.N] = extract(value, PSR.N);
      s[SLOT.Z] = extract(value, PSR.Z);
      s[SLOT.C] = extract(value, PSR.C);
      s[SLOT.V] = extract(value, PSR.V);
      s[SLOT.Q] = extract(value, PSR.Q);
    }
    if ((byteMask & 4) !== 0) s[SLOT.GE] = extract(value, PSR.GE);
    if ((byteMask & 2) !== 0) {
      s[SLOT.E] = extract(value, PSR.E);
      if (privileged) s[SLOT.A] = extract(value, PSR.A);
    }
    if (!privileged) return;
    if ((byteMask & 1) !== 0) this.#writeControl(value);
    this.checkInterrupts();
  }
  #writeControl(value: number): void {
    const s = this.state;
    s[SLOT.I] = extract(value, PSR.I);
    s[SLOT.F] = extract(value, PSR.F);
    const wanted = modeOf(value & 31);
    const current = s[SLOT.M]!;
    if ((value & 31) === current) return;
    // To or from HYP mode by MSR or CPS, or to a mode that is none: UNPREDICTABLE; the mode stays.
    if (
      wanted === undefined ||
      wanted.name === "hyp" ||
      wanted.name === "mon" ||
      this.regime === 2
    ) {
      if (this.options.policy === "stop") {
        this.exceptions.raiseStop(
          "unpredictable",
          `${RUN_TIME_RULES.cpsrMode.condition} (0x${(value & 31).toString(16)} in mode 0x${current.toString(16)})`,
        );
      }
      return;
    }
    s[SLOT.M] = wanted.encoding;
  }

  // ---- system -----------------------------------------------------------------------------------

  sysRead(register: number, wide: boolean): number {
    return this.system.read(register, wide);
  }
  plainRead(register: number, level: Regime): PlainRead | undefined {
    return this.system.plainRead(register, level);
  }
  sysReadHigh(): number {
    return this.system.high;
  }
  sysWrite(register: number, low: number, high: number, wide: boolean): void {
    this.system.write(register, low, high, wide);
    if (!this.faulted) this.events.systemWrite?.(this, SYSTEM_REGISTERS[register]!.name);
  }
  checkCoprocessor(coprocessor: number, advancedSimd: boolean): void {
    checkCoprocessor(this, coprocessor, advancedSimd);
  }
  trapCheck(trap: string): void {
    checkTrap(this, trap);
  }
  /** Whether `trapCheck` does nothing in HYP mode, whatever the state. */
  isFreeOfTrap(trap: string): boolean {
    return trap !== "SCTLR.SW" && trap !== "FPEXC.EN" && trap !== "FPSCR.Len";
  }
  hint(hint: HintName): void {
    if (hint === "sev") for (const cpu of this.peers) cpu.standby.signal();
    else if (hint === "wfi") this.standby.wfi();
    else if (hint === "wfe") this.standby.wfe();
  }
  plainHint(hint: HintName): ReturnType<EngineHost["plainHint"]> {
    // A CPU that runs does not wait for its own event.
    if (hint === "sev" && this.peers.length === 1) return [{ slot: SLOT.event, value: 1 }];
    return undefined;
  }
  stop(reason: "unpredictable" | "unmodelled", what: string): void {
    this.halt({ reason, what });
  }
  /** ITSTATE and PSR of an exception return are whole: used by tests that set state directly. */
  setCpsr(psr: number): void {
    writeCpsr(this.state, psr);
    this.state[SLOT.IT] = itStateOf(psr);
  }
}
