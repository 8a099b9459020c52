/** The first thing a driver sees, held against the reference emulator's own devices. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { BytesImage } from "./block/block-backend.js";
import { CopyOnWrite } from "./block/copy-on-write.js";
import { VirtioBlock } from "./block/virtio-block.js";
import { HostFolder } from "./share/host-folder.js";
import { VirtioP9 } from "./share/virtio-p9.js";
import { TestDriver } from "./testing/test-driver.js";
import { VirtioConsole } from "./virtio-console.js";
import type { VirtioDevice } from "./virtio-device.js";
import { VirtioEntropy } from "./virtio-entropy.js";
import { FEATURE, VIRTIO_MMIO } from "./virtio-mmio-registers.js";

const QEMU = "qemu-system-arm";
const missing = spawnSync(QEMU, ["--version"]).status === 0 ? "" : ` (skipped: no ${QEMU})`;

const BASE = 0x0a000000;
const LAST_SLOT = 31;
const folder = mkdtempSync(path.join(tmpdir(), "hyplab-virtio-"));
const image = path.join(folder, "disk.img");
writeFileSync(image, new Uint8Array(4 << 20));

/** Words that the reference reads, of slot `slot` at `offset`; the CPU has not run. */
const reference = (
  version: 1 | 2,
  words: readonly { slot: number; offset: number }[],
): (number | undefined)[] => {
  const global = ["-global", `virtio-mmio.force-legacy=${version === 1 ? "true" : "false"}`];
  const drive = ["-drive", `if=none,id=d,format=raw,file=${image}`];
  const devices = [
    "virtio-blk-device,drive=d",
    "virtio-rng-device",
    "virtio-9p-device,fsdev=f,mount_tag=host",
    "virtio-serial-device",
  ].flatMap((d) => ["-device", d]);
  const share = ["-fsdev", `local,id=f,path=${folder},security_model=none,readonly=on`];
  const { stdout } = spawnSync(
    QEMU,
    // oxfmt-ignore
    ["-M", "virt", "-S", "-nic", "none", "-display", "none", "-monitor", "none",
      "-qmp", "stdio",
      ...global, ...drive, ...share, ...devices],
    {
      encoding: "utf8",
      input: [
        { execute: "qmp_capabilities" },
        ...words.map((w) => ({
          execute: "human-monitor-command",
          arguments: {
            "command-line": `xp /1wx 0x${(BASE + 0x200 * w.slot + w.offset).toString(16)}`,
          },
        })),
        { execute: "quit" },
      ]
        .map((command) => JSON.stringify(command))
        .join("\n"),
      timeout: 60_000,
    },
  );
  const found = new Map(
    [...stdout.matchAll(/"([\da-f]{16}): 0x([\da-f]{8})/g)].map((m) => [
      Number.parseInt(m[1]!, 16),
      Number.parseInt(m[2]!, 16),
    ]),
  );
  return words.map((w) => found.get(BASE + 0x200 * w.slot + w.offset));
};

const OURS: readonly [string, () => VirtioDevice][] = [
  [
    "block",
    () => new VirtioBlock({ disk: new CopyOnWrite(new BytesImage(new Uint8Array(4 << 20))) }),
  ],
  ["entropy", () => new VirtioEntropy(1)],
  ["9p", () => new VirtioP9({ backend: new HostFolder(folder), tag: "host" })],
  ["console", () => new VirtioConsole({ output: { write: () => {} } })],
];
/** Identification, maximum size of queue 0, interrupt status, status. */
const OFFSETS = [0x00, 0x04, 0x08, 0x0c, 0x34, 0x60, 0x70];
const FEATURES = VIRTIO_MMIO.offset("DeviceFeatures");

describe.skipIf(missing !== "")(`as the reference emulator${missing}`, () => {
  it.each([1, 2] as const)("version %i: identification, queues, configuration", (version) => {
    const words = [
      ...[LAST_SLOT, LAST_SLOT - 1, LAST_SLOT - 2, LAST_SLOT - 3, 0].flatMap((slot) =>
        [...OFFSETS, FEATURES].map((offset) => ({ slot, offset })),
      ),
      // Capacity, segments, geometry and block size; length and text of the share's tag.
      ...[0x100, 0x104, 0x10c, 0x110, 0x114].map((offset) => ({ slot: LAST_SLOT, offset })),
      { slot: LAST_SLOT - 2, offset: 0x100 },
    ];
    const theirs = reference(version, words);
    const drivers = [...OURS.map(([, make]) => make()), undefined].map(
      (device) => new TestDriver(device, { version }),
    );
    words.forEach(({ slot, offset }, i) => {
      const { mmio } = drivers[slot === 0 ? drivers.length - 1 : LAST_SLOT - slot]!;
      const ours = mmio.read(offset, 4);
      const what = `slot ${slot}, offset 0x${offset.toString(16)}`;
      // What is offered here is offered there, but for ANY_LAYOUT: no device here looks at layouts.
      if (offset === FEATURES && slot !== 0)
        expect(ours & ~(theirs[i]! | (1 << FEATURE.anyLayout)), what).toBe(0);
      else expect(ours, what).toBe(theirs[i]);
    });
  });
  it("cleans up", () => {
    rmSync(folder, { recursive: true });
  });
});
