/** Makes the devices of board `virt` and wires them, given what a machine offers. */
import type { Clock, Device, GuestMemory } from "../../machine/index.js";
import { MachineError } from "../../machine/index.js";
import { ConstantWindow } from "../constant-window.js";
import { type FlashContents, SparseContents } from "../flash-contents.js";
import { FwCfg } from "../fw-cfg.js";
import { type CpuRequests, Gicv2 } from "../gicv2/index.js";
import { NorFlash } from "../nor-flash.js";
import { Pl011 } from "../pl011.js";
import { Pl031 } from "../pl031.js";
import { Pl061 } from "../pl061.js";
import { PcieHost } from "../pcie-host.js";
import type { Initiator } from "../register-device.js";
import { type VirtioDevice, VirtioMmio } from "../virtio/index.js";
import { PowerKey } from "./power-key.js";
import { VIRT, virtioSlot } from "./virt-board.js";

/** What the devices need of a machine. */
export interface BoardPorts {
  readonly clock: Clock;
  readonly memory: GuestMemory;
  readonly initiator: Initiator;
  /** Interrupt inputs, one set a CPU. */
  readonly cpus: readonly CpuRequests[];
}
export interface VirtDeviceOptions {
  /** False leaves out GICH and GICV. */
  readonly hyp: boolean;
  /** Seconds since 1970 at reset. */
  readonly epoch: number;
  /** Contents of the first flash bank, if other than blank; or an image to begin with. */
  readonly flash?: FlashContents | Uint8Array;
  /**
   * Devices for the virtio slots: the first goes into the last slot, as the reference puts those of its
   * command line.
   */
  readonly virtio?: readonly VirtioDevice[];
  readonly virtioVersion?: 1 | 2;
  /** What firmware finds in fw_cfg. */
  readonly kernel?: Uint8Array;
  readonly initrd?: Uint8Array;
  readonly commandLine?: string;
  readonly files?: ReadonlyMap<string, Uint8Array>;
}

export interface VirtDevices {
  readonly gic: Gicv2;
  readonly uart: Pl011;
  readonly rtc: Pl031;
  readonly gpio: Pl061;
  readonly fwCfg: FwCfg;
  readonly flash: readonly [NorFlash, NorFlash];
  readonly virtio: readonly VirtioMmio[];
  readonly powerKey: PowerKey;
  /** All of them, in the order in which snapshots keep and restore them. */
  readonly all: readonly Device[];
}

/** The first alarms are the machine's own: what makes alarms here is always made in this order. */
export const virtDevices = (ports: BoardPorts, options: VirtDeviceOptions): VirtDevices => {
  const { clock, memory, initiator, cpus } = ports;
  const plugged = options.virtio ?? [];
  const { slots } = VIRT.virtioMmio;
  if (plugged.length > slots) {
    throw new MachineError(
      "machine/configuration",
      `${plugged.length} virtio devices; board virt has ${slots} slots`,
    );
  }
  const { distributor, cpuInterface, hypervisor, virtualCpu, v2m, maintenancePpi } = VIRT.gic;
  const gic = new Gicv2({
    bases: {
      GICD: distributor.base,
      GICC: cpuInterface.base,
      // Without the Virtualization Extensions nothing answers at GICH and GICV.
      ...(options.hyp && { GICH: hypervisor.base, GICV: virtualCpu.base }),
    },
    cpus,
    initiator,
    maintenancePpi,
    messages: { base: v2m.base, firstSpi: v2m.firstSpi, count: v2m.spis },
  });
  const uart = new Pl011({
    name: "uart",
    base: VIRT.uart.base,
    clock,
    interrupt: gic.spi(VIRT.uart.spi),
    fifoDepth: VIRT.uart.fifoDepth,
  });
  const rtc = new Pl031({
    name: "rtc",
    base: VIRT.rtc.base,
    clock,
    interrupt: gic.spi(VIRT.rtc.spi),
    epoch: options.epoch,
  });
  const gpio = new Pl061({
    name: "gpio",
    base: VIRT.gpio.base,
    interrupt: gic.spi(VIRT.gpio.spi),
  });
  const fwCfg = new FwCfg({
    name: "fw-cfg",
    base: VIRT.fwCfg.base,
    memory,
    cpus: cpus.length,
    ...(options.kernel && { kernel: options.kernel }),
    ...(options.initrd && { initrd: options.initrd }),
    ...(options.commandLine !== undefined && { commandLine: options.commandLine }),
    ...(options.files && { files: options.files }),
  });
  const virtio = Array.from({ length: slots }, (_, n) => {
    const slot = virtioSlot(n);
    return new VirtioMmio({
      name: `virtio${n}`,
      base: slot.base,
      line: gic.spi(slot.spi),
      memory,
      clock,
      device: plugged[slots - 1 - n],
      version: options.virtioVersion ?? 1,
    });
  });
  const flash = makeFlash(options.flash);
  const { ecam, ports: io } = VIRT.pcie;
  const pci = [
    new PcieHost({ name: "pcie", base: ecam.base, size: ecam.size }),
    new ConstantWindow("pcie-ports", io.base, io.size, 0xff),
  ];
  return {
    gic,
    uart,
    rtc,
    gpio,
    fwCfg,
    flash,
    virtio,
    powerKey: new PowerKey(clock, (down) => gpio.input(VIRT.gpio.powerKeyPin, down)),
    // The interrupt controller comes last: on a restore no line of another device may disturb it.
    all: [...flash, uart, rtc, gpio, fwCfg, ...virtio, ...pci, ...gic.devices],
  };
};

const makeFlash = (first: FlashContents | Uint8Array | undefined): [NorFlash, NorFlash] => {
  const { banks, sectorSize, blank } = VIRT.flash;
  if (first instanceof Uint8Array && first.length > banks[0].size) {
    throw new MachineError(
      "machine/configuration",
      `firmware of ${first.length} bytes; the flash bank has ${banks[0].size}`,
    );
  }
  const contents = [
    first === undefined || first instanceof Uint8Array
      ? new SparseContents(banks[0].size, sectorSize, blank, first)
      : first,
    new SparseContents(banks[1].size, sectorSize, blank),
  ] as const;
  const bank = (n: 0 | 1): NorFlash =>
    new NorFlash({ name: `flash${n}`, ...banks[n], sectorSize, contents: contents[n] });
  return [bank(0), bank(1)];
};
