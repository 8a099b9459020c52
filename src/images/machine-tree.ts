import {
  cells,
  type DeviceTree,
  type DeviceTreeNode,
  deviceTreeNode,
  doubleCells,
  flag,
  type RegRange,
  strings,
} from "./device-tree.js";
import { EDGE_RISING, LEVEL_HIGH, LEVEL_LOW, PPI, SPI } from "./interrupt-cells.js";

/** What a kernel has to be told about a machine. Addresses are physical. */
export interface MachineDescription {
  readonly model: string;
  readonly compatible: readonly string[];
  readonly memory: readonly RegRange[];
  readonly cpus: { readonly count: number; readonly compatible: string };
  readonly bootArguments?: string;
  /** The initial RAM disk, as loaded. */
  readonly initrd?: RegRange;
  /** `seed` for the kernel's random numbers; left out, the kernel waits for entropy longer. */
  readonly randomSeed?: Uint8Array;
  readonly psci?: { readonly method: "hvc" | "smc" };
  /** GICv2; the last two only with the Virtualization Extensions. */
  readonly gic: {
    readonly distributor: RegRange;
    readonly cpuInterface: RegRange;
    readonly hypervisor?: RegRange;
    readonly virtualCpu?: RegRange;
    /** PPI of the maintenance interrupt. */
    readonly maintenancePpi?: number;
  };
  /** PPIs (0 to 15) of the generic timer: secure and non-secure physical, virtual, hypervisor. */
  readonly timer: { readonly ppis: readonly [number, number, number, number] };
  /** PL011s; the first is the console. `spi` counts from 0. */
  readonly uarts: readonly { readonly registers: RegRange; readonly spi: number }[];
  readonly virtioMmio?: readonly { readonly registers: RegRange; readonly spi: number }[];
  /** Nodes of other devices, put below the root as they are. */
  readonly extra?: readonly DeviceTreeNode[];
}

const INTERRUPT_CONTROLLER = 1;
const CLOCK = 2;
/** The PL011's reference clock; its rate only matters to baud rates, which nobody sees here. */
const CLOCK_RATE = 24_000_000;

const reg = (...ranges: readonly RegRange[]): Uint8Array =>
  doubleCells(...ranges.flatMap(({ address, size }) => [address, size]));
const unit = (name: string, range: RegRange): string => `${name}@${range.address.toString(16)}`;

/** The device tree of a machine: two address and two size cells at the root, as LPAE systems use. */
export const machineTree = (machine: MachineDescription): DeviceTree => ({
  root: deviceTreeNode(
    "",
    {
      "#address-cells": cells(2),
      "#size-cells": cells(2),
      "interrupt-parent": cells(INTERRUPT_CONTROLLER),
      model: strings(machine.model),
      compatible: strings(...machine.compatible),
    },
    [
      chosen(machine),
      ...machine.memory.map((range) =>
        deviceTreeNode(unit("memory", range), { device_type: strings("memory"), reg: reg(range) }),
      ),
      cpus(machine),
      ...(machine.psci === undefined ? [] : [psci(machine.psci.method)]),
      gic(machine.gic),
      timer(machine),
      deviceTreeNode("apb-pclk", {
        compatible: strings("fixed-clock"),
        "#clock-cells": cells(0),
        "clock-frequency": cells(CLOCK_RATE),
        phandle: cells(CLOCK),
      }),
      ...machine.uarts.map(({ registers, spi }) =>
        deviceTreeNode(unit("serial", registers), {
          compatible: strings("arm,pl011", "arm,primecell"),
          reg: reg(registers),
          interrupts: cells(SPI, spi, LEVEL_HIGH),
          clocks: cells(CLOCK, CLOCK),
          "clock-names": strings("uartclk", "apb_pclk"),
        }),
      ),
      ...(machine.virtioMmio ?? []).map(({ registers, spi }) =>
        deviceTreeNode(unit("virtio_mmio", registers), {
          compatible: strings("virtio,mmio"),
          reg: reg(registers),
          interrupts: cells(SPI, spi, EDGE_RISING),
          "dma-coherent": flag(),
        }),
      ),
      ...(machine.extra ?? []),
    ],
  ),
  reservations: [],
  bootCpu: 0,
});

const chosen = (machine: MachineDescription): DeviceTreeNode => {
  const node = deviceTreeNode("chosen");
  const console = machine.uarts[0];
  if (console !== undefined) {
    node.properties.set("stdout-path", strings(`/${unit("serial", console.registers)}`));
  }
  if (machine.bootArguments !== undefined) {
    node.properties.set("bootargs", strings(machine.bootArguments));
  }
  if (machine.initrd !== undefined) {
    const { address, size } = machine.initrd;
    node.properties.set("linux,initrd-start", doubleCells(address));
    node.properties.set("linux,initrd-end", doubleCells(address + size));
  }
  if (machine.randomSeed !== undefined) node.properties.set("rng-seed", machine.randomSeed);
  return node;
};

const cpus = ({ cpus: { count, compatible }, psci: conduit }: MachineDescription): DeviceTreeNode =>
  deviceTreeNode(
    "cpus",
    { "#address-cells": cells(1), "#size-cells": cells(0) },
    Array.from({ length: count }, (_, index) =>
      deviceTreeNode(`cpu@${index.toString(16)}`, {
        device_type: strings("cpu"),
        compatible: strings(compatible),
        reg: cells(index),
        ...(count > 1 && conduit !== undefined ? { "enable-method": strings("psci") } : {}),
      }),
    ),
  );

/** PSCI 1.0 with the function numbers that 0.1 wanted to be told (DEN 0022). */
const psci = (method: string): DeviceTreeNode =>
  deviceTreeNode("psci", {
    compatible: strings("arm,psci-1.0", "arm,psci-0.2", "arm,psci"),
    method: strings(method),
    cpu_suspend: cells(0x84000001),
    cpu_off: cells(0x84000002),
    cpu_on: cells(0x84000003),
    migrate: cells(0x84000005),
  });

const gic = (description: MachineDescription["gic"]): DeviceTreeNode => {
  const { distributor, cpuInterface, hypervisor, virtualCpu, maintenancePpi } = description;
  const virtual = hypervisor !== undefined && virtualCpu !== undefined;
  const node = deviceTreeNode(unit("intc", distributor), {
    compatible: strings("arm,cortex-a15-gic"),
    "interrupt-controller": flag(),
    "#interrupt-cells": cells(3),
    "#address-cells": cells(0),
    reg: virtual
      ? reg(distributor, cpuInterface, hypervisor, virtualCpu)
      : reg(distributor, cpuInterface),
    phandle: cells(INTERRUPT_CONTROLLER),
  });
  if (virtual && maintenancePpi !== undefined) {
    node.properties.set("interrupts", cells(PPI, maintenancePpi, LEVEL_HIGH));
  }
  return node;
};

const timer = (machine: MachineDescription): DeviceTreeNode => {
  // Bits 15:8 of a PPI's flags name the CPUs it goes to.
  const flags = (((2 ** Math.min(8, machine.cpus.count) - 1) << 8) | LEVEL_LOW) >>> 0;
  return deviceTreeNode("timer", {
    compatible: strings("arm,armv7-timer"),
    "always-on": flag(),
    interrupts: cells(...machine.timer.ppis.flatMap((ppi) => [PPI, ppi, flags])),
  });
};
