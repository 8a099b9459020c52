/**
 * The virtual CPU interfaces, GICV, and the list registers of GICH that feed them: IHI 0048B, chapter 5.
 */
import type { Line } from "../../machine/index.js";
import { CONTROL, CpuInterface, type CpuInterfaceOptions } from "./cpu-interface.js";
import { GICH, LIST_REGISTERS } from "./gich-registers.js";
import { GICV } from "./interface-registers.js";
import {
  FIRST_SPECIAL,
  ID_MASK,
  IDLE_PRIORITY,
  lowestBit,
  SGIS,
  SPURIOUS,
} from "./interrupt-ids.js";
import { VirtualInterfaceControl, type GichView } from "./virtual-interface-control.js";

/** Fields of a list register. */
const LR = {
  id: (lr: number) => lr & ID_MASK,
  physicalId: (lr: number) => (lr >>> 10) & ID_MASK,
  cpuId: (lr: number) => (lr >>> 10) & 7,
  eoi: 1 << 19,
  priority: (lr: number) => (lr >>> 20) & 0xf8,
  pending: 1 << 28,
  active: 1 << 29,
  state: 3 << 28,
  group: (lr: number) => (lr >>> 30) & 1,
  hw: 1 << 31,
};
const HCR = { en: 1, uie: 1 << 1, lrenpie: 1 << 2, npie: 1 << 3 };
const EOI_COUNT_ONE = 1 << 27;
const EOI_COUNT = 0xf800_0000 | 0;

const HCR_AT = GICH.row("HCR").bankedSlot;
const LR_AT = GICH.row("LR").bankedSlot;
const GICH_STRIDE = GICH.bankedSlots;
const GICV_STRIDE = GICV.bankedSlots;
const V_AT = {
  control: GICV.row("CTLR").bankedSlot,
  mask: GICV.row("PMR").bankedSlot,
  bpr: GICV.row("BPR").bankedSlot,
  abpr: GICV.row("ABPR").bankedSlot,
  apr: GICV.row("APR").bankedSlot,
};

/** What the virtual interfaces need from the physical side. */
export interface VirtualInterfaceOptions extends CpuInterfaceOptions {
  /** Base of GICH. */
  readonly controlBase: number;
  /** Maintenance interrupt of each CPU. */
  readonly maintenance: readonly Line[];
  /** Ends the physical interrupt of a list register with HW set. */
  readonly deactivate: (cpu: number, id: number) => void;
}

export class VirtualInterface extends CpuInterface<typeof GICV.rows> implements GichView {
  /** GICH: the hypervisor's side. */
  readonly interfaceControl: VirtualInterfaceControl;
  protected readonly leastBinaryPoint = 2;
  readonly #lists: Int32Array;
  readonly #maintenance: readonly Line[];
  readonly #deactivatePhysical: (cpu: number, id: number) => void;
  /** By CPU: the list register that `best` stands in. */
  readonly #bestList: Uint8Array;

  constructor(options: VirtualInterfaceOptions) {
    super(GICV, options);
    this.#maintenance = options.maintenance;
    this.#deactivatePhysical = options.deactivate;
    this.#bestList = new Uint8Array(this.banks);
    this.interfaceControl = new VirtualInterfaceControl(this, {
      ...options,
      base: options.controlBase,
    });
    this.#lists = this.interfaceControl.words;
    this.on({
      ...this.commonBehaviour(),
      APR: { written: () => this.update(this.initiator.current) },
    });
  }

  // ---- list registers ----------------------------------------------------------------------------

  #at(cpu: number, n: number): number {
    return cpu * GICH_STRIDE + LR_AT + n;
  }
  #hcr(cpu: number): number {
    return this.#lists[cpu * GICH_STRIDE + HCR_AT]!;
  }
  /** The first active list register of a virtual ID, -1 for none. */
  #findActive(cpu: number, id: number): number {
    for (let n = 0; n < LIST_REGISTERS; n++) {
      const lr = this.#lists[this.#at(cpu, n)]!;
      if ((lr & LR.active) !== 0 && LR.id(lr) === id) return n;
    }
    return -1;
  }
  #endList(cpu: number, n: number): void {
    const at = this.#at(cpu, n);
    const lr = this.#lists[at]!;
    this.#lists[at] = lr & ~LR.active;
    // A physical ID of an SGI is UNPREDICTABLE: nothing physical ends.
    if ((lr & LR.hw) !== 0 && LR.physicalId(lr) >= SGIS)
      this.#deactivatePhysical(cpu, LR.physicalId(lr));
  }
  #countEoi(cpu: number): void {
    const at = cpu * GICH_STRIDE + HCR_AT;
    // Wraps at 31, as 5.3.1 says.
    this.#lists[at] = (this.#lists[at]! + EOI_COUNT_ONE) | 0;
  }
  /** A bit for each list register that holds no interrupt and may be used again. */
  empty(cpu: number): number {
    let status = 0;
    for (let n = 0; n < LIST_REGISTERS; n++) {
      const lr = this.#lists[this.#at(cpu, n)]!;
      if ((lr & LR.state) === 0 && ((lr & LR.hw) !== 0 || (lr & LR.eoi) === 0)) status |= 1 << n;
    }
    return status;
  }
  /** A bit for each list register that asked for a maintenance interrupt at its end, and has ended. */
  ended(cpu: number): number {
    let status = 0;
    for (let n = 0; n < LIST_REGISTERS; n++) {
      const lr = this.#lists[this.#at(cpu, n)]!;
      if ((lr & LR.state) === 0 && (lr & LR.hw) === 0 && (lr & LR.eoi) !== 0) status |= 1 << n;
    }
    return status;
  }
  /** Conditions of the maintenance interrupt: GICH_MISR, 5.3.4. */
  maintenanceStatus(cpu: number): number {
    const hcr = this.#hcr(cpu);
    let valid = 0;
    let isAnyPending = false;
    for (let n = 0; n < LIST_REGISTERS; n++) {
      const state = this.#lists[this.#at(cpu, n)]! & LR.state;
      if (state !== 0) valid++;
      if (state === LR.pending) isAnyPending = true;
    }
    const control = this.control(cpu);
    let status = this.ended(cpu) === 0 ? 0 : 1;
    if ((hcr & HCR.uie) !== 0 && valid <= 1) status |= 1 << 1;
    if ((hcr & HCR.lrenpie) !== 0 && (hcr & EOI_COUNT) !== 0) status |= 1 << 2;
    if ((hcr & HCR.npie) !== 0 && !isAnyPending) status |= 1 << 3;
    // HCR bits 4 to 7 ask for: Group 0 enabled, Group 0 disabled, Group 1 enabled, Group 1 disabled.
    const groups = (control & 1) === 0 ? 1 << 5 : 1 << 4;
    return status | (hcr & (groups | ((control & 2) === 0 ? 1 << 7 : 1 << 6)));
  }

  // ---- what a CPU interface is made of -----------------------------------------------------------

  override update(cpu: number): void {
    super.update(cpu);
    const isAsserted = (this.#hcr(cpu) & HCR.en) !== 0 && this.maintenanceStatus(cpu) !== 0;
    this.#maintenance[cpu]!.set(isAsserted);
  }
  protected forwarded(cpu: number): number {
    return (this.#hcr(cpu) & HCR.en) === 0 ? 0 : CONTROL.groups;
  }
  protected choose(cpu: number): void {
    this.best[cpu] = SPURIOUS;
    this.bestPriority[cpu] = IDLE_PRIORITY;
    this.bestGroup[cpu] = 0;
    for (let n = 0; n < LIST_REGISTERS; n++) {
      const lr = this.#lists[this.#at(cpu, n)]!;
      // What is active and pending waits until it is no longer active.
      if ((lr & LR.state) !== LR.pending) continue;
      if (LR.priority(lr) >= this.bestPriority[cpu]!) continue;
      this.best[cpu] = LR.id(lr);
      this.bestPriority[cpu] = LR.priority(lr);
      this.bestGroup[cpu] = LR.group(lr);
      this.#bestList[cpu] = n;
    }
  }
  protected highestActive(cpu: number): number {
    const active = this.words[cpu * GICV_STRIDE + V_AT.apr]!;
    return active === 0 ? IDLE_PRIORITY : lowestBit(active) << 3;
  }
  protected raise(cpu: number, _group: number, priority: number): void {
    this.words[cpu * GICV_STRIDE + V_AT.apr]! |= 1 << (priority >> 3);
  }
  protected activate(cpu: number): void {
    const at = this.#at(cpu, this.#bestList[cpu]!);
    this.#lists[at] = (this.#lists[at]! & ~LR.state) | LR.active;
  }
  protected source(cpu: number): number {
    const lr = this.#lists[this.#at(cpu, this.#bestList[cpu]!)]!;
    return LR.id(lr) < SGIS && (lr & LR.hw) === 0 ? LR.cpuId(lr) : 0;
  }
  protected endOfInterrupt(cpu: number, id: number, isAlias: boolean): void {
    if (id >= FIRST_SPECIAL) return;
    const n = this.#findActive(cpu, id);
    if (isAlias && n >= 0 && LR.group(this.#lists[this.#at(cpu, n)]!) === 0) return;
    const at = cpu * GICV_STRIDE + V_AT.apr;
    const active = this.words[at]!;
    this.words[at] = active & (active - 1);
    if (this.hasSplitEnd(cpu)) return;
    if (n >= 0) this.#endList(cpu, n);
    // An end that clears no active priority is not counted: 5.3.1, EOICount.
    else if (active !== 0) this.#countEoi(cpu);
  }
  protected deactivate(cpu: number, id: number): void {
    if (id >= FIRST_SPECIAL) return;
    const n = this.#findActive(cpu, id);
    if (n >= 0) this.#endList(cpu, n);
    else this.#countEoi(cpu);
  }

  // ---- the hypervisor's view ---------------------------------------------------------------------

  /** GICH_VMCR. */
  machineControl(cpu: number): number {
    const at = cpu * GICV_STRIDE;
    return (
      this.words[at + V_AT.control]! |
      (this.words[at + V_AT.abpr]! << 18) |
      (this.words[at + V_AT.bpr]! << 21) |
      (this.words[at + V_AT.mask]! << 24)
    );
  }
  setMachineControl(cpu: number, value: number): void {
    const at = cpu * GICV_STRIDE;
    this.words[at + V_AT.control] = value & (0x1f | CONTROL.eoiMode);
    this.words[at + V_AT.abpr] = (value >>> 18) & 7;
    this.words[at + V_AT.bpr] = (value >>> 21) & 7;
    this.words[at + V_AT.mask] = (value >>> 24) & 0xf8;
    this.limitBinaryPoints(cpu);
    this.update(cpu);
  }
  activePriorities(cpu: number): number {
    return this.words[cpu * GICV_STRIDE + V_AT.apr]!;
  }
  setActivePriorities(cpu: number, value: number): void {
    this.words[cpu * GICV_STRIDE + V_AT.apr] = value;
    this.update(cpu);
  }
}
