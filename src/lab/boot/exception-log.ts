/** The last exception of each CPU, and how many there were of each kind. */
import {
  describeHsr,
  extract,
  faultInWords,
  faultOfStatus,
  FSR,
  hex,
  registerSlot,
  SLOT,
  systemSlot,
  type ExceptionName,
} from "../../arch/index.js";
import type { Cpu } from "../../machine/index.js";

export type TakenKind = ExceptionName | "hypTrap" | "hvc";
export interface TakenException {
  readonly kind: TakenKind;
  readonly hyp: boolean;
  /** Instructions since reset. */
  readonly at: number;
  /** The link register that the entry wrote: ELR_hyp, or LR of the exception's mode. */
  readonly link: number;
  /** HSR for an exception taken to HYP mode, DFSR or IFSR for an abort below it, else 0. */
  readonly syndrome: number;
  /** The address that an abort reports. */
  readonly faultAddress: number;
}

const S = {
  HSR: systemSlot("HSR"),
  HDFAR: systemSlot("HDFAR"),
  HIFAR: systemSlot("HIFAR"),
  DFSR: systemSlot("DFSR"),
  DFAR: systemSlot("DFAR"),
  IFSR: systemSlot("IFSR"),
  IFAR: systemSlot("IFAR"),
} as const;

/** A fault status register of PL1 in words. */
export const describeFaultStatus = (word: number): string => {
  const long = extract(word, FSR.LPAE) === 1;
  const code = long
    ? extract(word, FSR.STATUS)
    : extract(word, FSR.FS_low) | (extract(word, FSR.FS_high) << 4);
  const found = faultOfStatus(code, long ? "long" : "short");
  return found === undefined ? `reserved fault status ${hex(code)}` : faultInWords(found);
};

export const describeTaken = (e: TakenException): string => {
  const where = `with return address ${hex(e.link >>> 0)}`;
  if (e.hyp) {
    if (e.kind === "irq" || e.kind === "fiq")
      return `${e.kind.toUpperCase()} to HYP mode, ${where}`;
    const fault = /abort/i.test(e.kind) ? ` at ${hex(e.faultAddress >>> 0)}` : "";
    return `to HYP mode: ${describeHsr(e.syndrome).words}${fault}, ${where}`;
  }
  switch (e.kind) {
    case "dataAbort":
      return `data abort, ${extract(e.syndrome, FSR.WnR) === 1 ? "write" : "read"} of ${hex(e.faultAddress >>> 0)}: ${describeFaultStatus(e.syndrome)}, ${where}`;
    case "prefetchAbort":
      return `prefetch abort at ${hex(e.faultAddress >>> 0)}: ${describeFaultStatus(e.syndrome)}, ${where}`;
    case "undefined":
      return `Undefined Instruction, ${where}`;
    default:
      return `${e.kind.toUpperCase()}, ${where}`;
  }
};

export class ExceptionLog {
  readonly #last: (TakenException | undefined)[];
  readonly counts = new Map<TakenKind, number>();
  readonly #now: () => number;

  constructor(cpus: number, now: () => number) {
    this.#last = Array.from({ length: cpus }, () => undefined);
    this.#now = now;
  }
  /** For `CpuEvents.exception`. */
  readonly taken = (cpu: Cpu, kind: TakenKind, hyp: boolean): void => {
    const s = cpu.state;
    const data = kind === "dataAbort";
    const fetch = kind === "prefetchAbort";
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    this.#last[cpu.index] = {
      kind,
      hyp,
      at: this.#now(),
      link: hyp ? s[SLOT.ELR_hyp]! : s[registerSlot(14, cpu.mode)]!,
      syndrome: hyp ? s[S.HSR]! : data ? s[S.DFSR]! : fetch ? s[S.IFSR]! : 0,
      faultAddress: hyp ? s[data ? S.HDFAR : S.HIFAR]! : data ? s[S.DFAR]! : fetch ? s[S.IFAR]! : 0,
    };
  };
  last(cpu: number): TakenException | undefined {
    return this.#last[cpu];
  }
}
