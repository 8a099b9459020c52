import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Terms, valueUnder, type Model } from "./index.js";
import { randomTerm } from "./testing/random-term.js";
import { rebuild } from "./testing/rebuild.js";

describe("the simplifier", () => {
  it("leaves the value of random terms as it is under random models", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7fffffff }), (seed) => {
        const raw = new Terms({ simplify: false });
        const simple = new Terms();
        const { term, model } = randomTerm(raw, seed);
        const smaller = rebuild(term, simple);
        expect(smaller.width).toBe(term.width);
        for (let round = 0; round < 4; round++) {
          const m: Model = model(round);
          expect(valueUnder(smaller, m)).toBe(valueUnder(term, m));
        }
      }),
      { numRuns: 3000 },
    );
  });
});
