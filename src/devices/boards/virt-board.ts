/**
 * Board `virt` as data: where everything is and how it is wired. Addresses and interrupts are those of
 * the reference emulator's board of that name (version 7.2, highmem off, GICv2), so that the same
 * kernels, initial RAM disks and arguments run on both. Machine and device tree are made from this.
 */

export interface Range {
  readonly base: number;
  readonly size: number;
}

export const VIRT = {
  model: "linux,dummy-virt",
  compatible: "linux,dummy-virt",
  ramBase: 0x4000_0000,
  /** Two banks; firmware goes into the first. */
  flash: {
    banks: [
      { base: 0x0000_0000, size: 0x0400_0000 },
      { base: 0x0400_0000, size: 0x0400_0000 },
    ],
    sectorSize: 0x4_0000,
    bankWidth: 4,
    /** What never written flash reads as on the reference board (real chips come as ones). */
    blank: 0x00,
  },
  gic: {
    distributor: { base: 0x0800_0000, size: 0x1_0000 },
    cpuInterface: { base: 0x0801_0000, size: 0x1_0000 },
    v2m: { base: 0x0802_0000, size: 0x1000, firstSpi: 48, spis: 64 },
    /** Only with the Virtualization Extensions. */
    hypervisor: { base: 0x0803_0000, size: 0x1_0000 },
    virtualCpu: { base: 0x0804_0000, size: 0x1_0000 },
    maintenancePpi: 9,
    /** SPIs that the distributor has. */
    spis: 256,
  },
  /** PPIs of the generic timer (0 to 15). */
  timer: { securePpi: 13, physicalPpi: 14, virtualPpi: 11, hypPpi: 10 },
  /** Of the cycle counter (0 to 15). */
  pmuPpi: 7,
  uart: { base: 0x0900_0000, size: 0x1000, spi: 1, fifoDepth: 16 },
  rtc: { base: 0x0901_0000, size: 0x1000, spi: 2 },
  fwCfg: { base: 0x0902_0000, size: 0x18 },
  gpio: { base: 0x0903_0000, size: 0x1000, spi: 7, powerKeyPin: 3 },
  virtioMmio: { base: 0x0a00_0000, size: 0x200, slots: 32, firstSpi: 16 },
  /** Room for devices that nobody put there: accesses abort. */
  platformBus: { base: 0x0c00_0000, size: 0x0200_0000 },
  pcie: {
    memory: { base: 0x1000_0000, size: 0x2eff_0000 },
    ports: { base: 0x3eff_0000, size: 0x1_0000 },
    ecam: { base: 0x3f00_0000, size: 0x0100_0000 },
    buses: 16,
    /** INTA to INTD. */
    firstSpi: 3,
  },
  /** Of the PrimeCells' bus clock, in Hz. */
  clockRate: 24_000_000,
} as const;

/** Slot `n`'s registers and interrupt. */
export const virtioSlot = (slot: number): Range & { readonly spi: number } => {
  const { base, size, firstSpi } = VIRT.virtioMmio;
  return { base: base + slot * size, size, spi: firstSpi + slot };
};
