/** The physical CPU interfaces, GICC: IHI 0048B, 4.4, without the Security Extensions. */
import { CpuInterface, type CpuInterfaceOptions } from "./cpu-interface.js";
import type { Distributor } from "./distributor.js";
import { LINES } from "./gicd-registers.js";
import { GICC } from "./interface-registers.js";
import { IDLE_PRIORITY, lowestBit, SPURIOUS } from "./interrupt-ids.js";

const APR = GICC.row("APR").bankedSlot;
const NSAPR = GICC.row("NSAPR").bankedSlot;
/** Words of active priorities: one bit for each of 128 preemption levels. */
const APRS = 4;
const STRIDE = GICC.bankedSlots;

export class PhysicalInterface extends CpuInterface<typeof GICC.rows> {
  protected readonly leastBinaryPoint = 0;
  readonly #distributor: Distributor;

  constructor(distributor: Distributor, options: CpuInterfaceOptions) {
    super(GICC, options);
    this.#distributor = distributor;
    const update = (): void => this.update(this.initiator.current);
    this.on({ ...this.commonBehaviour(), APR: { written: update }, NSAPR: { written: update } });
  }

  protected forwarded(): number {
    return this.#distributor.forwarded;
  }
  protected choose(cpu: number): void {
    const id = this.#distributor.highestPending(cpu);
    this.best[cpu] = id;
    this.bestPriority[cpu] = id === SPURIOUS ? IDLE_PRIORITY : this.#distributor.priority(cpu, id);
    this.bestGroup[cpu] = id === SPURIOUS ? 0 : this.#distributor.group(cpu, id);
  }
  protected highestActive(cpu: number): number {
    const at = cpu * STRIDE;
    for (let n = 0; n < APRS; n++) {
      const active = this.words[at + APR + n]! | this.words[at + NSAPR + n]!;
      if (active !== 0) return (n * 32 + lowestBit(active)) << 1;
    }
    return IDLE_PRIORITY;
  }
  protected raise(cpu: number, group: number, priority: number): void {
    const level = priority >> 1;
    const at = cpu * STRIDE + (group === 0 ? APR : NSAPR) + (level >> 5);
    this.words[at]! |= 1 << (level & 31);
  }
  #drop(cpu: number, group: number): void {
    const at = cpu * STRIDE + (group === 0 ? APR : NSAPR);
    for (let n = 0; n < APRS; n++) {
      const active = this.words[at + n]!;
      if (active === 0) continue;
      this.words[at + n] = active & (active - 1);
      return;
    }
  }
  protected activate(cpu: number): void {
    this.#distributor.activate(cpu, this.best[cpu]!);
  }
  protected source(cpu: number): number {
    return this.#distributor.source(cpu, this.best[cpu]!);
  }
  /**
   * UNPREDICTABLE unless it names the interrupt that was acknowledged last. Then: without anything active, or
   * for IDs without an interrupt, nothing happens; else the highest active priority of its group drops.
   */
  protected endOfInterrupt(cpu: number, id: number, isAlias: boolean): void {
    if (id >= LINES || this.running[cpu] === IDLE_PRIORITY) return;
    const group = this.#distributor.group(cpu, id);
    if (isAlias && group === 0) return;
    this.#drop(cpu, group);
    if (!this.hasSplitEnd(cpu)) this.#distributor.deactivate(cpu, id);
  }
  protected deactivate(cpu: number, id: number): void {
    this.#distributor.deactivate(cpu, id);
  }
}
