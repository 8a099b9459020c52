/**
 * Exception entry and return over terms: the same decisions as in ../exceptions.ts, on the same tables of
 * arch/, where the state that decides may be symbolic. symbolic.test.ts holds one against the other.
 */
import {
  EXCEPTION,
  faultStatusRegister,
  hsr,
  HYP_VECTOR,
  longFaultStatus,
  MODE,
  modeOf,
  MODES,
  privilegeOf,
  registerSlot,
  SLOT,
  spsrSlot,
  systemSlot,
  type ExceptionName,
  type Mode,
} from "../../arch/index.js";
import { EXCEPTION_SLOTS } from "../exception-slots.js";
import { constantOf, type Term, type Terms } from "../../engines/index.js";
import type { ExceptionKind } from "../../ir/index.js";
import { advanceIt, type UnpredictablePolicy } from "../../isa/index.js";
import {
  bitSet,
  branch,
  endPath,
  modeBits,
  type MachinePath,
  type PendingFault,
} from "./machine-path.js";
import { readPsr, spreadPsr } from "./psr.js";

const S = EXCEPTION_SLOTS;
const TTBCR = systemSlot("TTBCR");
const HCR_TGE = 27,
  HCR_TSC = 19,
  HDCR_TDE = 8,
  SCTLR_V = 13,
  SCTLR_EE = 25,
  SCTLR_TE = 30,
  TTBCR_EAE = 31;
const HSR_IL = 1 << 25;
const HYP_SPSR = spsrSlot(MODE.hyp)!;

/** What firmware does with an SMC: it ends the run, answers and comes back, or is not there. */
export type FirmwareAnswer = "stops" | "goes-on" | "undefined";

export class SymbolicExceptions {
  readonly #terms: Terms;
  readonly #policy: UnpredictablePolicy;
  readonly #firmware: (immediate: number) => FirmwareAnswer;

  constructor(
    terms: Terms,
    policy: UnpredictablePolicy,
    firmware: (immediate: number) => FirmwareAnswer,
  ) {
    this.#terms = terms;
    this.#policy = policy;
    this.#firmware = firmware;
  }
  #word(value: number): Term {
    return this.#terms.const(value, 32);
  }
  #bit(path: MachinePath, slot: (typeof S)[keyof typeof S], n: number): Term {
    return this.#terms.zeroExtend(31, this.#terms.extract(n, n, path.get(slot)));
  }

  takePending(path: MachinePath, syndrome: number, size: number): MachinePath[] {
    const { pending, end } = path.local;
    path.local.pending = undefined;
    if (end !== undefined) return [path];
    if (pending === undefined) throw new Error("symbolic machine: no fault is pending");
    const pc = path.get(SLOT.PC);
    switch (pending.kind) {
      case "undefined":
        return this.#takeUndefined(path);
      case "hypTrap": {
        const own = size === 2 ? pending.syndrome & ~HSR_IL : pending.syndrome;
        const word = this.#word(pending.syndrome === 0 ? syndrome : own);
        return [this.#enterHyp(path, HYP_VECTOR.hypTrap, word, pc)];
      }
      case "dataAbort":
        return this.#takeDataAbort(path, pending);
      case "prefetchAbort":
        return this.#takePrefetchAbort(path, pending);
    }
  }
  #takeUndefined(path: MachinePath): MachinePath[] {
    const level = privilegeOf(modeBits(path));
    const pc = path.get(SLOT.PC);
    const syndrome = this.#word(hsr("unknown", {}));
    if (level === 2) return [this.#enterHyp(path, HYP_VECTOR.undefined, syndrome, pc)];
    return this.#fromUser(
      path,
      level,
      (p) => this.#enterHyp(p, HYP_VECTOR.hypTrap, syndrome, pc),
      (p) => this.#enterPl1(p, "undefined", pc),
    );
  }
  /** HCR.TGE takes PL0's exceptions to HYP mode. */
  #fromUser(
    path: MachinePath,
    level: number,
    toHyp: (p: MachinePath) => MachinePath,
    toPl1: (p: MachinePath) => MachinePath,
  ): MachinePath[] {
    if (level !== 0) return [toPl1(path)];
    return branch(
      path,
      bitSet(path, S.HCR, HCR_TGE),
      (p) => [toHyp(p)],
      (p) => [toPl1(p)],
    );
  }
  /** An HSR of a class with the status code put in, where the tables that faulted are unknown. */
  #withStatus(word: number, status: Term | undefined): Term {
    const made = this.#word(word);
    if (status === undefined) return made;
    return this.#terms.concat(this.#terms.extract(31, status.width, made), status);
  }
  #takeDataAbort(
    path: MachinePath,
    fault: Extract<PendingFault, { kind: "dataAbort" | "prefetchAbort" }>,
  ): MachinePath[] {
    const level = privilegeOf(modeBits(path));
    const pc = path.get(SLOT.PC);
    const iss = {
      WnR: fault.write ? 1 : 0,
      DFSC: longFaultStatus(fault.fault, fault.level),
    };
    if (level === 2) {
      path.put(S.HDFAR, fault.address);
      const word = this.#withStatus(hsr("dataAbortSame", iss), fault.status);
      return [this.#enterHyp(path, HYP_VECTOR.dataAbort, word, pc)];
    }
    return this.#fromUser(
      path,
      level,
      (p) => {
        p.put(S.HDFAR, fault.address);
        // ISV is 1 for stage 2 alone, which is not followed here.
        const word = hsr("dataAbortLower", iss);
        return this.#enterHyp(p, HYP_VECTOR.hypTrap, this.#word(word), pc);
      },
      (p) => {
        const status = (long: boolean): Term =>
          this.#word(
            faultStatusRegister({
              kind: fault.fault,
              level: fault.level,
              domain: 0,
              write: fault.write,
              long,
            }),
          );
        p.put(S.DFSR, this.#byFormat(p, status));
        p.put(S.DFAR, fault.address);
        return this.#enterPl1(p, "dataAbort", pc);
      },
    );
  }
  #byFormat(path: MachinePath, status: (long: boolean) => Term): Term {
    return this.#terms.ite(bitSet(path, TTBCR, TTBCR_EAE), status(true), status(false));
  }
  #takePrefetchAbort(
    path: MachinePath,
    fault: Extract<PendingFault, { kind: "dataAbort" | "prefetchAbort" }>,
  ): MachinePath[] {
    const level = privilegeOf(modeBits(path));
    const pc = path.get(SLOT.PC);
    const iss = { IFSC: longFaultStatus(fault.fault, fault.level) };
    const toHyp = (p: MachinePath): MachinePath => {
      p.put(S.HIFAR, fault.address);
      const word = hsr(level === 2 ? "prefetchAbortSame" : "prefetchAbortLower", iss);
      return this.#enterHyp(
        p,
        level === 2 ? HYP_VECTOR.prefetchAbort : HYP_VECTOR.hypTrap,
        this.#withStatus(word, fault.status),
        pc,
      );
    };
    if (level === 2) return [toHyp(path)];
    const toPl1 = (p: MachinePath): MachinePath => {
      const status = (long: boolean): Term =>
        this.#word(faultStatusRegister({ kind: fault.fault, level: fault.level, long }));
      p.put(S.IFSR, this.#byFormat(p, status));
      p.put(S.IFAR, fault.address);
      return this.#enterPl1(p, "prefetchAbort", pc);
    };
    const debug = fault.fault === "debug" ? bitSet(path, S.HDCR, HDCR_TDE) : this.#terms.false;
    return branch(
      path,
      debug,
      (p) => [toHyp(p)],
      (p) => this.#fromUser(p, level, toHyp, toPl1),
    );
  }

  takeException(
    path: MachinePath,
    kind: ExceptionKind,
    immediate: number,
    nextPc: number,
  ): MachinePath[] {
    const level = privilegeOf(modeBits(path));
    const pc = path.get(SLOT.PC);
    const il = nextPc - (path.pc ?? 0) === 2 ? 0 : 1;
    const it = path.constant(SLOT.IT)!;
    const next = this.#word(nextPc);
    const behind = (p: MachinePath): void => p.put(SLOT.IT, this.#word(advanceIt(it)));
    switch (kind) {
      case "undefined":
        return this.#takeUndefined(path);
      case "svc": {
        behind(path);
        const word = this.#word(hsr("svc", { imm16: immediate & 0xffff }, il));
        if (level === 2) return [this.#enterHyp(path, HYP_VECTOR.hypervisorCall, word, next)];
        return this.#fromUser(
          path,
          level,
          (p) => this.#enterHyp(p, HYP_VECTOR.hypTrap, word, next),
          (p) => this.#enterPl1(p, "svc", pc),
        );
      }
      case "hvc":
        behind(path);
        return [
          this.#enterHyp(
            path,
            level === 2 ? HYP_VECTOR.hypervisorCall : HYP_VECTOR.hypTrap,
            this.#word(hsr("hvc", { imm16: immediate }, il)),
            next,
          ),
        ];
      case "smc":
        return branch(
          path,
          level === 1 ? bitSet(path, S.HCR, HCR_TSC) : this.#terms.false,
          (p) => [this.#enterHyp(p, HYP_VECTOR.hypTrap, this.#word(hsr("smc", {})), pc)],
          (p) => this.#callFirmware(p, immediate, next, behind),
        );
      case "bkpt":
        path.local.pending = {
          kind: "prefetchAbort",
          fault: "debug",
          level: 0,
          write: false,
          address: pc,
        };
        return this.takePending(path, 0, 4);
    }
  }
  #callFirmware(
    path: MachinePath,
    immediate: number,
    next: Term,
    behind: (p: MachinePath) => void,
  ): MachinePath[] {
    const answer = this.#firmware(immediate);
    if (answer === "undefined") return this.#takeUndefined(path);
    path.put(SLOT.PC, next);
    behind(path);
    if (answer === "stops") return [endPath(path, { kind: "firmware", immediate })];
    const mode = modeOf(modeBits(path))!;
    const given = [0, 1, 2].map((n) => path.get(registerSlot(n, mode)));
    path.local.firmwareCalls.push({ immediate, arguments: given });
    return [path];
  }

  #enterPl1(path: MachinePath, kind: Exclude<ExceptionName, "hyp">, pc: Term): MachinePath {
    const terms = this.#terms;
    const entry = EXCEPTION[kind];
    const psr = readPsr(terms, path.state);
    const mode: Mode = MODE[entry.mode];
    const thumb = terms.eq(path.get(SLOT.T), this.#word(1));
    path.put(SLOT.M, this.#word(mode.encoding));
    path.put(spsrSlot(mode)!, psr);
    path.put(
      registerSlot(14, mode),
      terms.bvadd(pc, terms.ite(thumb, this.#word(entry.linkT32), this.#word(entry.linkA32))),
    );
    path.put(SLOT.I, this.#word(1));
    if (entry.masksA) path.put(SLOT.A, this.#word(1));
    if (entry.masksF) path.put(SLOT.F, this.#word(1));
    this.#enterState(path, S.SCTLR);
    const base = terms.ite(
      bitSet(path, S.SCTLR, SCTLR_V),
      this.#word(0xffff0000),
      path.get(S.VBAR),
    );
    path.put(SLOT.PC, terms.bvadd(base, this.#word(entry.vector)));
    return path;
  }
  /** Execution state after an entry: J, IT, T and E. */
  #enterState(path: MachinePath, control: typeof S.SCTLR): void {
    path.put(SLOT.IT, this.#word(0));
    path.put(SLOT.J, this.#word(0));
    path.put(SLOT.T, this.#bit(path, control, SCTLR_TE));
    path.put(SLOT.E, this.#bit(path, control, SCTLR_EE));
  }
  #enterHyp(path: MachinePath, vector: number, syndrome: Term, returnAddress: Term): MachinePath {
    const terms = this.#terms;
    const fromHyp = privilegeOf(modeBits(path)) === 2;
    const thumb = path.get(SLOT.T);
    path.put(HYP_SPSR, readPsr(terms, path.state));
    path.put(SLOT.ELR_hyp, returnAddress);
    path.put(S.HSR, syndrome);
    path.put(SLOT.M, this.#word(MODE.hyp.encoding));
    for (const mask of [SLOT.A, SLOT.I, SLOT.F]) path.put(mask, this.#word(1));
    this.#enterState(path, S.HSCTLR);
    path.put(SLOT.PC, terms.bvadd(path.get(S.HVBAR), this.#word(vector)));
    path.local.hypEntries.push({
      vector,
      fromHyp,
      hsr: syndrome,
      returnAddress,
      dataFault: path.get(S.HDFAR),
      fetchFault: path.get(S.HIFAR),
      thumb,
    });
    return path;
  }

  exceptionReturn(path: MachinePath, target: Term, psr: Term): MachinePath[] {
    const before = privilegeOf(modeBits(path));
    const terms = this.#terms;
    const allowed = (mode: Mode): boolean =>
      mode.pl <= before && mode.name !== "mon" && !(mode.name === "hyp" && before !== 2);
    const finish = (p: MachinePath, m: number): MachinePath[] => {
      spreadPsr(terms, p.state, psr);
      p.put(SLOT.M, this.#word(m));
      const thumb = terms.eq(p.get(SLOT.T), this.#word(1));
      p.put(
        SLOT.PC,
        terms.ite(thumb, terms.bvand(target, this.#word(~1)), terms.bvand(target, this.#word(~3))),
      );
      return [p];
    };
    return this.byMode(path, psr, allowed, finish, (p, m) => {
      if (this.#policy === "stop")
        return [
          endPath(p, {
            kind: "stopped",
            reason: "unpredictable",
            what: `exception return to ${m}`,
            address: p.pc ?? 0,
          }),
        ];
      // UNPREDICTABLE: the mode stays, the rest is written.
      return finish(p, modeBits(p));
    });
  }
  /** Splits by the M field of a PSR value: one path for each mode that is allowed, one for all others. */
  byMode<R>(
    path: MachinePath,
    psr: Term,
    allowed: (mode: Mode) => boolean,
    use: (path: MachinePath, m: number) => readonly R[],
    refuse: (path: MachinePath, what: string) => readonly R[],
  ): R[] {
    const terms = this.#terms;
    const m = terms.extract(4, 0, psr);
    const known = constantOf(m);
    if (known !== undefined) {
      const mode = modeOf(known);
      if (mode !== undefined && allowed(mode)) return [...use(path, known)];
      return [...refuse(path, `mode 0x${known.toString(16)}`)];
    }
    const out: R[] = [];
    let rest: MachinePath | undefined = path;
    for (const mode of MODES.filter(allowed)) {
      if (rest === undefined) break;
      const parts: {
        holds: MachinePath | undefined;
        fails: MachinePath | undefined;
      } = rest.split(terms.eq(m, terms.const(mode.encoding, 5)));
      if (parts.holds !== undefined) out.push(...use(parts.holds, mode.encoding));
      rest = parts.fails;
    }
    if (rest !== undefined) out.push(...refuse(rest, "a mode that the input decides"));
    return out;
  }
}
