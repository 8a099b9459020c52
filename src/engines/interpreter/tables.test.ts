import { expect, test } from "vitest";
import { MODE } from "../../arch/index.js";
import { CPU_WORDS, CODE_WORDS, type Block } from "../../ir/index.js";
import { DECODER, translateBlock } from "../../isa/index.js";
import { predictableWord, randomWords } from "../../isa/testing/encoding-words.js";
import { BlockTable } from "./block-table.js";
import { CodeCache } from "./code-cache.js";
import type { CachedBlock } from "./cached-block.js";
import { ConstantTable } from "./constant-table.js";

const SEED = 31337;
const STATE = { thumb: false, it: 0, bigEndian: false, mode: MODE.svc };

const block = (id: number, pc: number, key = 0, page = pc >>> 12, secondPage = -1): CachedBlock =>
  ({ id, pc, key, page, secondPage, stale: false }) as CachedBlock;

test("blocks are found by page, PC and key until they are removed, however many there are", () => {
  const blocks: CachedBlock[] = [];
  const table = new BlockTable(blocks);
  const add = (...[pc, key, page]: [number, number, number]): void => {
    blocks.push(block(blocks.length, pc | 0, key, page));
    table.add(blocks.at(-1)!);
  };
  for (let n = 0; n < 3000; n++) add(0xc0008000 + n * 4, n % 3, 0x40008 + (n >> 10));
  add(0xc0008000, 0, 0x50000);
  expect(table.find(0x50000, 0xc0008000 | 0, 0)!.id).toBe(3000);
  expect(table.find(0x50001, 0xc0008000 | 0, 0)).toBeUndefined();
  for (let n = 0; n < 3000; n += 2) table.remove(blocks[n]!);
  for (let n = 0; n < 3000; n++) {
    const { page, pc, key } = blocks[n]!;
    expect(table.find(page, pc, key)?.id).toBe(n % 2 === 0 ? undefined : n);
  }
  for (let n = 0; n < 3000; n += 2) add(blocks[n]!.pc, blocks[n]!.key, blocks[n]!.page);
  expect(table.find(blocks[0]!.page, blocks[0]!.pc, 0)!.id).toBe(3001);
});

test("a page's blocks are dropped with it, those that only end in it too", () => {
  const blocks = [block(0, 0x1000), block(1, 0x1ffe, 0, 1, 2), block(2, 0x2000), block(3, 0x3000)];
  const table = new BlockTable(blocks);
  for (const b of blocks) table.add(b);
  blocks[2]!.stale = true;
  const dropped: number[] = [];
  table.dropPage(2, ({ id }) => dropped.push(id));
  expect(dropped).toEqual([1]);
  expect([1, 2, 3].map((page) => table.hasPage(page))).toEqual([true, false, true]);
});

test("a constant has one number, and numbers are given in order", () => {
  const table = new ConstantTable();
  const values = Array.from({ length: 5000 }, (_, n) => Math.imul(n, 0x01010101));
  expect(values.map((value) => table.number(value))).toEqual(values.map((_, n) => n));
  expect(values.map((value) => table.number(value))).toEqual(values.map((_, n) => n));
  table.clear();
  expect(table.number(-1)).toBe(0);
});

test(`a block becomes the same code from the builder's words and from its nodes (seed ${SEED})`, () => {
  const random = randomWords(SEED);
  const pool = DECODER.encodings
    .filter(({ set }) => set === "a32")
    .map((e) => predictableWord(DECODER, e, random))
    .filter((word) => word !== undefined);
  const make = (words: readonly number[]): Block =>
    translateBlock(0x8000, STATE, {
      decoder: DECODER,
      cpu: "cortex-a15",
      policy: "cortex-a15",
      fetch: (at) => ((words[(at - 0x8000) >> 2] ?? 0) >>> (at % 4 === 0 ? 0 : 16)) & 0xffff,
      limit: 6,
    });
  const memory = new WebAssembly.Memory({ initial: (CODE_WORDS * 4) >>> 16 });
  const codeOf = (source: Block): unknown => {
    const region = new Int32Array(CPU_WORDS);
    const cache = new CodeCache(memory, [region]);
    const made = cache.add({ block: source, page: 8, secondPage: -1 }, MODE.svc.encoding);
    const instructions = Array.from({ length: made.length }, (_, n) => [
      cache.instructions.pc(made.first + n),
      cache.instructions.syndrome(made.first + n),
      cache.instructions.size(made.first + n),
      cache.instructions.it(made.first + n),
    ]);
    return [cache.code.slice(0, cache.length), made.calls, instructions];
  };
  for (let n = 0; n < 200; n++) {
    const words = Array.from({ length: 6 }, () => pool[random() % pool.length]!);
    const packed = codeOf(make(words));
    const { pc, nodes, marks } = make(words);
    expect(packed).toEqual(codeOf({ pc, nodes, marks }));
  }
});
