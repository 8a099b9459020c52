import { describe, expect, test } from "vitest";
import { assembleOccupant, OCCUPANTS, OCCUPANTS_WITH_KNOWN_BUGS } from "./index.js";

/** What is A32 alone. */
const A32_ALONE = ["kvm-hardened-lr", "kvm-hardened"];
const ALL = [...OCCUPANTS, ...OCCUPANTS_WITH_KNOWN_BUGS];

test("no two occupants have the same id", () => {
  expect(new Set(ALL.map((o) => o.id)).size).toBe(ALL.length);
});

describe.each(ALL.map((o) => [o.id, o] as const))("%s", (_id, occupant) => {
  test.each(A32_ALONE.includes(occupant.id) ? [false] : [false, true])(
    "assembles, with vectors on a 32-byte boundary (thumb: %s)",
    (thumb) => {
      const { symbols, bytes } = assembleOccupant(occupant, { thumb }, 0x40100000, {
        stub_vectors: 0x40110000,
      });
      expect(symbols.get("vectors")! % 32).toBe(0);
      expect(bytes.length).toBeLessThan(4096);
    },
  );
});
