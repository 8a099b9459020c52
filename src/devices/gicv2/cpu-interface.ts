/**
 * What the physical and the virtual CPU interface have in common: priority mask, binary points, groups, preemption,
 * acknowledge. IHI 0048B, 3.3 and 4.4.
 */
import type { DeviceState, Line } from "../../machine/index.js";
import type { RegisterBlock, Rows } from "../register-block.js";
import { type Initiator, RegisterDevice } from "../register-device.js";
import type { GICC, GICV } from "./interface-registers.js";
import { FIRST_SPECIAL, GROUP1_HIDDEN, ID_MASK, IDLE_PRIORITY, SPURIOUS } from "./interrupt-ids.js";

/** Bits of CTLR, as GICC, GICV and GICH.VMCR have them. */
export const CONTROL = { groups: 3, ackCtl: 1 << 2, fiqEn: 1 << 3, cbpr: 1 << 4, eoiMode: 1 << 9 };

/** Interrupt requests to one CPU. */
export interface Requests {
  readonly irq: Line;
  readonly fiq: Line;
}
export interface CpuInterfaceOptions {
  readonly base: number;
  readonly initiator: Initiator;
  /** One for each CPU. */
  readonly requests: readonly Requests[];
}

const NO_REQUEST = 0;
const IRQ = 1;
const FIQ = 2;
/** Not driven yet. */
const UNKNOWN = 3;

/** The interface of each CPU. What it decides from is worked out when something changes, not when asked. */
export abstract class CpuInterface<
  R extends typeof GICC.rows | typeof GICV.rows,
> extends RegisterDevice<R & Rows> {
  readonly #requests: readonly Requests[];
  /** By CPU: the highest priority pending interrupt (1023 for none), its priority and group. */
  protected readonly best: Int32Array;
  protected readonly bestPriority: Int32Array;
  protected readonly bestGroup: Uint8Array;
  /** By CPU: group priority of what is running. */
  protected readonly running: Int32Array;
  /** By CPU: what is asserted. */
  readonly #asserted: Uint8Array;
  readonly #control: number;
  readonly #mask: number;
  readonly #bpr: number;
  readonly #abpr: number;
  readonly #stride: number;

  constructor(block: RegisterBlock<R & Rows>, options: CpuInterfaceOptions) {
    const cpus = options.requests.length;
    super(block, { base: options.base, banks: cpus, initiator: options.initiator });
    this.#requests = options.requests;
    this.best = new Int32Array(cpus).fill(SPURIOUS);
    this.bestPriority = new Int32Array(cpus).fill(IDLE_PRIORITY);
    this.bestGroup = new Uint8Array(cpus);
    this.running = new Int32Array(cpus).fill(IDLE_PRIORITY);
    this.#asserted = new Uint8Array(cpus);
    this.#stride = block.bankedSlots;
    this.#control = block.row("CTLR").bankedSlot;
    this.#mask = block.row("PMR").bankedSlot;
    this.#bpr = block.row("BPR").bankedSlot;
    this.#abpr = block.row("ABPR").bankedSlot;
  }

  // ---- what differs ------------------------------------------------------------------------------

  /** Puts the best pending interrupt, of either group, into `best`, `bestPriority` and `bestGroup`. */
  protected abstract choose(cpu: number): void;
  /** Groups that reach the interface: bit 0 Group 0, bit 1 Group 1. */
  protected abstract forwarded(cpu: number): number;
  /** Group priority of the highest active priority; 256 for none. */
  protected abstract highestActive(cpu: number): number;
  /** Marks a group priority active. */
  protected abstract raise(cpu: number, group: number, priority: number): void;
  /** The interrupt in `best` becomes active. */
  protected abstract activate(cpu: number): void;
  /** CPU that sent an SGI. */
  protected abstract source(cpu: number): number;
  protected abstract endOfInterrupt(cpu: number, id: number, isAlias: boolean): void;
  protected abstract deactivate(cpu: number, id: number): void;
  /** Lowest binary point. ABPR's is one more. */
  protected abstract readonly leastBinaryPoint: number;

  // ---- state -------------------------------------------------------------------------------------

  control(cpu: number): number {
    return this.words[cpu * this.#stride + this.#control]!;
  }
  protected hasSplitEnd(cpu: number): boolean {
    return (this.control(cpu) & CONTROL.eoiMode) !== 0;
  }
  /** The part of a priority that decides over preemption, as a mask: 3.3.3. */
  #groupPriorityMask(cpu: number, group: number): number {
    const isCommon = group === 0 || (this.control(cpu) & CONTROL.cbpr) !== 0;
    const at = cpu * this.#stride;
    // Binary point n leaves bits 7 to n + 1; ABPR counts one higher.
    const point = isCommon ? this.words[at + this.#bpr]! : this.words[at + this.#abpr]! - 1;
    return (-1 << (point + 1)) & 0xff;
  }
  /** Writes below the least binary points take the least. */
  protected limitBinaryPoints(cpu: number): void {
    const at = cpu * this.#stride;
    const least = this.leastBinaryPoint;
    this.words[at + this.#bpr] = Math.max(this.words[at + this.#bpr]!, least);
    this.words[at + this.#abpr] = Math.max(this.words[at + this.#abpr]!, least + 1);
  }

  /**
   * Works out everything that follows from registers and pending interrupts, and drives the lines. Groups are
   * masked after prioritisation, the choice that 3.7.2 calls IGNORE_GROUP_ENABLE: an interrupt of a disabled
   * group that has the highest priority keeps others back.
   */
  update(cpu: number): void {
    this.running[cpu] = this.highestActive(cpu);
    this.choose(cpu);
    // What the priority mask stops is not pending for this interface.
    if (this.bestPriority[cpu]! >= this.words[cpu * this.#stride + this.#mask]!) {
      this.best[cpu] = SPURIOUS;
      this.bestPriority[cpu] = IDLE_PRIORITY;
    }
    let asserted = NO_REQUEST;
    if (this.#isSignalled(cpu)) {
      const isFiq = this.bestGroup[cpu] === 0 && (this.control(cpu) & CONTROL.fiqEn) !== 0;
      asserted = isFiq ? FIQ : IRQ;
    }
    if (asserted === this.#asserted[cpu]) return;
    this.#asserted[cpu] = asserted;
    const { irq, fiq } = this.#requests[cpu]!;
    irq.set(asserted === IRQ);
    fiq.set(asserted === FIQ);
  }
  #isEnabled(cpu: number): boolean {
    const groups = this.control(cpu) & this.forwarded(cpu) & CONTROL.groups;
    return this.best[cpu] !== SPURIOUS && ((groups >>> this.bestGroup[cpu]!) & 1) !== 0;
  }
  #isSignalled(cpu: number): boolean {
    if (!this.#isEnabled(cpu)) return false;
    const running = this.running[cpu]!;
    const mask = this.#groupPriorityMask(cpu, this.bestGroup[cpu]!);
    return running === IDLE_PRIORITY || this.bestPriority[cpu]! < (running & mask);
  }
  /** After a reset or restore: drives all lines, whatever they were. */
  driveAll(): void {
    this.#asserted.fill(UNKNOWN);
    for (let cpu = 0; cpu < this.banks; cpu++) this.update(cpu);
  }

  override reset(): void {
    super.reset();
    this.driveAll();
  }
  override restore(state: DeviceState): void {
    super.restore(state);
    for (let cpu = 0; cpu < this.banks; cpu++) this.limitBinaryPoints(cpu);
    this.driveAll();
  }

  // ---- registers ---------------------------------------------------------------------------------

  /** `best` as IAR and HPPIR, or their aliases, show it. */
  #visible(cpu: number, isAlias: boolean): number {
    if (!this.#isEnabled(cpu)) return SPURIOUS;
    const id = this.best[cpu]!;
    if (id >= FIRST_SPECIAL) return id;
    if (isAlias) return this.bestGroup[cpu] === 1 ? id : SPURIOUS;
    const isHidden = this.bestGroup[cpu] === 1 && (this.control(cpu) & CONTROL.ackCtl) === 0;
    return isHidden ? GROUP1_HIDDEN : id;
  }
  #withSource(cpu: number, id: number): number {
    return id >= FIRST_SPECIAL ? id : id | (this.source(cpu) << 10);
  }
  #cpu(): number {
    return this.initiator.current;
  }
  #acknowledge(isAlias: boolean): number {
    const cpu = this.#cpu();
    const id = this.#visible(cpu, isAlias);
    if (id >= FIRST_SPECIAL) return id;
    if (!this.#isSignalled(cpu)) return SPURIOUS;
    const value = this.#withSource(cpu, id);
    const group = this.bestGroup[cpu]!;
    this.raise(cpu, group, this.bestPriority[cpu]! & this.#groupPriorityMask(cpu, group));
    this.activate(cpu);
    this.update(cpu);
    return value;
  }
  /** Behaviour of the registers that both interfaces have. */
  protected commonBehaviour() {
    const update = (): void => this.update(this.#cpu());
    const limit = (): void => {
      this.limitBinaryPoints(this.#cpu());
      update();
    };
    const end = (isAlias: boolean) => ({
      written: (value: number) => {
        this.endOfInterrupt(this.#cpu(), value & ID_MASK, isAlias);
        update();
      },
    });
    const running = (_: number, cpu: number): number => Math.min(this.running[cpu]!, 0xff);
    const pending = (isAlias: boolean) => {
      const peek = (_: number, cpu: number): number =>
        this.#withSource(cpu, this.#visible(cpu, isAlias));
      return { read: () => peek(0, this.#cpu()), peek };
    };
    return {
      CTLR: { written: update },
      PMR: { written: update },
      BPR: { written: limit },
      ABPR: { written: limit },
      IAR: { read: () => this.#acknowledge(false) },
      AIAR: { read: () => this.#acknowledge(true) },
      EOIR: end(false),
      AEOIR: end(true),
      RPR: { read: () => running(0, this.#cpu()), peek: running },
      HPPIR: pending(false),
      AHPPIR: pending(true),
      DIR: {
        written: (value: number) => {
          const cpu = this.#cpu();
          // UNPREDICTABLE without EOImode: ignored.
          if (this.hasSplitEnd(cpu)) this.deactivate(cpu, value & ID_MASK);
          update();
        },
      },
    };
  }
}
