import { expect, test } from "vitest";
import { randomWords } from "../../isa/testing/encoding-words.js";
import type { DeviceState } from "../../machine/index.js";
import { AccessList } from "./testing/access-list.js";
import { GicBoard } from "./testing/gic-board.js";

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
