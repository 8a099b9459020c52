/** One CPU: its state, its view of memory, and what an engine asks of the machine. */
import {
  dataAccessIss,
  EXCEPTION,
  extract,
  faultStatusRegister,
  hsr,
  HYP_VECTOR,
  itStateOf,
  longFaultStatus,
  MODE,
  modeOf,
  privilegeOf,
  PSR,
  readCpsr,
  registerSlot,
  SLOT,
  spsrSlot,
  SYSTEM_REGISTERS,
  systemSlot,
  writeCpsr,
  type CpuModel,
  type ExceptionName,
  type FaultKind,
  type Mode,
} from "../arch/index.js";
import { Interpreter } from "../engines/index.js";
import {
  accessSize,
  ACCESS_BITS,
  CONTROL,
  KEY,
  PAGE_SHIFT,
  TLB_BASE,
  TLB_INVALID,
  TLB_WORDS,
  tlbEntry,
  tlbTable,
  type BlockSource,
  type EngineHost,
  type ExceptionKind,
  type HintName,
} from "../ir/index.js";
import { DECODER, translateBlock, type UnpredictablePolicy } from "../isa/index.js";
import type { Bus } from "./bus.js";
import { Mmu, type Regime } from "./mmu/mmu.js";
import { MEMORY, type AccessKind, type Walk } from "./mmu/walk.js";
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
}
/** The firmware that answers SMC, or HVC where there is no HYP mode. False: the call is UNDEFINED. */
export type Firmware = (cpu: Cpu, immediate: number) => boolean;

/** Why a CPU stopped, beyond using up its budget. */
export interface Stop {
  readonly reason: "unpredictable" | "unmodelled" | "firmware" | "halted";
  readonly what: string;
}

export interface CpuOptions {
  readonly model: CpuModel;
  readonly policy: UnpredictablePolicy;
  /** False: no Virtualization Extensions to be seen; the CPU starts in SVC and HVC is UNDEFINED. */
  readonly hyp: boolean;
}

type Pending = "none" | "undefined" | "hypTrap" | "dataAbort" | "prefetchAbort" | "stop";

const S = {
  SCTLR: systemSlot("SCTLR"),
  HSCTLR: systemSlot("HSCTLR"),
  HCR: systemSlot("HCR"),
  HDCR: systemSlot("HDCR"),
  VBAR: systemSlot("VBAR"),
  HVBAR: systemSlot("HVBAR"),
  HSR: systemSlot("HSR"),
  HDFAR: systemSlot("HDFAR"),
  HIFAR: systemSlot("HIFAR"),
  HPFAR: systemSlot("HPFAR"),
  DFSR: systemSlot("DFSR"),
  DFAR: systemSlot("DFAR"),
  IFSR: systemSlot("IFSR"),
  IFAR: systemSlot("IFAR"),
  TTBCR: systemSlot("TTBCR"),
  CPACR: systemSlot("CPACR"),
  HCPTR: systemSlot("HCPTR"),
} as const;
const HCR_TGE = 1 << 27,
  HCR_TSC = 1 << 19,
  HCR_TWI = 1 << 13,
  HCR_TWE = 1 << 14;
const SCTLR_A = 1,
  SCTLR_V = 13,
  SCTLR_EE = 25,
  SCTLR_TE = 30;
const HDCR_TDE = 8;
const bitOf = (word: number, n: number): number => (word >>> n) & 1;

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
  faulted = false;
  interrupted = false;
  stopped: Stop | undefined;
  events: CpuEvents = {};
  /** Set by every flush of translations; a restore must flush too when it is set. */
  translationChanged = false;
  firmware: Firmware = () => false;
  #pending: Pending = "none";
  #abortKind: Exclude<FaultKind, "none"> = "translation";
  #abortLevel = 0;
  #abortDomain = 0;
  #abortWrite = false;
  #abortStage2 = false;
  #abortS1ptw = false;
  #abortAddress = 0;
  #abortIpa = 0;
  #abortCacheOperation = false;
  #trapHsr = 0;
  /** Indices of TLB words of write entries filled since the last flush. */
  readonly #writeEntries = new Int32Array(1024);
  #writeEntryCount = 0;
  #codeVa = -1;
  #codePage = -1;
  #codeRegime = -1;

  constructor(
    index: number,
    options: CpuOptions,
    memory: PhysicalMemory,
    bus: Bus,
    engine: Interpreter,
  ) {
    this.index = index;
    this.options = options;
    this.memory = memory;
    this.bus = bus;
    this.engine = engine;
    this.state = memory.regions[index]!;
    this.mmu = new Mmu(this.state, memory);
    this.system = new SystemAccess(this);
    this.reset();
  }

  /** Cold reset into HYP mode (SVC without HYP), interrupts masked, as firmware hands over. */
  reset(): void {
    this.state.fill(0, 0, TLB_BASE);
    this.system.reset();
    const mode = this.options.hyp ? MODE.hyp : MODE.svc;
    writeCpsr(this.state, mode.encoding | 0x1c0);
    this.flushTlb();
    this.#pending = "none";
    this.faulted = false;
    this.stopped = undefined;
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

  /** Runs at most `instructions`; gives the number that ran. Comes back early when stopped. */
  run(instructions: number): number {
    this.interrupted = this.stopped !== undefined;
    this.state[CONTROL.budget] = instructions;
    this.engine.run({ region: this.state, host: this });
    return instructions - this.state[CONTROL.budget]!;
  }
  /** Makes `run` come back before the next block. */
  halt(stop: Stop): void {
    this.stopped = stop;
    this.interrupted = true;
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
    // reference emulator, so that the address can be seen.
    if ((pc & 2) !== 0 && this.state[SLOT.T] === 0) {
      this.#abort("prefetchAbort", "alignment", this.mmu.walk, pc, false);
      this.#abortStage2 = this.#abortS1ptw = false;
      return -1;
    }
    if (page === this.#codeVa && regime === this.#codeRegime) return this.#codePage;
    const walk = this.mmu.translate(pc, "execute", regime);
    if (walk.fault !== "none") {
      this.#abort("prefetchAbort", walk.fault, walk, pc, false);
      return -1;
    }
    if (this.memory.offsetOf(walk.address) < 0) {
      this.#abort("prefetchAbort", "external", walk, pc, false);
      return -1;
    }
    this.#codeVa = page;
    this.#codeRegime = regime;
    this.#codePage = Math.floor(walk.address / 4096);
    this.#protectCode(this.#codePage);
    return this.#codePage;
  }
  /** Code pages have no write entries: a store to one comes here and drops its blocks. */
  #protectCode(page: number): void {
    const offset = this.memory.offsetOf(page * 4096);
    if (!this.engine.cache.hasCode(page)) this.#dropWriteEntries(offset);
  }
  translate(pc: number, key: number, limit: number): BlockSource | undefined {
    const page = this.codePage(pc);
    if (page < 0) return undefined;
    const { memory } = this;
    const base = memory.offsetOf(page * 4096);
    const bytes = memory.bytes;
    let nextPage = -2;
    const fetch = (address: number): number => {
      let offset: number;
      if (address >>> PAGE_SHIFT === pc >>> PAGE_SHIFT) offset = base + (address & 0xfff);
      else {
        // Only the second half of a T32 instruction gets here.
        if (nextPage === -2) {
          const walk = this.mmu.translate(address, "execute", this.regime);
          nextPage = walk.fault === "none" ? memory.offsetOf(walk.address & ~0xfff) : -1;
        }
        if (nextPage < 0) return -1;
        offset = nextPage + (address & 0xfff);
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
      { decoder: DECODER, cpu: this.options.model, policy: this.options.policy, fetch, limit },
    );
    return { block, page };
  }
  /** Forgets all translations: of data, code and jumps. */
  flushTlb(): void {
    const s = this.state;
    for (let i = TLB_BASE; i < TLB_BASE + TLB_WORDS; i += 2) s[i] = TLB_INVALID;
    this.#writeEntryCount = 0;
    this.translationChanged = true;
    this.#forgetCode();
  }
  #forgetCode(): void {
    this.#codeVa = -1;
    this.engine.flushJumps();
  }
  /** Forgets write entries, so that the first store to each page is logged again. */
  flushWriteEntries(): void {
    for (let i = 0; i < this.#writeEntryCount; i++)
      this.state[this.#writeEntries[i]!] = TLB_INVALID;
    this.#writeEntryCount = 0;
  }
  #dropWriteEntries(offset: number): void {
    const s = this.state;
    for (let i = 0; i < this.#writeEntryCount; i++) {
      const at = this.#writeEntries[i]!;
      if ((((s[at]! & ~0xfff) + s[at + 1]!) | 0) === (offset & ~0xfff)) s[at] = TLB_INVALID;
    }
  }

  // ---- memory -----------------------------------------------------------------------------------

  load(address: number, access: number): number {
    const size = accessSize(access);
    if (!this.#alignmentHolds(address, access, size, false)) return 0;
    const regime = this.#accessRegime(access);
    if ((address & (size - 1)) !== 0) return this.#loadUnaligned(address, size, regime);
    const walk = this.#translateData(address, "read", regime);
    if (walk === undefined) return 0;
    const offset = this.memory.offsetOf(walk.address);
    if (offset < 0) return this.#deviceRead(address, walk, size);
    this.#fill(address, offset, regime, false);
    return this.#read(offset, size);
  }
  store(address: number, value: number, access: number): void {
    const size = accessSize(access);
    if (!this.#alignmentHolds(address, access, size, true)) return;
    const regime = this.#accessRegime(access);
    if ((address & (size - 1)) !== 0) return this.#storeUnaligned(address, value, size, regime);
    const walk = this.#translateData(address, "write", regime);
    if (walk === undefined) return;
    const offset = this.memory.offsetOf(walk.address);
    if (offset < 0) return this.#deviceWrite(address, walk, size, value);
    this.#beforeWrite(address, walk.address, offset, regime);
    this.#write(offset, size, value);
  }
  #accessRegime(access: number): Regime {
    const { regime } = this;
    return extract(access, ACCESS_BITS.unprivileged) === 1 && regime === 1 ? 0 : regime;
  }
  /** Checks alignment; false when an alignment fault was recorded. */
  #alignmentHolds(address: number, access: number, size: number, write: boolean): boolean {
    const demanded = 1 << extract(access, ACCESS_BITS.alignment);
    const strict =
      extract(access, ACCESS_BITS.aligned) === 1 || extract(access, ACCESS_BITS.exclusive) === 1;
    const control = this.state[this.regime === 2 ? S.HSCTLR : S.SCTLR]!;
    const checked = strict || bitOf(control, SCTLR_A) === 1 ? size : 1;
    if ((address & (Math.max(demanded, checked) - 1)) === 0) return true;
    this.#abortData("alignment", this.mmu.walk, address, write, true);
    return false;
  }
  /** Translates a data access; undefined when a fault was recorded. */
  #translateData(address: number, access: AccessKind, regime: Regime): Walk | undefined {
    const walk = this.mmu.translate(address, access, regime);
    if (walk.fault === "none") return walk;
    this.#abortData(walk.fault, walk, address, access === "write");
    return undefined;
  }
  #loadUnaligned(address: number, size: number, regime: Regime): number {
    let value = 0;
    for (let i = 0; i < size; i++) {
      const at = (address + i) >>> 0;
      const walk = this.#translateData(at, "read", regime);
      if (walk === undefined) return 0;
      if (!this.#mayBeUnaligned(walk, address, false)) return 0;
      const offset = this.memory.offsetOf(walk.address);
      const byte = offset < 0 ? this.#deviceRead(at, walk, 1) : this.memory.bytes[offset]!;
      if (this.faulted) return 0;
      value |= byte << (8 * i);
    }
    return value;
  }
  #storeUnaligned(address: number, value: number, size: number, regime: Regime): void {
    // Both pages are checked before anything is written.
    for (let i = 0; i < size; i += size - 1) {
      const walk = this.#translateData((address + i) >>> 0, "write", regime);
      if (walk === undefined || !this.#mayBeUnaligned(walk, address, true)) return;
    }
    for (let i = 0; i < size; i++) {
      const at = (address + i) >>> 0;
      const walk = this.mmu.translate(at, "write", regime);
      const offset = this.memory.offsetOf(walk.address);
      if (offset < 0) this.#deviceWrite(at, walk, 1, (value >>> (8 * i)) & 0xff);
      else {
        this.#beforeWrite(at, walk.address, offset, regime);
        this.memory.bytes[offset] = value >>> (8 * i);
      }
      if (this.faulted) return;
    }
  }
  /** Unaligned accesses to Device and Strongly-ordered memory fault, save on the reference emulator. */
  #mayBeUnaligned(walk: Walk, address: number, write: boolean): boolean {
    if (walk.memory === MEMORY.normal || this.options.policy === "reference-emulator") return true;
    this.#abortData("alignment", walk, address, write, true);
    return false;
  }
  #read(offset: number, size: number): number {
    const { bytes } = this.memory;
    if (size === 4) return this.memory.words[offset >> 2]!;
    return size === 1 ? bytes[offset]! : bytes[offset]! | (bytes[offset + 1]! << 8);
  }
  #write(offset: number, size: number, value: number): void {
    const { bytes } = this.memory;
    if (size === 4) this.memory.words[offset >> 2] = value;
    else {
      bytes[offset] = value;
      if (size === 2) bytes[offset + 1] = value >>> 8;
    }
  }
  /** Logs the page, drops code made from it, and lets later stores take the fast path. */
  #beforeWrite(va: number, physical: number, offset: number, regime: Regime): void {
    this.memory.markDirty(offset);
    const page = Math.floor(physical / 4096);
    if (this.engine.cache.hasCode(page)) {
      this.engine.cache.invalidatePage(page);
      this.#codeVa = -1;
    }
    this.#fill(va, offset, regime, true);
  }
  #fill(va: number, offset: number, regime: Regime, write: boolean): void {
    const at = tlbTable(regime, write) + tlbEntry(va);
    const page = va & ~0xfff;
    this.state[at] = page;
    this.state[at + 1] = (offset & ~0xfff) - page;
    if (!write) return;
    if (this.#writeEntryCount === this.#writeEntries.length) this.flushWriteEntries();
    this.state[at] = page;
    this.#writeEntries[this.#writeEntryCount++] = at;
  }
  #deviceRead(va: number, walk: Walk, size: 1 | 2 | 4): number {
    const device = this.bus.find(walk.address);
    if (device === undefined) {
      this.#abortData("external", walk, va, false);
      return 0;
    }
    return device.read(walk.address - device.base, size);
  }
  #deviceWrite(va: number, walk: Walk, size: 1 | 2 | 4, value: number): void {
    const device = this.bus.find(walk.address);
    if (device === undefined) return this.#abortData("external", walk, va, true);
    device.write(walk.address - device.base, size, value);
  }

  // ---- faults -----------------------------------------------------------------------------------

  #abortData(
    kind: Exclude<FaultKind, "none">,
    walk: Walk,
    va: number,
    write: boolean,
    alone = false,
  ): void {
    this.#abort("dataAbort", kind, walk, va, write);
    if (alone) this.#abortStage2 = this.#abortS1ptw = false;
  }
  #abort(
    type: "dataAbort" | "prefetchAbort",
    kind: FaultKind,
    walk: Walk,
    va: number,
    write: boolean,
  ): void {
    this.faulted = true;
    this.#pending = type;
    this.#abortKind = kind as Exclude<FaultKind, "none">;
    this.#abortLevel = walk.level;
    this.#abortDomain = walk.domain;
    this.#abortWrite = write;
    this.#abortStage2 = walk.stage2;
    this.#abortS1ptw = walk.stage1Walk;
    this.#abortAddress = va;
    this.#abortIpa = walk.ipa;
    this.#abortCacheOperation = false;
  }
  /** Records an Undefined Instruction exception of the current instruction. */
  raiseUndefined(): void {
    this.faulted = true;
    this.#pending = "undefined";
  }
  /** Records a trap to HYP mode; `syndrome` 0 stands for the instruction's own. */
  raiseHypTrap(syndrome = 0): void {
    this.faulted = true;
    this.#pending = "hypTrap";
    this.#trapHsr = syndrome;
  }
  /** Records a stop by name of the current instruction. */
  raiseStop(reason: Stop["reason"], what: string): void {
    this.faulted = true;
    this.#pending = "stop";
    this.halt({ reason, what });
  }
  /** Abort of an address translation operation's stage 2, taken to HYP mode. */
  raiseTranslationAbort(walk: Walk, va: number): void {
    this.#abortData(walk.fault as Exclude<FaultKind, "none">, walk, va, true);
    this.#abortCacheOperation = true;
  }

  takePending(syndrome: number, size: number): void {
    const pending = this.#pending;
    this.#pending = "none";
    this.faulted = false;
    const s = this.state;
    const pc = s[SLOT.PC]!;
    switch (pending) {
      case "undefined":
        return this.#takeUndefined();
      case "hypTrap":
        return this.#enterHyp(
          "hypTrap",
          HYP_VECTOR.hypTrap,
          this.#trapHsr === 0 ? syndrome : this.#trapHsr,
          pc,
        );
      case "dataAbort":
        return this.#takeDataAbort(syndrome, size);
      case "prefetchAbort":
        return this.#takePrefetchAbort();
      default:
    }
  }
  #takeUndefined(): void {
    const pc = this.state[SLOT.PC]!;
    const { regime } = this;
    if (regime === 2) this.#enterHyp("undefined", HYP_VECTOR.undefined, hsr("unknown", {}), pc);
    else if (regime === 0 && this.#tge)
      this.#enterHyp("undefined", HYP_VECTOR.hypTrap, hsr("unknown", {}), pc);
    else this.#enterPl1("undefined", pc);
  }
  #takeDataAbort(syndrome: number, size: number): void {
    const s = this.state;
    const { regime } = this;
    const toHyp = regime === 2 || this.#abortStage2 || (regime === 0 && this.#tge);
    if (!toHyp) {
      const long = this.mmu.long;
      s[S.DFSR] = faultStatusRegister({
        kind: this.#abortKind,
        level: this.#abortLevel,
        domain: this.#abortDomain,
        write: this.#abortWrite,
        long,
      });
      s[S.DFAR] = this.#abortAddress;
      return this.#enterPl1("dataAbort", s[SLOT.PC]!);
    }
    s[S.HDFAR] = this.#abortAddress;
    if (this.#abortStage2) s[S.HPFAR] = Math.floor(this.#abortIpa / 4096) << 4;
    const iss = {
      WnR: this.#abortWrite ? 1 : 0,
      S1PTW: this.#abortS1ptw ? 1 : 0,
      CM: this.#abortCacheOperation ? 1 : 0,
      DFSC: longFaultStatus(this.#abortKind, this.#abortLevel),
    };
    if (regime === 2) {
      return this.#enterHyp(
        "dataAbort",
        HYP_VECTOR.dataAbort,
        hsr("dataAbortSame", iss),
        s[SLOT.PC]!,
      );
    }
    const valid =
      this.#abortStage2 &&
      !this.#abortS1ptw &&
      !this.#abortCacheOperation &&
      syndrome < 1 << 25 &&
      bitOf(syndrome, 24) === 1;
    const il = valid && size === 2 ? 0 : 1;
    const word = hsr("dataAbortLower", valid ? { ...iss, ...dataAccessIss(syndrome) } : iss, il);
    this.#enterHyp("dataAbort", HYP_VECTOR.hypTrap, word, s[SLOT.PC]!);
  }
  #takePrefetchAbort(): void {
    const s = this.state;
    const { regime } = this;
    const pc = s[SLOT.PC]!;
    const debug = this.#abortKind === "debug" && bitOf(s[S.HDCR]!, HDCR_TDE) === 1;
    if (regime !== 2 && !this.#abortStage2 && !debug && !(regime === 0 && this.#tge)) {
      s[S.IFSR] = faultStatusRegister({
        kind: this.#abortKind,
        level: this.#abortLevel,
        long: this.mmu.long,
      });
      s[S.IFAR] = this.#abortAddress;
      return this.#enterPl1("prefetchAbort", pc);
    }
    s[S.HIFAR] = this.#abortAddress;
    if (this.#abortStage2) s[S.HPFAR] = Math.floor(this.#abortIpa / 4096) << 4;
    const iss = {
      S1PTW: this.#abortS1ptw ? 1 : 0,
      IFSC: longFaultStatus(this.#abortKind, this.#abortLevel),
    };
    if (regime === 2)
      this.#enterHyp("prefetchAbort", HYP_VECTOR.prefetchAbort, hsr("prefetchAbortSame", iss), pc);
    else this.#enterHyp("prefetchAbort", HYP_VECTOR.hypTrap, hsr("prefetchAbortLower", iss), pc);
  }
  get #tge(): boolean {
    return this.options.hyp && (this.state[S.HCR]! & HCR_TGE) !== 0;
  }

  // ---- exception entry and return -----------------------------------------------------------------

  takeException(kind: ExceptionKind, immediate: number, nextPc: number, _syndrome: number): void {
    const { regime } = this;
    const pc = this.state[SLOT.PC]!;
    const il = nextPc - (pc >>> 0) === 2 ? 0 : 1;
    switch (kind) {
      case "undefined":
        return this.#takeUndefined();
      case "svc":
        if (regime === 2)
          return this.#enterHyp(
            "svc",
            HYP_VECTOR.hypervisorCall,
            hsr("svc", { imm16: immediate }, il),
            nextPc,
          );
        if (regime === 0 && this.#tge)
          return this.#enterHyp(
            "svc",
            HYP_VECTOR.hypTrap,
            hsr("svc", { imm16: immediate }, il),
            nextPc,
          );
        return this.#enterPl1("svc", pc);
      case "hvc":
        if (!this.options.hyp) {
          this.state[SLOT.PC] = nextPc;
          if (!this.firmware(this, immediate)) {
            this.state[SLOT.PC] = pc;
            this.#takeUndefined();
          }
          return;
        }
        return this.#enterHyp(
          "hvc",
          regime === 2 ? HYP_VECTOR.hypervisorCall : HYP_VECTOR.hypTrap,
          hsr("hvc", { imm16: immediate }, il),
          nextPc,
        );
      case "smc":
        if (regime === 1 && this.options.hyp && (this.state[S.HCR]! & HCR_TSC) !== 0) {
          return this.#enterHyp("hypTrap", HYP_VECTOR.hypTrap, hsr("smc", {}), pc);
        }
        this.state[SLOT.PC] = nextPc;
        if (!this.firmware(this, immediate)) {
          this.state[SLOT.PC] = pc;
          this.#takeUndefined();
        }
        return;
      case "bkpt":
        this.#abort("prefetchAbort", "debug", this.mmu.walk, pc, false);
        this.#abortStage2 = this.#abortS1ptw = false;
        return this.takePending(0, 4);
    }
  }
  /** Takes a physical IRQ or FIQ, unmasked and routed by HCR.IMO and FMO. */
  takeInterrupt(kind: "irq" | "fiq"): void {
    const pc = this.state[SLOT.PC]!;
    const routed = this.options.hyp && bitOf(this.state[S.HCR]!, kind === "irq" ? 4 : 3) === 1;
    if (this.regime === 2 || routed) this.#enterHyp(kind, HYP_VECTOR[kind], undefined, pc);
    else this.#enterPl1(kind, pc);
  }

  #enterPl1(kind: Exclude<ExceptionName, "hyp">, pc: number): void {
    const s = this.state;
    const entry = EXCEPTION[kind];
    const psr = readCpsr(s);
    const mode = MODE[entry.mode];
    const control = s[S.SCTLR]!;
    s[SLOT.M] = mode.encoding;
    s[spsrSlot(mode)!] = psr;
    s[registerSlot(14, mode)] = pc + (bitOf(psr, 5) === 1 ? entry.linkT32 : entry.linkA32);
    s[SLOT.I] = 1;
    if (entry.masksA) s[SLOT.A] = 1;
    if (entry.masksF) s[SLOT.F] = 1;
    s[SLOT.IT] = 0;
    s[SLOT.J] = 0;
    s[SLOT.T] = bitOf(control, SCTLR_TE);
    s[SLOT.E] = bitOf(control, SCTLR_EE);
    const base = bitOf(control, SCTLR_V) === 1 ? 0xffff0000 : s[S.VBAR]!;
    s[SLOT.PC] = base + entry.vector;
    this.events.exception?.(this, kind, false);
  }
  #enterHyp(
    kind: ExceptionName | "hypTrap" | "hvc",
    vector: number,
    syndrome: number | undefined,
    returnAddress: number,
  ): void {
    const s = this.state;
    const control = s[S.HSCTLR]!;
    s[spsrSlot(MODE.hyp)!] = readCpsr(s);
    s[SLOT.ELR_hyp] = returnAddress;
    if (syndrome !== undefined) s[S.HSR] = syndrome;
    s[SLOT.M] = MODE.hyp.encoding;
    // SCR.EA, IRQ and FIQ are 0: nothing is routed to Secure state, so all three are masked.
    s[SLOT.A] = s[SLOT.I] = s[SLOT.F] = 1;
    s[SLOT.IT] = 0;
    s[SLOT.J] = 0;
    s[SLOT.T] = bitOf(control, SCTLR_TE);
    s[SLOT.E] = bitOf(control, SCTLR_EE);
    s[SLOT.PC] = s[S.HVBAR]! + vector;
    this.events.exception?.(this, kind, true);
  }
  exceptionReturn(target: number, psr: number): void {
    const s = this.state;
    const before = this.regime;
    const wanted = modeOf(psr & 31);
    let value = psr;
    if (
      wanted === undefined ||
      wanted.pl > before ||
      wanted.name === "mon" ||
      (wanted.name === "hyp" && before !== 2)
    ) {
      if (this.options.policy === "stop") {
        return this.halt({
          reason: "unpredictable",
          what: `exception return to mode 0x${(psr & 31).toString(16)}`,
        });
      }
      // UNPREDICTABLE: the mode stays, the rest is written.
      value = (psr & ~31) | s[SLOT.M]!;
    }
    writeCpsr(s, value);
    s[SLOT.PC] = s[SLOT.T] === 1 ? target & ~1 : target & ~3;
    // An exception return does not open the exclusive monitor in ARMv7; the reference emulator's does not either.
    if (before === 2 && this.regime !== 2) this.events.leftHyp?.(this);
  }
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
    if ((byteMask & 1) === 0 || !privileged) return;
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
        this.raiseStop(
          "unpredictable",
          `write of mode 0x${(value & 31).toString(16)} to CPSR.M in mode 0x${current.toString(16)}`,
        );
      }
      return;
    }
    s[SLOT.M] = wanted.encoding;
  }

  // ---- time and interrupts ------------------------------------------------------------------------

  /** Value of the physical counter: a function of the instructions run so far. */
  counter: () => bigint = () => 0n;
  /** Called when a timer register was written. */
  timersChanged: () => void = () => {};
  /** ISR: bits 8 (A), 7 (I) and 6 (F) of pending interrupts. */
  interruptStatus: () => number = () => 0;

  // ---- system -----------------------------------------------------------------------------------

  sysRead(register: number, wide: boolean): number {
    return this.system.read(register, wide);
  }
  sysReadHigh(): number {
    return this.system.high;
  }
  sysWrite(register: number, low: number, high: number, wide: boolean): void {
    this.system.write(register, low, high, wide);
    if (!this.faulted) this.events.systemWrite?.(this, SYSTEM_REGISTERS[register]!.name);
  }
  checkCoprocessor(coprocessor: number, advancedSimd: boolean): void {
    const s = this.state;
    if (coprocessor !== 10 && coprocessor !== 11) return this.raiseUndefined();
    const { regime } = this;
    if (regime !== 2) {
      const access = extract(s[S.CPACR]!, { lsb: 20, width: 2 });
      if (
        access === 0 ||
        access === 2 ||
        (access === 1 && regime === 0) ||
        (advancedSimd && s[S.CPACR]! < 0)
      )
        return this.raiseUndefined();
    }
    const trapped =
      bitOf(s[S.HCPTR]!, coprocessor) === 1 || (advancedSimd && bitOf(s[S.HCPTR]!, 15) === 1);
    if (!this.options.hyp || !trapped) return;
    // In HYP mode the trap is an Undefined Instruction exception (B1.14.12).
    if (regime === 2) this.raiseUndefined();
    else
      this.raiseHypTrap(
        hsr("hcptr", {
          CV: 1,
          COND: 14,
          TA: advancedSimd ? 1 : 0,
          coproc: advancedSimd ? 0 : coprocessor,
        }),
      );
  }
  trapCheck(trap: string): void {
    if (this.options.hyp && this.regime !== 2 && this.system.trapHolds(trap)) this.raiseHypTrap();
  }
  hint(hint: HintName): void {
    const s = this.state;
    if (hint === "sev") {
      s[SLOT.event] = 1;
      return;
    }
    if (hint !== "wfi" && hint !== "wfe") return;
    if (hint === "wfe" && s[SLOT.event] === 1) {
      s[SLOT.event] = 0;
      return;
    }
    const trap = hint === "wfi" ? HCR_TWI : HCR_TWE;
    if (this.options.hyp && this.regime !== 2 && (s[S.HCR]! & trap) !== 0) {
      return this.raiseHypTrap(hsr("wfx", { CV: 1, COND: 14, TI: hint === "wfe" ? 1 : 0 }));
    }
    s[SLOT.halted] = hint === "wfi" ? 1 : 2;
    this.halt({ reason: "halted", what: hint.toUpperCase() });
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
