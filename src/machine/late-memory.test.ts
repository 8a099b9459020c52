/** Memory whose contents come when they are first needed. */
import { describe, expect, test } from "vitest";
import { PhysicalMemory } from "./physical-memory.js";

const BASE = 0x40000000;
const PAGE = 4096;
const contents = (): Uint8Array => Uint8Array.from({ length: 2 * PAGE }, (_, i) => 1 + (i % 251));
/** Eight pages, of which the third and fourth come late; how often they were brought. */
const lateMemory = () => {
  const memory = new PhysicalMemory([{ base: BASE, size: 8 * PAGE }], 1);
  let brought = 0;
  memory.writeLater(BASE + 2 * PAGE, 2 * PAGE, () => {
    brought++;
    return contents();
  });
  return { memory, brought: () => brought };
};
const hashes = (memory: PhysicalMemory): number[] => {
  const found: number[] = [];
  memory.hash((a, b) => found.push(a, b));
  return found;
};
const plain = (): PhysicalMemory => {
  const memory = new PhysicalMemory([{ base: BASE, size: 8 * PAGE }], 1);
  memory.write(BASE + 2 * PAGE, contents());
  return memory;
};

describe("late memory", () => {
  const USES: readonly (readonly [string, (memory: PhysicalMemory) => unknown])[] = [
    ["a load's offset", (memory) => memory.offsetOf(BASE + 3 * PAGE)],
    ["a store's offset", (memory) => memory.storeOffsetOf(BASE + 3 * PAGE)],
    ["a read that ends in it", (memory) => memory.read(BASE + PAGE, PAGE + 1)],
    ["a write of a byte", (memory) => memory.write(BASE + 4 * PAGE - 1, contents().slice(-1))],
    ["a word", (memory) => memory.read32(BASE + 2 * PAGE)],
    ["a hash", hashes],
    ["the list of used pages", (memory) => memory.usedPages()],
  ];
  test.each(USES)("%s brings it, once", (_, use) => {
    const { memory, brought } = lateMemory();
    memory.read(BASE, 2 * PAGE);
    memory.offsetOf(BASE + 4 * PAGE);
    expect(brought()).toBe(0);
    use(memory);
    use(memory);
    expect(brought()).toBe(1);
    expect(memory.read(BASE, 8 * PAGE)).toEqual(plain().read(BASE, 8 * PAGE));
    expect(hashes(memory)).toEqual(hashes(plain()));
    expect(memory.usedPages()).toEqual([BASE + 2 * PAGE, BASE + 3 * PAGE]);
  });

  test("a snapshot that is older than its coming restores it", () => {
    const { memory } = lateMemory();
    memory.beginSnapshot();
    memory.write(BASE + 2 * PAGE, Uint8Array.of(0, 0, 0));
    expect(memory.dirtyCount).toBe(1);
    expect(memory.read(BASE + 2 * PAGE + 3, 1)).toEqual(contents().slice(3, 4));
    memory.restore();
    expect(memory.read(BASE, 8 * PAGE)).toEqual(plain().read(BASE, 8 * PAGE));
  });

  test("cleared memory waits for nothing", () => {
    const { memory, brought } = lateMemory();
    memory.clear();
    expect(memory.usedPages()).toEqual([]);
    expect(memory.read32(BASE + 2 * PAGE)).toBe(0);
    expect(brought()).toBe(0);
  });
});
