/**
 * A PCIe host's configuration space (ECAM) with nothing on its buses but the host bridge itself, as the
 * reference board has it without cards.
 */
import { type AccessSize, registerBlock, ro, rw } from "./register-block.js";
import { RegisterDevice } from "./register-device.js";

export const PCIE_HOST = registerBlock(
  "PCIe host bridge",
  "PCI Local Bus 3.0, 6.1; PCIe 3.0, 7.2.2",
  {
    ID: { at: 0x00, fields: { Vendor: ro(0, 16, 0x1b36), Device: ro(16, 16, 0x0008) } },
    COMMAND: {
      at: 0x04,
      fields: {
        IO: rw(0),
        Memory: rw(1),
        // Set from the start, so that the bridge passes on what cards would master.
        Master: rw(2, 1, 1),
        SERR: rw(8),
        InterruptDisable: rw(10),
        Status: ro(16, 16),
      },
    },
    CLASS: {
      at: 0x08,
      fields: { Revision: ro(0, 8), Interface: ro(8, 8), Class: ro(16, 16, 0x0600) },
    },
    LATENCY: {
      at: 0x0c,
      fields: { CacheLine: rw(0, 8, 8), Timer: ro(8, 8), HeaderType: ro(16, 8) },
    },
    /** None: sizing them finds nothing. */
    BAR: { at: 0x10, count: 6, fields: { Address: ro(0, 32) } },
    CARDBUS: { at: 0x28, fields: { Pointer: ro(0, 32) } },
    SUBSYSTEM: { at: 0x2c, fields: { Vendor: ro(0, 16, 0x1af4), Device: ro(16, 16, 0x1100) } },
    ROM: { at: 0x30, fields: { Address: ro(0, 32) } },
    CAPABILITIES: { at: 0x34, fields: { Pointer: ro(0, 8) } },
    RESERVED: { at: 0x38, fields: { Zero: ro(0, 32) } },
    INTERRUPT: { at: 0x3c, fields: { Line: rw(0, 8), Pin: ro(8, 8) } },
    /** Keeps what is written, as on the reference. */
    SCRATCH: { at: 0x40, count: 48, fields: { Value: rw(0, 32) } },
  },
);
/** Configuration space of the bridge: the first function of the first bus. */
const BRIDGE = PCIE_HOST.size;

export class PcieHost extends RegisterDevice<typeof PCIE_HOST.rows> {
  constructor(options: { readonly name: string; readonly base: number; readonly size: number }) {
    super(PCIE_HOST, options);
  }
  /** Where no function is, reads give all ones (6.1) and writes are lost: a bus is enumerated by that. */
  override read(offset: number, size: AccessSize): number {
    return offset >= BRIDGE ? 2 ** (8 * size) - 1 : super.read(offset, size);
  }
  override write(offset: number, size: AccessSize, value: number): void {
    if (offset < BRIDGE) super.write(offset, size, value);
  }
}
