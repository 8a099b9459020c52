/** A GIC at the addresses of the `virt` board, with lines that can be looked at. */
import { Bus } from "../../../machine/index.js";
import { Gicv2 } from "../gicv2.js";
import { ABORTED, type Access, INTERRUPTED } from "./access-probe.js";

export const GICD = 0x0800_0000;
export const GICC = 0x0801_0000;
export const GICV2M = 0x0802_0000;
export const GICH = 0x0803_0000;
export const GICV = 0x0804_0000;

/** A line that remembers. */
class Level {
  level = false;
  /** Times that it was driven. */
  driven = 0;
  set(level: boolean): void {
    this.level = level;
    this.driven++;
  }
}

export class GicBoard {
  readonly gic: Gicv2;
  readonly bus = new Bus();
  /** The CPU that makes accesses. */
  readonly initiator = { current: 0 };
  readonly cpus: readonly {
    readonly irq: Level;
    readonly fiq: Level;
    readonly virq: Level;
    readonly vfiq: Level;
  }[];

  constructor(cpus = 1) {
    this.cpus = Array.from({ length: cpus }, () => ({
      irq: new Level(),
      fiq: new Level(),
      virq: new Level(),
      vfiq: new Level(),
    }));
    this.gic = new Gicv2({
      bases: { GICD, GICC, GICH, GICV, GICv2m: GICV2M },
      cpus: this.cpus,
      initiator: this.initiator,
      messages: { first: 80, count: 64 },
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
