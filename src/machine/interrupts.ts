/**
 * Interrupt inputs of a CPU: their levels, masks and routing (DDI 0406C, B1.8.11 and B1.9.10 to B1.9.14)
 * and which of them wake it (B1.8.13, B1.8.14). Physical asynchronous aborts do not happen here: nothing on
 * the board raises one. Virtual ones come from HCR.VA.
 */
import { holds, MODE, NO_INTERRUPT_INPUT, SLOT, systemSlot } from "../arch/index.js";
import type { Line } from "./clock.js";
import type { CpuOptions } from "./cpu-options.js";

/** Bits of the slot that holds the levels of the inputs. */
export const INPUT = { irq: 1, fiq: 2, virq: 4, vfiq: 8 } as const;
export type InputName = keyof typeof INPUT;
export type InterruptKind = "irq" | "fiq" | "virq" | "vfiq" | "vabort";

const HCR = systemSlot("HCR");
const HCR_FMO = 1 << 3,
  HCR_IMO = 1 << 4,
  HCR_AMO = 1 << 5,
  HCR_VF = 1 << 6,
  HCR_VI = 1 << 7,
  HCR_VA = 1 << 8,
  HCR_TGE = 1 << 27;
const [NO_INPUT, NONE_VIRTUAL] = NO_INTERRUPT_INPUT;
const ROUTES = HCR_FMO | HCR_IMO | HCR_AMO;

/** What interrupt inputs need of their CPU. */
interface InterruptedCpu {
  readonly state: Int32Array;
  readonly options: CpuOptions;
  /** An input rose. */
  interruptsChanged(): void;
}

export class Interrupts {
  readonly #cpu: InterruptedCpu;
  /** Where an interrupt controller attaches its outputs. */
  readonly lines: Readonly<Record<InputName, Line>>;

  constructor(cpu: InterruptedCpu) {
    this.#cpu = cpu;
    const line = (bit: number): Line => ({ set: (level) => this.#set(bit, level) });
    this.lines = {
      irq: line(INPUT.irq),
      fiq: line(INPUT.fiq),
      virq: line(INPUT.virq),
      vfiq: line(INPUT.vfiq),
    };
  }

  #set(bit: number, level: boolean): void {
    const s = this.#cpu.state;
    const old = s[SLOT.interruptInputs]!;
    const now = level ? old | bit : old & ~bit;
    if (now === old) return;
    s[SLOT.interruptInputs] = now;
    if (level) this.#cpu.interruptsChanged();
  }
  /** HCR as it counts: TGE makes the three routing bits 1; 0 without HYP mode. */
  get #hcr(): number {
    if (!this.#cpu.options.hyp) return 0;
    const hcr = this.#cpu.state[HCR]!;
    return (hcr & HCR_TGE) === 0 ? hcr : hcr | ROUTES;
  }

  /** The interrupt to take before the next instruction, or undefined. */
  pending(): InterruptKind | undefined {
    const s = this.#cpu.state;
    if (holds(s, NO_INPUT) && holds(s, NONE_VIRTUAL)) return undefined;
    const inputs = s[SLOT.interruptInputs]!;
    const hcr = this.#hcr;
    const inHyp = s[SLOT.M] === MODE.hyp.encoding;
    // What is routed to HYP mode cannot be masked below it.
    if ((inputs & INPUT.fiq) !== 0 && (s[SLOT.F] === 0 || (!inHyp && (hcr & HCR_FMO) !== 0)))
      return "fiq";
    if ((inputs & INPUT.irq) !== 0 && (s[SLOT.I] === 0 || (!inHyp && (hcr & HCR_IMO) !== 0)))
      return "irq";
    if (inHyp) return undefined;
    const virtual = this.#virtual(inputs, hcr);
    if ((virtual & INPUT.vfiq) !== 0 && s[SLOT.F] === 0) return "vfiq";
    if ((virtual & INPUT.virq) !== 0 && s[SLOT.I] === 0) return "virq";
    if (this.#virtualAbort(hcr) && s[SLOT.A] === 0) return "vabort";
    return undefined;
  }
  /** Virtual interrupts that are there; the routing bit of each enables it, TGE disables all. */
  #virtual(inputs: number, hcr: number): number {
    if ((hcr & HCR_TGE) !== 0) return 0;
    let found = 0;
    if ((hcr & HCR_IMO) !== 0 && ((inputs & INPUT.virq) !== 0 || (hcr & HCR_VI) !== 0))
      found |= INPUT.virq;
    if ((hcr & HCR_FMO) !== 0 && ((inputs & INPUT.vfiq) !== 0 || (hcr & HCR_VF) !== 0))
      found |= INPUT.vfiq;
    return found;
  }
  #virtualAbort(hcr: number): boolean {
    return (hcr & (HCR_TGE | HCR_AMO | HCR_VA)) === (HCR_AMO | HCR_VA);
  }
  /** A WFI wake-up event: masks in CPSR do not count. */
  wakesWfi(): boolean {
    const inputs = this.#cpu.state[SLOT.interruptInputs]!;
    const hcr = this.#hcr;
    if ((inputs & (INPUT.irq | INPUT.fiq)) !== 0) return true;
    if (this.#cpu.state[SLOT.M] === MODE.hyp.encoding) return false;
    return this.#virtual(inputs, hcr) !== 0 || this.#virtualAbort(hcr);
  }
  /** An interrupt that is a WFE wake-up event: one that would be taken. */
  wakesWfe(): boolean {
    return this.pending() !== undefined;
  }
  /** ISR: the physical interrupts, or at PL1 the virtual ones where HCR routes the physical ones away. */
  status(): number {
    const s = this.#cpu.state;
    const inputs = s[SLOT.interruptInputs]!;
    const hcr = this.#hcr;
    const below = s[SLOT.M] !== MODE.hyp.encoding;
    const virtual = this.#virtual(inputs, hcr);
    const irq = below && (hcr & HCR_IMO) !== 0 ? virtual & INPUT.virq : inputs & INPUT.irq;
    const fiq = below && (hcr & HCR_FMO) !== 0 ? virtual & INPUT.vfiq : inputs & INPUT.fiq;
    const abort = below && this.#virtualAbort(hcr);
    return (abort ? 1 << 8 : 0) | (irq === 0 ? 0 : 1 << 7) | (fiq === 0 ? 0 : 1 << 6);
  }
  /** Whether a physical interrupt is taken to HYP mode. */
  toHyp(kind: "irq" | "fiq"): boolean {
    return (
      this.#cpu.state[SLOT.M] === MODE.hyp.encoding ||
      (this.#hcr & (kind === "irq" ? HCR_IMO : HCR_FMO)) !== 0
    );
  }
}
