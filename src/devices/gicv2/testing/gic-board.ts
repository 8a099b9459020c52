/** A GIC at the addresses of the `virt` board, with lines that can be looked at. */
import { Bus } from "../../../machine/index.js";
import { VIRT } from "../../boards/virt-board.js";
import { FakeLine } from "../../testing/fakes.js";
import { Gicv2 } from "../gicv2.js";
import { ABORTED, type Access, INTERRUPTED } from "./access-probe.js";

const { gic } = VIRT;
export const GICD = gic.distributor.base;
export const GICC = gic.cpuInterface.base;
export const GICV2M = gic.v2m.base;
export const GICH = gic.hypervisor.base;
export const GICV = gic.virtualCpu.base;

export class GicBoard {
  readonly gic: Gicv2;
  readonly bus = new Bus();
  /** The CPU that makes accesses. */
  readonly initiator = { current: 0 };
  readonly cpus: readonly Readonly<Record<"irq" | "fiq" | "virq" | "vfiq", FakeLine>>[];

  constructor(cpus = 1, hyp = true) {
    this.cpus = Array.from({ length: cpus }, () => ({
      irq: new FakeLine(),
      fiq: new FakeLine(),
      virq: new FakeLine(),
      vfiq: new FakeLine(),
    }));
    this.gic = new Gicv2({
      bases: hyp ? { GICD, GICC, GICH, GICV } : { GICD, GICC },
      cpus: this.cpus,
      initiator: this.initiator,
      maintenancePpi: gic.maintenancePpi,
      messages: { base: GICV2M, firstSpi: gic.v2m.firstSpi, count: gic.v2m.spis },
    });
    for (const device of this.gic.devices) this.bus.attach(device);
  }
  read(address: number, size: 1 | 2 | 4 = 4): number {
    const device = this.bus.find(address);
    return device === undefined ? ABORTED : device.read(address - device.base, size);
  }
  write(address: number, value: number, size: 1 | 2 | 4 = 4): void {
    const device = this.bus.find(address);
    if (device === undefined) throw new RangeError(`nothing at 0x${address.toString(16)}`);
    device.write(address - device.base, size, value);
  }
  /** Result of an entry of an access list, as the guest program would note it. */
  perform({ kind, cpu, address, value }: Access): number {
    this.initiator.current = cpu;
    const { irq, fiq, virq, vfiq } = this.cpus[cpu]!;
    switch (kind) {
      case "r4":
        return this.read(address, 4);
      case "r2":
        return this.read(address, 2);
      case "r1":
        return this.read(address, 1);
      case "w4":
        this.write(address, value, 4);
        return 0;
      case "w2":
        this.write(address, value & 0xffff, 2);
        return 0;
      case "w1":
        this.write(address, value & 0xff, 1);
        return 0;
      case "requests":
        return (irq.level ? 0x80 : 0) | (fiq.level ? 0x40 : 0);
      case "virtual":
        if (irq.level || fiq.level) return INTERRUPTED;
        return (virq.level ? 0x80 : 0) | (vfiq.level ? 0x40 : 0);
    }
  }
}
