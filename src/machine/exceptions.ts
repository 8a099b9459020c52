/** Faults and exceptions of a CPU: recorded when they happen, taken when the engine has left its block. */
import {
  dataAccessIss,
  EXCEPTION,
  faultStatusRegister,
  hsr,
  HYP_VECTOR,
  longFaultStatus,
  mayReturnTo,
  MODE,
  modeOf,
  readCpsr,
  registerSlot,
  SLOT,
  spsrSlot,
  writeCpsr,
  type ExceptionName,
  type FaultKind,
} from "../arch/index.js";
import { EXCEPTION_SLOTS } from "./exception-slots.js";
import type { ExceptionKind } from "../ir/index.js";
import { advanceIt } from "../isa/index.js";
import type { CpuOptions } from "./cpu-options.js";
import type { InterruptKind, Interrupts } from "./interrupts.js";
import type { Mmu, Regime } from "./mmu/mmu.js";
import type { Walk } from "./mmu/walk.js";
import type { PhysicalMemory } from "./physical-memory.js";
import { RUN_TIME_RULES } from "./run-time-rules.js";
import type { Stop } from "./stop.js";

type Pending = "none" | "replay" | "undefined" | "hypTrap" | "dataAbort" | "prefetchAbort" | "stop";

const S = EXCEPTION_SLOTS;
const HCR_TGE = 1 << 27,
  HCR_VA = 1 << 8,
  HCR_TSC = 1 << 19;
const SCTLR_V = 13,
  SCTLR_EE = 25,
  SCTLR_TE = 30;
/** A 32-bit instruction was trapped. */
const HSR_IL = 1 << 25;
const HDCR_TDE = 8;
const bitOf = (word: number, n: number): number => (word >>> n) & 1;
/** Instructions that call the debugger (Semihosting for AArch32 and AArch64, release 2.0, table 1). */
const SEMIHOSTING = {
  svcA32: 0x123456,
  svcT32: 0xab,
  /** HLT #0xf000 and HLT #0x3c, which ARMv7 leaves UNDEFINED. */
  hltA32: 0xe10f0070,
  hltT32: 0xbabc,
} as const;

/** HSR of a prefetch abort that HYP mode takes from itself. */
export const prefetchAbortSyndrome = (
  kind: Exclude<FaultKind, "none">,
  level: number,
  stage1Walk: boolean,
): number =>
  hsr("prefetchAbortSame", { S1PTW: stage1Walk ? 1 : 0, IFSC: longFaultStatus(kind, level) });
/** HSR of an HVC that an instruction of four bytes makes. */
export const hvcSyndrome = (immediate: number, il: 0 | 1 = 1): number =>
  hsr("hvc", { imm16: immediate }, il);

/** What exceptions need of their CPU. */
interface ExceptionCpu {
  readonly state: Int32Array;
  readonly options: CpuOptions;
  readonly regime: Regime;
  readonly mmu: Mmu;
  readonly memory: PhysicalMemory;
  readonly interrupts: Interrupts;
  /** Somebody answers semihosting calls. */
  readonly hasDebugAgent: boolean;
  callDebugAgent(): void;
  /** False: the call is UNDEFINED. */
  callFirmware(immediate: number): boolean;
  halt(stop: Stop): void;
  /** After a change of masks or routing. */
  checkInterrupts(): void;
  /** Tell whoever watches. */
  exceptionTaken(kind: ExceptionName | "hypTrap" | "hvc", hyp: boolean): void;
  leftHyp(): void;
}

export class Exceptions {
  readonly #cpu: ExceptionCpu;
  /** A fault was recorded and not taken yet. */
  faulted = false;
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

  constructor(cpu: ExceptionCpu) {
    this.#cpu = cpu;
  }
  reset(): void {
    this.#pending = "none";
    this.faulted = false;
  }

  abortData(
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
  /** Records the abort of an instruction fetch. `alone`: whatever the last walk found has no part in it. */
  abortFetch(kind: FaultKind, walk: Walk, va: number, alone = false): void {
    this.#abort("prefetchAbort", kind, walk, va, false);
    if (alone) this.#abortStage2 = this.#abortS1ptw = false;
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
  /** Asks for the current instruction to be run again, as the last of its block. */
  raiseReplay(): void {
    this.faulted = true;
    this.#pending = "replay";
  }
  takeReplay(): boolean {
    if (this.#pending !== "replay") return false;
    this.#pending = "none";
    this.faulted = false;
    return true;
  }
  /** Records a stop by name of the current instruction. */
  raiseStop(reason: Stop["reason"], what: string): void {
    this.faulted = true;
    this.#pending = "stop";
    this.#cpu.halt({ reason, what });
  }
  /** Abort of an address translation operation's stage 2, taken to HYP mode. */
  raiseTranslationAbort(walk: Walk, va: number): void {
    this.abortData(walk.fault as Exclude<FaultKind, "none">, walk, va, true);
    this.#abortCacheOperation = true;
  }

  takePending(syndrome: number, size: number): void {
    const pending = this.#pending;
    this.#pending = "none";
    this.faulted = false;
    const s = this.#cpu.state;
    const pc = s[SLOT.PC]!;
    switch (pending) {
      case "undefined":
        return this.#takeUndefined();
      case "hypTrap":
        return this.#enterHyp(
          "hypTrap",
          HYP_VECTOR.hypTrap,
          this.#trapHsr === 0 ? syndrome : size === 2 ? this.#trapHsr & ~HSR_IL : this.#trapHsr,
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
    const pc = this.#cpu.state[SLOT.PC]!;
    const { regime } = this.#cpu;
    if (this.#cpu.hasDebugAgent && this.#halting(pc)) return;
    if (regime === 2) this.#enterHyp("undefined", HYP_VECTOR.undefined, hsr("unknown", {}), pc);
    else if (regime === 0 && this.#tge)
      this.#enterHyp("undefined", HYP_VECTOR.hypTrap, hsr("unknown", {}), pc);
    else this.#enterPl1("undefined", pc);
  }
  /** Whether the UNDEFINED instruction is the semihosting HLT; the call is then done. */
  #halting(pc: number): boolean {
    const cpu = this.#cpu;
    if (cpu.regime === 0) return false;
    const walk = cpu.mmu.translate(pc, "execute", cpu.regime);
    if (walk.fault !== "none" || !cpu.memory.holds(walk.address, 2)) return false;
    const thumb = cpu.state[SLOT.T] === 1;
    const word = cpu.memory.read32(walk.address - (pc & 2)) >>> ((pc & 2) * 8);
    if (thumb ? (word & 0xffff) !== SEMIHOSTING.hltT32 : word !== SEMIHOSTING.hltA32) return false;
    this.#callDebugAgent(pc + (thumb ? 2 : 4));
    return true;
  }
  #callDebugAgent(nextPc: number): void {
    const s = this.#cpu.state;
    s[SLOT.IT] = advanceIt(s[SLOT.IT]!);
    s[SLOT.PC] = nextPc;
    this.#cpu.callDebugAgent();
  }
  #takeDataAbort(syndrome: number, size: number): void {
    const s = this.#cpu.state;
    const { regime } = this.#cpu;
    const toHyp = regime === 2 || this.#abortStage2 || (regime === 0 && this.#tge);
    if (!toHyp) {
      const long = this.#cpu.mmu.long;
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
    const s = this.#cpu.state;
    const { regime } = this.#cpu;
    const pc = s[SLOT.PC]!;
    const debug = this.#abortKind === "debug" && bitOf(s[S.HDCR]!, HDCR_TDE) === 1;
    if (regime !== 2 && !this.#abortStage2 && !debug && !(regime === 0 && this.#tge)) {
      s[S.IFSR] = faultStatusRegister({
        kind: this.#abortKind,
        level: this.#abortLevel,
        long: this.#cpu.mmu.long,
      });
      s[S.IFAR] = this.#abortAddress;
      return this.#enterPl1("prefetchAbort", pc);
    }
    s[S.HIFAR] = this.#abortAddress;
    if (this.#abortStage2) s[S.HPFAR] = Math.floor(this.#abortIpa / 4096) << 4;
    if (regime === 2) {
      const word = prefetchAbortSyndrome(this.#abortKind, this.#abortLevel, this.#abortS1ptw);
      return this.#enterHyp("prefetchAbort", HYP_VECTOR.prefetchAbort, word, pc);
    }
    const iss = {
      S1PTW: this.#abortS1ptw ? 1 : 0,
      IFSC: longFaultStatus(this.#abortKind, this.#abortLevel),
    };
    this.#enterHyp("prefetchAbort", HYP_VECTOR.hypTrap, hsr("prefetchAbortLower", iss), pc);
  }
  get #tge(): boolean {
    return this.#cpu.options.hyp && (this.#cpu.state[S.HCR]! & HCR_TGE) !== 0;
  }

  // ---- exception entry and return -----------------------------------------------------------------

  takeException(kind: ExceptionKind, immediate: number, nextPc: number): void {
    const { regime } = this.#cpu;
    const pc = this.#cpu.state[SLOT.PC]!;
    const il = nextPc - (pc >>> 0) === 2 ? 0 : 1;
    const it = this.#cpu.state[SLOT.IT]!;
    switch (kind) {
      case "undefined":
        return this.#takeUndefined();
      case "svc":
        if (
          this.#cpu.hasDebugAgent &&
          regime !== 0 &&
          immediate === (this.#cpu.state[SLOT.T] === 1 ? SEMIHOSTING.svcT32 : SEMIHOSTING.svcA32)
        )
          return this.#callDebugAgent(nextPc);
        // The saved PSR is the next instruction's: ITAdvance comes before it (DDI 0406C, B1.9.4).
        this.#cpu.state[SLOT.IT] = advanceIt(it);
        if (regime === 2)
          return this.#enterHyp(
            "svc",
            HYP_VECTOR.hypervisorCall,
            hsr("svc", { imm16: immediate & 0xffff }, il),
            nextPc,
          );
        if (regime === 0 && this.#tge)
          return this.#enterHyp(
            "svc",
            HYP_VECTOR.hypTrap,
            hsr("svc", { imm16: immediate & 0xffff }, il),
            nextPc,
          );
        return this.#enterPl1("svc", pc);
      case "hvc":
        this.#cpu.state[SLOT.IT] = advanceIt(it);
        if (!this.#cpu.options.hyp) {
          this.#cpu.state[SLOT.PC] = nextPc;
          if (!this.#cpu.callFirmware(immediate)) {
            this.#cpu.state[SLOT.PC] = pc;
            this.#cpu.state[SLOT.IT] = it;
            this.#takeUndefined();
          }
          return;
        }
        return this.#enterHyp(
          "hvc",
          regime === 2 ? HYP_VECTOR.hypervisorCall : HYP_VECTOR.hypTrap,
          hvcSyndrome(immediate, il),
          nextPc,
        );
      case "smc":
        if (regime === 1 && this.#cpu.options.hyp && (this.#cpu.state[S.HCR]! & HCR_TSC) !== 0) {
          return this.#enterHyp("hypTrap", HYP_VECTOR.hypTrap, hsr("smc", {}), pc);
        }
        // Without HYP the firmware is called by HVC; SMC is as with SCR.SCD set.
        if (!this.#cpu.options.hyp) return this.#takeUndefined();
        this.#cpu.state[SLOT.PC] = nextPc;
        this.#cpu.state[SLOT.IT] = advanceIt(it);
        if (!this.#cpu.callFirmware(immediate)) {
          this.#cpu.state[SLOT.PC] = pc;
          this.#cpu.state[SLOT.IT] = it;
          this.#takeUndefined();
        }
        return;
      case "bkpt":
        this.abortFetch("debug", this.#cpu.mmu.walk, pc, true);
        return this.takePending(0, 4);
    }
  }
  /** Takes an interrupt that is pending, before the instruction at PC. */
  takeInterrupt(kind: InterruptKind): void {
    const s = this.#cpu.state;
    const pc = s[SLOT.PC]!;
    switch (kind) {
      case "irq":
      case "fiq":
        if (this.#cpu.interrupts.toHyp(kind)) this.#enterHyp(kind, HYP_VECTOR[kind], undefined, pc);
        else this.#enterPl1(kind, pc);
        return;
      case "virq":
        return this.#enterPl1("irq", pc);
      case "vfiq":
        return this.#enterPl1("fiq", pc);
      case "vabort":
        // Taking it clears HCR.VA (B1.8.11).
        s[S.HCR] = s[S.HCR]! & ~HCR_VA;
        s[S.DFSR] = faultStatusRegister({
          kind: "asynchronousExternal",
          level: 0,
          domain: 0,
          write: false,
          long: this.#cpu.mmu.long,
        });
        this.#enterPl1("dataAbort", pc);
    }
  }

  #enterPl1(kind: Exclude<ExceptionName, "hyp">, pc: number): void {
    const s = this.#cpu.state;
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
    this.#cpu.exceptionTaken(kind, false);
  }
  #enterHyp(
    kind: ExceptionName | "hypTrap" | "hvc",
    vector: number,
    syndrome: number | undefined,
    returnAddress: number,
  ): void {
    const s = this.#cpu.state;
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
    this.#cpu.exceptionTaken(kind, true);
  }
  exceptionReturn(target: number, psr: number): void {
    const s = this.#cpu.state;
    const before = this.#cpu.regime;
    const wanted = modeOf(psr & 31);
    let value = psr;
    if (!mayReturnTo(before, wanted)) {
      if (this.#cpu.options.policy === "stop") {
        return this.#cpu.halt({
          reason: "unpredictable",
          what: `${RUN_TIME_RULES.returnMode.condition} (0x${(psr & 31).toString(16)})`,
        });
      }
      // UNPREDICTABLE: the mode stays, the rest is written.
      value = (psr & ~31) | s[SLOT.M]!;
    }
    writeCpsr(s, value);
    s[SLOT.PC] = s[SLOT.T] === 1 ? target & ~1 : target & ~3;
    // An exception return does not open the exclusive monitor in ARMv7; the reference emulator's does not either.
    if (before === 2 && this.#cpu.regime !== 2) this.#cpu.leftHyp();
    this.#cpu.checkInterrupts();
  }
}
