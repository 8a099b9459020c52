/** Which places of memory a region keeps from block to block. */
import { expect, test } from "vitest";
import { SLOT_NAMES } from "../../arch/index.js";
import { placesOf } from "./places.js";
import { regionOf } from "./testing/region-of.js";

/** The places, and in the order of the blocks whether each group that makes or knows one finds it known. */
const keptIn = (source: string): { kept: string[]; known: string[][]; ends: string[] } => {
  const { blocks, kept } = placesOf(regionOf({ source }).region, true);
  const name = (slot: number, write: boolean): string =>
    `${SLOT_NAMES[slot]!}.${write ? "w" : "r"}`;
  return {
    kept: kept.map(({ slot, write, low, span }) => `${name(slot, write)} ${low} ${span}`),
    known: blocks.map(({ uses }) =>
      [...uses.values()].map(({ place, known }) => `${name(place.slot, place.write)} ${known}`),
    ),
    ends: blocks.flatMap(({ ends }) =>
      [...ends.values()].flatMap((places) => places.map((p) => name(p.slot, p.write))),
    ),
  };
};

test("a place is kept for the blocks behind the one that found it, of all bytes that they reach", () => {
  const { kept, known, ends } = keptIn(
    "ldr r0, [r1, #4]\n cmp r0, #0\n beq other\n ldr r2, [r1, #12]\n b end\nother: ldr r2, [r1]\nend: bx lr",
  );
  expect(kept).toEqual(["R1.r 0 16"]);
  expect(known.flat()).toEqual(["R1.r no", "R1.r yes", "R1.r yes"]);
  expect(ends).toEqual([]);
});
test("in a loop it is known from the second time on", () => {
  const { known } = keptIn("loop: ldr r0, [r1, #4]\n subs r2, r2, r0\n bne loop\n bx lr");
  expect(known.flat()).toEqual(["R1.r perhaps"]);
});
test("it ends where the register is written, and where that depends it may still be known", () => {
  const { kept, known, ends } = keptIn(
    "loop: ldr r0, [r1]\n cmp r0, #3\n ldrlo r1, [r3, #4]\n bne loop\n ldr r2, [r1]\n bx lr",
  );
  expect(kept).toContain("R1.r 0 4");
  expect(known.flat().filter((k) => k.startsWith("R1"))).toEqual(["R1.r perhaps", "R1.r perhaps"]);
  expect(ends).toEqual(["R1.r"]);
});
test("a pointer that walks is not kept", () => {
  expect(keptIn("loop: ldr r0, [r1], #4\n subs r2, r2, r0\n bne loop\n bx lr").kept).toEqual([]);
});
test("it ends where the machine is called, and reads and writes have one each", () => {
  const { kept, known, ends } = keptIn(
    "loop: mrc p15, 0, r5, c13, c0, 3\n ldr r0, [r1]\n cmp r0, r5\n beq next\n str r5, [r1]\nnext: ldr r0, [r1, #4]\n subs r3, r3, r0\n bne loop\n bx lr",
  );
  expect(kept).toEqual(["R1.r 0 8"]);
  expect(known.flat()).toEqual(["R1.r no", "R1.r yes", "R1.r yes"]);
  expect(ends).toEqual(["R1.r"]);
});
test("without the sharing of probes nothing is kept", () => {
  const { region } = regionOf({
    source: "loop: ldr r0, [r1]\n subs r2, r2, r0\n bne loop\n bx lr",
  });
  expect(placesOf(region, false)).toMatchObject({ kept: [], blocks: [{ groups: new Map() }, {}] });
});
