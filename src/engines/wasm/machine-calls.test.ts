/** Which accesses the interpreter may do in place of compiled code. */
import { expect, test } from "vitest";
import { regionOf } from "./testing/region-of.js";
import { unrepeatable } from "./machine-calls.js";

/** What accesses of a program's first block are, in their order: whether each may be repeated. */
const repeats = (source: string): boolean[] => {
  const { source: block } = regionOf({ source: `${source}\n bx lr` }).region.blocks[0]!.cached;
  const found = unrepeatable(block);
  return block.nodes.flatMap(({ kind }, i) =>
    kind === "load" || kind === "store" ? [!found.has(i)] : [],
  );
};

test("loads and stores of one word or many begin again as they began", () => {
  expect(repeats("ldr r0, [r0], #4")).toEqual([true]);
  expect(repeats("ldm r0, {r0, r1, r2}")).toEqual([true, true, true]);
  expect(repeats("push {r4, r5, lr}")).toEqual([true, true, true]);
  expect(repeats("swp r0, r1, [r2]")).toEqual([true, true]);
  expect(repeats("ldrls r0, [r1]")).toEqual([true]);
});
test("an instruction that wrote before what it reads does not", () => {
  // It clears the monitor before it stores.
  expect(repeats("strex r0, r1, [r2]")).toEqual([true, false]);
  // The same block's plain accesses do.
  expect(repeats("ldrex r0, [r2]\n strex r3, r1, [r2]\n str r0, [r4]")).toEqual([
    true,
    true,
    false,
    true,
  ]);
});
