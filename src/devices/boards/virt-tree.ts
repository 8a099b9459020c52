/** The device tree of board `virt`: the reference's, node for node and in its order. */
import {
  cells,
  deviceTreeNode,
  doubleCells,
  EDGE_RISING,
  flag,
  LEVEL_HIGH,
  PPI,
  SPI,
  strings,
  type DeviceTree,
  type DeviceTreeNode,
} from "../../images/index.js";
import { type Range, VIRT, virtioSlot } from "./virt-board.js";

export interface VirtTreeOptions {
  readonly cpus: number;
  readonly model: "cortex-a15" | "cortex-a7";
  /** True when the Virtualization Extensions are there. */
  readonly hyp: boolean;
  /** Bytes of RAM. */
  readonly memory: number;
  readonly bootArguments?: string;
  /** The initial RAM disk, as loaded. */
  readonly initrd?: Range;
  /** 32 bytes for the kernel's random numbers. */
  readonly rngSeed: Uint8Array;
  /** 8 bytes for the kernel's address randomisation. */
  readonly kaslrSeed: Uint8Array;
}

// Interrupt specifiers: kind, number, flags (Linux, arm,gic binding).
const KEY_POWER = 0x74;
/** PCI: kind of range in the first cell. */
const PCI_PORTS = 0x0100_0000;
const PCI_MEMORY = 0x0200_0000;
const PCI_PINS = 4;
/** Functions of the interrupt map: it repeats after four devices. */
const PCI_DEVICES = 4;
const PCI_ID_CELLS = 0x10000;

const reg = (...ranges: readonly Range[]): Uint8Array =>
  doubleCells(...ranges.flatMap(({ base, size }) => [base, size]));
const unit = (name: string, { base }: Range): string => `${name}@${base.toString(16)}`;

/** Handles are given out in the order that the reference makes its nodes in. */
const handles = (cpus: number) => ({
  clock: 0x8000,
  // The last CPU is first.
  cpu: (n: number) => 0x8000 + cpus - n,
  gic: 0x8001 + cpus,
  v2m: 0x8002 + cpus,
  gpio: 0x8003 + cpus,
});
type Handles = ReturnType<typeof handles>;

export const virtTree = (options: VirtTreeOptions): DeviceTree => {
  const h = handles(options.cpus);
  return {
    root: deviceTreeNode(
      "",
      {
        "interrupt-parent": cells(h.gic),
        model: strings(VIRT.model),
        "#size-cells": cells(2),
        "#address-cells": cells(2),
        compatible: strings(VIRT.compatible),
      },
      [
        psci(options),
        memory(options),
        platformBus(h),
        deviceTreeNode(unit("fw-cfg", VIRT.fwCfg), {
          "dma-coherent": flag(),
          reg: reg(VIRT.fwCfg),
          compatible: strings("qemu,fw-cfg-mmio"),
        }),
        ...Array.from({ length: VIRT.virtioMmio.slots }, (_, n) => virtio(n)),
        ...gpio(h),
        pcie(h),
        ...serialAndClock(h),
        // The reference leaves the PMU's node empty on 32-bit CPUs.
        deviceTreeNode("pmu"),
        gic(options, h),
        deviceTreeNode(unit("flash", VIRT.flash.banks[0]), {
          "bank-width": cells(VIRT.flash.bankWidth),
          reg: reg(...VIRT.flash.banks),
          compatible: strings("cfi-flash"),
        }),
        cpus(options, h),
        timer(options),
        deviceTreeNode("apb-pclk", {
          phandle: cells(h.clock),
          "clock-output-names": strings("clk24mhz"),
          "clock-frequency": cells(VIRT.clockRate),
          "#clock-cells": cells(0),
          compatible: strings("fixed-clock"),
        }),
        chosen(options),
      ],
    ),
    reservations: [],
    bootCpu: 0,
  };
};

/** Function numbers in PSCI 0.1's properties (DEN 0022, 5.1). The conduit is HVC without HYP. */
const psci = ({ hyp }: VirtTreeOptions): DeviceTreeNode =>
  deviceTreeNode("psci", {
    migrate: cells(0x84000005),
    cpu_on: cells(0x84000003),
    cpu_off: cells(0x84000002),
    cpu_suspend: cells(0x84000001),
    method: strings(hyp ? "smc" : "hvc"),
    compatible: strings("arm,psci-1.0", "arm,psci-0.2", "arm,psci"),
  });

const memory = (options: VirtTreeOptions): DeviceTreeNode => {
  const range = { base: VIRT.ramBase, size: options.memory };
  return deviceTreeNode(unit("memory", range), {
    reg: reg(range),
    device_type: strings("memory"),
  });
};

const platformBus = (h: Handles): DeviceTreeNode => {
  const { base, size } = VIRT.platformBus;
  return deviceTreeNode(`platform-bus@${base.toString(16)}`, {
    "interrupt-parent": cells(h.gic),
    ranges: cells(0, 0, base, size),
    "#address-cells": cells(1),
    "#size-cells": cells(1),
    compatible: strings("qemu,platform", "simple-bus"),
  });
};

const virtio = (n: number): DeviceTreeNode => {
  const slot = virtioSlot(n);
  return deviceTreeNode(unit("virtio_mmio", slot), {
    "dma-coherent": flag(),
    interrupts: cells(SPI, slot.spi, EDGE_RISING),
    reg: reg(slot),
    compatible: strings("virtio,mmio"),
  });
};

const gpio = (h: Handles): DeviceTreeNode[] => [
  deviceTreeNode("gpio-keys", { compatible: strings("gpio-keys") }, [
    deviceTreeNode("poweroff", {
      gpios: cells(h.gpio, VIRT.gpio.powerKeyPin, 0),
      "linux,code": cells(KEY_POWER),
      label: strings("GPIO Key Poweroff"),
    }),
  ]),
  deviceTreeNode(unit("pl061", VIRT.gpio), {
    phandle: cells(h.gpio),
    "clock-names": strings("apb_pclk"),
    clocks: cells(h.clock),
    interrupts: cells(SPI, VIRT.gpio.spi, LEVEL_HIGH),
    "gpio-controller": flag(),
    "#gpio-cells": cells(2),
    compatible: strings("arm,pl061", "arm,primecell"),
    reg: reg(VIRT.gpio),
  }),
];

const pcie = (h: Handles): DeviceTreeNode => {
  const { memory: window, ports, ecam, buses, firstSpi } = VIRT.pcie;
  const map: number[] = [];
  for (let device = 0; device < PCI_DEVICES; device++) {
    for (let pin = 0; pin < PCI_PINS; pin++) {
      // The pins of successive devices are rotated, so that they share the lines evenly.
      const spi = firstSpi + ((pin + device) % PCI_PINS);
      map.push(device << 11, 0, 0, pin + 1, h.gic, 0, 0, SPI, spi, LEVEL_HIGH);
    }
  }
  return deviceTreeNode(unit("pcie", window), {
    "interrupt-map-mask": cells((PCI_DEVICES - 1) << 11, 0, 0, 7),
    "interrupt-map": cells(...map),
    "#interrupt-cells": cells(1),
    ranges: cells(
      ...[PCI_PORTS, 0, 0, 0, ports.base, 0, ports.size],
      ...[PCI_MEMORY, 0, window.base, 0, window.base, 0, window.size],
    ),
    reg: reg(ecam),
    "msi-map": cells(0, h.v2m, 0, PCI_ID_CELLS),
    "dma-coherent": flag(),
    "bus-range": cells(0, buses - 1),
    "linux,pci-domain": cells(0),
    "#size-cells": cells(2),
    "#address-cells": cells(3),
    device_type: strings("pci"),
    compatible: strings("pci-host-ecam-generic"),
  });
};

const serialAndClock = (h: Handles): DeviceTreeNode[] => [
  deviceTreeNode(unit("pl031", VIRT.rtc), {
    "clock-names": strings("apb_pclk"),
    clocks: cells(h.clock),
    interrupts: cells(SPI, VIRT.rtc.spi, LEVEL_HIGH),
    reg: reg(VIRT.rtc),
    compatible: strings("arm,pl031", "arm,primecell"),
  }),
  deviceTreeNode(unit("pl011", VIRT.uart), {
    "clock-names": strings("uartclk", "apb_pclk"),
    clocks: cells(h.clock, h.clock),
    interrupts: cells(SPI, VIRT.uart.spi, LEVEL_HIGH),
    reg: reg(VIRT.uart),
    compatible: strings("arm,pl011", "arm,primecell"),
  }),
];

const gic = ({ hyp }: VirtTreeOptions, h: Handles): DeviceTreeNode => {
  const { distributor, cpuInterface, hypervisor, virtualCpu, v2m, maintenancePpi } = VIRT.gic;
  return deviceTreeNode(
    unit("intc", distributor),
    {
      phandle: cells(h.gic),
      ...(hyp ? { interrupts: cells(PPI, maintenancePpi, LEVEL_HIGH) } : {}),
      reg: hyp
        ? reg(distributor, cpuInterface, hypervisor, virtualCpu)
        : reg(distributor, cpuInterface),
      compatible: strings("arm,cortex-a15-gic"),
      ranges: flag(),
      "#size-cells": cells(2),
      "#address-cells": cells(2),
      "interrupt-controller": flag(),
      "#interrupt-cells": cells(3),
    },
    [
      deviceTreeNode(unit("v2m", v2m), {
        phandle: cells(h.v2m),
        reg: reg(v2m),
        "msi-controller": flag(),
        compatible: strings("arm,gic-v2m-frame"),
      }),
    ],
  );
};

const cpus = ({ cpus: count, model }: VirtTreeOptions, h: Handles): DeviceTreeNode => {
  const numbers = Array.from({ length: count }, (_, n) => n);
  const cores = numbers.map((n) => deviceTreeNode(`core${n}`, { cpu: cells(h.cpu(n)) }));
  return deviceTreeNode("cpus", { "#size-cells": cells(0), "#address-cells": cells(1) }, [
    deviceTreeNode("cpu-map", {}, [
      deviceTreeNode("socket0", {}, [deviceTreeNode("cluster0", {}, cores)]),
    ]),
    ...numbers.map((n) =>
      deviceTreeNode(`cpu@${n.toString(16)}`, {
        phandle: cells(h.cpu(n)),
        reg: cells(n),
        ...(count > 1 ? { "enable-method": strings("psci") } : {}),
        compatible: strings(`arm,${model}`),
        device_type: strings("cpu"),
      }),
    ),
  ]);
};

const timer = ({ cpus: count }: VirtTreeOptions): DeviceTreeNode => {
  const { securePpi, physicalPpi, virtualPpi, hypPpi } = VIRT.timer;
  // Bits 15:8 of a PPI's flags name the CPUs that it goes to.
  const flags = ((2 ** count - 1) << 8) | LEVEL_HIGH;
  return deviceTreeNode("timer", {
    interrupts: cells(
      ...[securePpi, physicalPpi, virtualPpi, hypPpi].flatMap((ppi) => [PPI, ppi, flags]),
    ),
    "always-on": flag(),
    compatible: strings("arm,armv7-timer"),
  });
};

const chosen = (options: VirtTreeOptions): DeviceTreeNode => {
  const node = deviceTreeNode("chosen");
  const { properties } = node;
  if (options.initrd !== undefined) {
    const { base, size } = options.initrd;
    properties.set("linux,initrd-end", doubleCells(base + size));
    properties.set("linux,initrd-start", doubleCells(base));
  }
  if (options.bootArguments !== undefined)
    properties.set("bootargs", strings(options.bootArguments));
  properties.set("stdout-path", strings(`/${unit("pl011", VIRT.uart)}`));
  properties.set("rng-seed", options.rngSeed);
  properties.set("kaslr-seed", options.kaslrSeed);
  return node;
};
