/** Registers of virtio-mmio, both versions in one table (virtio 1.1, 4.2.2 and 4.2.4). */
import { registerBlock, ro, rw, wo } from "../register-block.js";

/** "virt", little-endian. */
export const MAGIC = 0x74726976;
/** What the reference answers: "QEMU". */
export const VENDOR = 0x554d4551;

/** Bits of Status (virtio 1.1, 2.1). */
export const STATUS = {
  acknowledge: 1,
  driver: 2,
  driverOk: 4,
  featuresOk: 8,
  needsReset: 64,
  failed: 128,
} as const;

/** Feature bits that belong to rings and transport (virtio 1.1, 6). */
export const FEATURE = {
  anyLayout: 27,
  indirectDescriptors: 28,
  eventIndex: 29,
  version1: 32,
} as const;

const word = (at: number, field: ReturnType<typeof ro>, ref = "4.2.2") => ({
  at,
  fields: { Value: field },
  ref,
});
const LEGACY = "4.2.4";

export const VIRTIO_MMIO = registerBlock(
  "virtio-mmio",
  "virtio 1.1, 4.2",
  {
    MagicValue: word(0x000, ro(0, 32, MAGIC)),
    Version: word(0x004, ro(0, 32)),
    DeviceID: word(0x008, ro(0, 32)),
    VendorID: word(0x00c, ro(0, 32, VENDOR)),
    DeviceFeatures: word(0x010, ro(0, 32)),
    DeviceFeaturesSel: word(0x014, wo(0, 32)),
    DriverFeatures: word(0x020, wo(0, 32)),
    DriverFeaturesSel: word(0x024, wo(0, 32)),
    GuestPageSize: word(0x028, wo(0, 32), LEGACY),
    QueueSel: word(0x030, wo(0, 32)),
    QueueNumMax: word(0x034, ro(0, 32)),
    QueueNum: word(0x038, wo(0, 32)),
    QueueAlign: word(0x03c, wo(0, 32), LEGACY),
    QueuePFN: word(0x040, rw(0, 32), LEGACY),
    QueueReady: word(0x044, rw(0, 32)),
    QueueNotify: word(0x050, wo(0, 32)),
    InterruptStatus: {
      at: 0x060,
      fields: { UsedBuffer: ro(0), Configuration: ro(1) },
      ref: "4.2.2",
    },
    InterruptACK: word(0x064, wo(0, 32)),
    Status: { at: 0x070, fields: { Bits: rw(0, 8) }, ref: "4.2.2" },
    QueueDescLow: word(0x080, wo(0, 32)),
    QueueDescHigh: word(0x084, wo(0, 32)),
    QueueDriverLow: word(0x090, wo(0, 32)),
    QueueDriverHigh: word(0x094, wo(0, 32)),
    QueueDeviceLow: word(0x0a0, wo(0, 32)),
    QueueDeviceHigh: word(0x0a4, wo(0, 32)),
    // No device here has shared memory: a length of -1 says so.
    SHMLen: { at: 0x0b0, count: 2, fields: { Value: ro(0, 32, 0xffffffff) }, ref: "1.2, 4.2.2" },
    ConfigGeneration: word(0x0fc, ro(0, 32)),
    Config: { at: 0x100, window: 0x100, access: [1, 2, 4], ref: "4.2.2" },
  },
  { size: 0x200, access: [4] },
);
