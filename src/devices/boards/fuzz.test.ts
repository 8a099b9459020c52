import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Device, DeviceState } from "../../machine/index.js";
import type { AccessSize } from "../register-block.js";
import { FLASH_COMMAND } from "../nor-flash.js";
import { FakeClock, FakeLine, FakeMemory } from "../testing/fakes.js";
import { SeededGenerator } from "../virtio/seeded-generator.js";
import { VIRT } from "./virt-board.js";
import { virtDevices } from "./virt-devices.js";

const ACCESSES = 1_000_000;
/** Of a run that is repeated to see that it is the same. */
const REPEATED = 20_000;
const SEED = Number(process.env["HYPLAB_SEED"] ?? 20170109);
const SIZES: readonly AccessSize[] = [1, 2, 4];
/** Small numbers that mean something to one device or another. */
const TELLING = [0, 1, 2, 3, 8, 0x10, 0x50b, 0xffffffff, ...Object.values(FLASH_COMMAND)];

const board = () => {
  const initiator = { current: 0 };
  const clock = new FakeClock();
  // Throws at an access outside of it.
  const memory = new FakeMemory(VIRT.ramBase, 0x10000);
  const cpus = [0, 1].map(() => ({
    irq: new FakeLine(),
    fiq: new FakeLine(),
    virq: new FakeLine(),
    vfiq: new FakeLine(),
  }));
  const files = new Map([["opt/file", new Uint8Array(1000)]]);
  const devices = virtDevices(
    { clock, memory, initiator, cpus },
    { hyp: true, epoch: 0, kernel: new Uint8Array(70_000), files },
  );
  return { clock, memory, initiator, cpus, devices };
};

/**
 * Random accesses: mostly aligned and inside, at registers more often than elsewhere; the clock moves and
 * the host sends. What a device gives back must be an unsigned number of the access's size.
 */
const drive = (
  device: Device,
  { clock, memory, initiator, devices }: ReturnType<typeof board>,
  accesses: number,
) => {
  const random = new SeededGenerator(SEED);
  const inRam = (): number => VIRT.ramBase + (random.next() % 0x11000);
  const swapped = (value: number): number =>
    new DataView(Uint32Array.of(value).buffer).getUint32(0, false);
  let seen = 0;
  for (let n = 0; n < accesses; n++) {
    const word = random.next();
    const size = SIZES[word % 3]!;
    const span = (word & 0x100) === 0 ? device.size : Math.min(device.size, 0x1000);
    let offset = random.next() % span;
    if ((word & 0xe00) !== 0) offset -= offset % size;
    initiator.current = (word >>> 12) & 1;
    if ((word & 0x2000) === 0) {
      const value = device.read(offset, size);
      if (!(value >= 0 && value < 2 ** (8 * size))) {
        throw new Error(`seed ${SEED}: read of ${offset}, ${size} bytes, gave ${value}`);
      }
      seen ^= value;
    } else {
      const kind = (word >>> 14) & 7;
      const value =
        kind < 3
          ? TELLING[random.next() % TELLING.length]!
          : kind === 3
            ? inRam()
            : kind === 4
              ? swapped(inRam())
              : random.next();
      device.write(offset, size, value);
    }
    if ((word & 0x3f0000) === 0) {
      clock.advance(random.next() % 1_000_000);
      devices.uart.receive(random.bytes(random.next() % 40));
      devices.gpio.input(random.next() % 8, (word & 1) === 0);
      memory.write(VIRT.ramBase + (random.next() % 0xff00), random.bytes(16));
    }
  }
  return seen;
};

/** States hold megabytes: they are compared by their hashes. */
const fingerprint = (state: DeviceState): string => {
  const hash = createHash("sha256");
  const add = (value: DeviceState): void => {
    if (value instanceof Uint8Array) hash.update(value);
    else if (Array.isArray(value)) value.forEach(add);
    else if (typeof value === "object") {
      for (const [name, field] of Object.entries(value)) {
        hash.update(name);
        add(field);
      }
    } else hash.update(JSON.stringify(value));
  };
  add(state);
  return hash.digest("hex");
};

const plain = board();
/** Slots are alike, and the virtio room has a test of its own for what is in them. */
const names = plain.devices.all
  .map((device) => device.name)
  .filter((name) => !/^virtio[1-9]/.test(name));

describe(`a million random accesses (seed ${SEED})`, () => {
  for (const name of names) {
    test(`to ${name} do no harm and are the same each time`, { timeout: 120_000 }, () => {
      const run = (accesses: number) => {
        const one = board();
        const device = one.devices.all.find((d) => d.name === name)!;
        const seen = drive(device, one, accesses);
        const state = device.save();
        device.restore(state);
        expect(fingerprint(device.save())).toBe(fingerprint(state));
        device.reset();
        return [seen, one.clock.now, fingerprint(state)];
      };
      run(ACCESSES);
      expect(run(REPEATED)).toEqual(run(REPEATED));
    });
  }
});
