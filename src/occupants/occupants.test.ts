import { describe, expect, test } from "vitest";
import { assembleOccupant, OCCUPANTS } from "./index.js";

describe.each(OCCUPANTS.map((o) => [o.id, o] as const))("%s", (_id, occupant) => {
  test.each([false, true])("assembles, with vectors on a 32-byte boundary (thumb: %s)", (thumb) => {
    const { symbols, bytes } = assembleOccupant(occupant, { thumb }, 0x40100000, {
      stub_vectors: 0x40110000,
    });
    expect(symbols.get("vectors")! % 32).toBe(0);
    expect(bytes.length).toBeLessThan(4096);
  });
});
