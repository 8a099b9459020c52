import { expect, test } from "vitest";
import { randomWords } from "../../isa/testing/encoding-words.js";
import type { DeviceState } from "../../machine/index.js";
import { AccessList } from "./testing/access-list.js";
import type { RegisterView } from "../register-device.js";
import { GICC, GICD, GICH, GicBoard } from "./testing/gic-board.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 20_260_102);
const SIZES = [1, 2, 4] as const;

const saved = (board: GicBoard): DeviceState[] => board.gic.devices.map((d) => d.save());
const lines = (board: GicBoard): boolean[] =>
  board.cpus.flatMap((c) => [c.irq.level, c.fiq.level, c.virq.level, c.vfiq.level]);

/** One random access to any frame, aligned or not, by any CPU; or an input changes. */
const poke = (board: GicBoard, word: () => number): void => {
  const { gic, cpus, initiator, bus } = board;
  initiator.current = word() % cpus.length;
  const kind = word() % 16;
  if (kind === 0) gic.spi(word() % 256).set(word() % 2 === 0);
  else if (kind === 1) gic.ppi(word() % cpus.length, word() % 16).set(word() % 2 === 0);
  else {
    const device = gic.devices[word() % gic.devices.length]!;
    const size = SIZES[word() % 3]!;
    const offset = word() % device.size;
    if (bus.find(device.base + offset) !== device) throw new Error(`${device.name}: not found`);
    if (kind < 9) {
      const value = device.read(offset, size);
      if (!(value >= 0 && value < 2 ** (8 * size))) throw new Error(`${device.name}: ${value}`);
    } else device.write(offset, size, kind < 12 ? word() : 1 << (word() & 31));
  }
};

test(`a million random accesses do no harm, seed ${SEED}`, () => {
  const word = randomWords(SEED);
  for (const cpus of [1, 2, 3, 8]) {
    const board = new GicBoard(cpus);
    for (let n = 0; n < 250_000; n++) poke(board, word);
    for (const { irq, fiq, virq, vfiq } of board.cpus) {
      expect(irq.level && fiq.level).toBe(false);
      expect(virq.level && vfiq.level).toBe(false);
    }
    board.gic.devices.forEach((d) => d.reset());
    expect(lines(board)).not.toContain(true);
  }
});

test(`what is saved and restored goes on as the original, seed ${SEED}`, () => {
  for (const cpus of [1, 4]) {
    const word = randomWords(SEED + cpus);
    const board = new GicBoard(cpus);
    const list = new AccessList(board, cpus, word);
    for (let turn = 0; turn < 20; turn++) {
      for (let n = 0; n < 500; n++) board.perform(list.next());
      for (let n = 0; n < 20; n++) board.gic.spi(word() % 256).set(word() % 2 === 0);
      const copy = new GicBoard(cpus);
      for (let n = 0; n < 100; n++) poke(copy, word);
      const states = structuredClone(saved(board));
      copy.gic.devices.forEach((d, n) => d.restore(states[n]!));
      expect(saved(copy)).toEqual(states);
      expect(lines(copy)).toEqual(lines(board));
      for (let n = 0; n < 500; n++) {
        const access = list.next();
        expect(copy.perform(access)).toBe(board.perform(access));
      }
      expect(saved(copy)).toEqual(saved(board));
    }
  }
});

test("a damaged snapshot is refused", () => {
  const board = new GicBoard();
  for (const device of board.gic.devices) {
    for (const state of [7, new Uint8Array(3), { registers: new Uint8Array(8) }])
      expect(() => device.restore(state)).toThrow(/snapshot|damaged/);
  }
});

test("requests are driven only when they change", () => {
  const board = new GicBoard();
  let driven = 0;
  const { irq } = board.cpus[0]!;
  const set = irq.set.bind(irq);
  irq.set = (level) => {
    driven++;
    set(level);
  };
  for (const id of [0x104, 0x204, 0x404, 0x84]) board.write(0x0800_0000 + id, 0xffff_ffff);
  expect(driven).toBe(0);
});

test("a debugger sees computed registers of every CPU, and acknowledges nothing", () => {
  const board = new GicBoard(2);
  board.initiator.current = 1;
  board.write(GICD, 1);
  board.write(GICC, 1);
  board.write(GICC + 4, 0xff);
  board.write(GICD + 0xf00, 0x0202_0003);
  board.write(GICH, 0b1001);
  const before = saved(board);
  board.initiator.current = 0;
  const { distributor, physical, interfaceControl } = board.gic;
  const shown = (view: readonly RegisterView[], name: string): number =>
    view.find((v) => v.name === name && v.cpu === 1 && v.index === 0)!.value;
  expect(shown(distributor.view(), "ISPENDR")).toBe((1 << 25) | (1 << 3));
  expect(shown(physical.view(), "HPPIR")).toBe(3 | (1 << 10));
  expect(shown(interfaceControl!.view(), "MISR")).toBe(8);
  expect(shown(interfaceControl!.view(), "VMCR")).toBe(0x004c_0000);
  expect(saved(board)).toEqual(before);
});
