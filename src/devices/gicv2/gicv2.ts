/** A GICv2 with the Virtualization Extensions: IHI 0048B. */
import { type Device, type Line, MachineError } from "../../machine/index.js";
import type { Initiator } from "../register-device.js";
import type { Requests } from "./cpu-interface.js";
import { Distributor } from "./distributor.js";
import { Gicv2m } from "./gicv2m.js";
import { MOST_CPUS, PRIVATE_INTERRUPTS, SGIS } from "./interrupt-ids.js";
import { PhysicalInterface } from "./physical-interface.js";
import type { VirtualInterfaceControl } from "./virtual-interface-control.js";
import { VirtualInterface } from "./virtual-interface.js";

/** Interrupt requests to one CPU. `virq` and `vfiq` are what HCR's VI and VF are ORed with. */
export interface CpuRequests extends Requests {
  readonly virq: Line;
  readonly vfiq: Line;
}
export interface Gicv2Options {
  /** Physical base addresses. */
  readonly bases: {
    readonly GICD: number;
    readonly GICC: number;
    /** Without these two there are no Virtualization Extensions. */
    readonly GICH?: number | undefined;
    readonly GICV?: number | undefined;
  };
  /** One for each CPU, 1 to 8. */
  readonly cpus: readonly CpuRequests[];
  /** Who makes the access. */
  readonly initiator: Initiator;
  /** PPI of the maintenance interrupt, counted from 0. */
  readonly maintenancePpi: number;
  /** The MSI frame and its SPIs: `count` from `firstSpi`, counted from 0. */
  readonly messages?: { readonly base: number; readonly firstSpi: number; readonly count: number };
}

export class Gicv2 {
  readonly distributor: Distributor;
  readonly physical: PhysicalInterface;
  /** GICV, and GICH: undefined without the Virtualization Extensions. */
  readonly virtual: VirtualInterface | undefined;
  readonly interfaceControl: VirtualInterfaceControl | undefined;
  readonly messages: Gicv2m | undefined;
  /**
   * What goes on the bus. Snapshots restore in this order: the Distributor last, so that no change of the
   * maintenance interrupt on the way is taken for an edge.
   */
  readonly devices: readonly Device[];

  /** Throws MachineError for a number of CPUs that a GICv2 cannot serve. */
  constructor({ bases, cpus, initiator, maintenancePpi, messages }: Gicv2Options) {
    if (cpus.length < 1 || cpus.length > MOST_CPUS)
      throw new MachineError(
        "machine/configuration",
        `${cpus.length} CPUs; a GICv2 serves 1 to ${MOST_CPUS}`,
      );
    this.distributor = new Distributor({
      base: bases.GICD,
      cpus: cpus.length,
      initiator,
      changed: (cpu) => {
        if (cpu >= 0) this.physical.update(cpu);
        else for (let n = 0; n < cpus.length; n++) this.physical.update(n);
      },
    });
    this.physical = new PhysicalInterface(this.distributor, {
      base: bases.GICC,
      initiator,
      requests: cpus,
    });
    const devices: Device[] = [this.physical];
    if (bases.GICH !== undefined && bases.GICV !== undefined) {
      this.virtual = new VirtualInterface({
        base: bases.GICV,
        controlBase: bases.GICH,
        initiator,
        requests: cpus.map(({ virq, vfiq }) => ({ irq: virq, fiq: vfiq })),
        maintenance: cpus.map((_, cpu) => this.ppi(cpu, maintenancePpi)),
        deactivate: (cpu, id) => this.distributor.deactivate(cpu, id),
      });
      this.interfaceControl = this.virtual.interfaceControl;
      devices.push(this.virtual, this.interfaceControl);
    }
    if (messages !== undefined) {
      const { base, firstSpi, count } = messages;
      this.messages = new Gicv2m({
        base,
        first: PRIVATE_INTERRUPTS + firstSpi,
        lines: Array.from({ length: count }, (_, n) => this.spi(firstSpi + n)),
      });
      devices.push(this.messages);
    }
    this.devices = [...devices, this.distributor];
  }

  /** Input of SPI `n`, counted from 0: interrupt ID 32 + n, as device trees count. */
  spi(n: number): Line {
    return this.distributor.shared(PRIVATE_INTERRUPTS + n);
  }
  /** Input of PPI `n` of a CPU, counted from 0: interrupt ID 16 + n. Active high. */
  ppi(cpu: number, n: number): Line {
    return this.distributor.private(cpu, SGIS + n);
  }
}
