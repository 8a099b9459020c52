/** Which flags are worked out on the way out of a region alone. */
import { expect, test } from "vitest";
import { SLOT } from "../../arch/index.js";
import { homesOf, lazyOpsOf, livenessOf } from "./liveness.js";
import { regionOf } from "./testing/region-of.js";

/** Per flags node of the region that lives, in the order of its blocks: whether it is lazy. */
const lazyOf = (source: string): boolean[] => {
  const { region } = regionOf({ source });
  const { blocks } = livenessOf(region, homesOf(region), true);
  return region.blocks.flatMap((block, b) =>
    block.source.nodes.flatMap((node, i) =>
      node.kind === "flags" && blocks[b]!.live[i] === 1 ? [blocks[b]!.lazy[i] === 1] : [],
    ),
  );
};

test("flags that only exits of the region read are lazy", () => {
  expect(lazyOf("loop: subs r0, r0, #1\n bne loop\n bx lr")).toEqual([true]);
  expect(lazyOf("loop: ands r0, r1, r2\n ldr r3, [r0]\n cmn r3, #1\n bne loop\n bx lr")).toEqual([
    true,
    true,
  ]);
});
test("flags that another block of the region reads are put where flags are", () => {
  expect(
    lazyOf("loop: cmp r0, #1\n bne over\n add r2, r2, #1\nover: addhi r1, r1, #1\n b loop"),
  ).toEqual([false]);
});
test("what writes some of the flags by itself wants the others where flags are", () => {
  expect(lazyOf("loop: cmp r0, #1\n ldr r1, [r2]\n vmrs apsr_nzcv, fpscr\n b loop")[0]).toBe(false);
  expect(lazyOf("loop: cmp r0, #1\n ldr r1, [r2]\n lsrs r3, r1, #3\n b loop")).toEqual([
    false,
    false,
  ]);
});
test("a sum with carry and flags that nobody reads are not lazy", () => {
  expect(lazyOf("loop: adcs r0, r0, r1\n bne loop\n bx lr")).toEqual([false]);
  const { region } = regionOf({ source: "loop: cmp r0, #1\n cmp r0, #2\n bne loop\n bx lr" });
  const homes = homesOf(region);
  const known = livenessOf(region, homes, true);
  expect([...lazyOpsOf(region, known)]).toEqual(["flagsSub"]);
  expect(known.blocks[0]!.lazy.reduce((n, l) => n + l, 0)).toBe(1);
  expect(homes.bitOf.has(SLOT.N)).toBe(true);
});
test("without the rule of dead flags none are lazy", () => {
  const { region } = regionOf({ source: "loop: subs r0, r0, #1\n bne loop\n bx lr" });
  expect(lazyOpsOf(region, livenessOf(region, homesOf(region), false)).size).toBe(0);
});
