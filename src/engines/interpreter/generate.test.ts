import { expect, test } from "vitest";
import { CONTROL, CPU_WORDS, REGIONS_OFFSET } from "../../ir/index.js";
import { disassembleFunction } from "../wasm/testing/disassemble.js";
import { makeRunFunction, runModuleBytes, type Running } from "./generate.js";
import { MICRO, MICRO_COUNT } from "./micro-ops.js";
import { EXIT } from "./run-function-code.js";

const scratch = (): { memory: WebAssembly.Memory; code: Int32Array; region: Int32Array } => {
  const pages = (REGIONS_OFFSET + CPU_WORDS * 4) / 65536;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  return {
    memory,
    code: new Int32Array(memory.buffer),
    region: new Int32Array(memory.buffer, REGIONS_OFFSET, CPU_WORDS),
  };
};
/** No code of these tests calls the machine. */
const nobody: Running = {
  get host(): never {
    throw new Error("the machine was called");
  },
  get region(): never {
    throw new Error("the machine was called");
  },
};
const run = (words: readonly number[], budget: number) => {
  const { memory, code, region } = scratch();
  code.set(words, 1);
  region[CONTROL.budget] = budget;
  const none = { call: () => undefined, leftWithin: () => undefined };
  const exit = makeRunFunction(memory, undefined, nobody, none)(REGIONS_OFFSET, 1, 0);
  return { exit, region };
};

test("the run function is valid, reads back as text and branches to a case for every micro-op", () => {
  const bytes = runModuleBytes();
  expect(WebAssembly.validate(bytes)).toBe(true);
  const lines = disassembleFunction(bytes, 0, {
    local: (n) => `$${n}`,
    offset: (address, offset) => `${address}+${offset}`,
    argument: () => undefined,
  });
  const table = lines.find((line) => line.includes("br_table"))!;
  expect(new Set(table.match(/\$?\w+/g)).size).toBeGreaterThan(MICRO_COUNT);
});
test("a word that is no micro-op leaves by name, at its offset", () => {
  for (const word of [MICRO_COUNT, -1, 0x7fff_ffff]) {
    const { exit, region } = run([MICRO.HEAD, 1, 7, 0, 0, word], 10);
    expect(exit).toBe(EXIT.unknown);
    expect(region[CONTROL.at]).toBe(6);
    expect(region[CONTROL.block]).toBe(7);
  }
});
test("a block is charged to the budget, or not begun where it does not cover the block", () => {
  const words = [MICRO.HEAD, 3, 7, 0, 0, MICRO.EXIT, 2];
  const enough = run(words, 3);
  expect(enough.exit).toBe(EXIT.exit);
  expect(enough.region[CONTROL.budget]).toBe(0);
  expect(enough.region[CONTROL.index]).toBe(2);
  const short = run(words, 2);
  expect(short.exit).toBe(EXIT.budget);
  expect(short.region[CONTROL.budget]).toBe(2);
});
