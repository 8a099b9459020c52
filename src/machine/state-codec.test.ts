import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DeviceState } from "./bus.js";
import { MachineError } from "./errors.js";
import { decodeState, encodeState } from "./state-codec.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 20170109);

const { state } = fc.letrec<{ state: DeviceState }>((tie) => ({
  state: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.boolean(),
    fc.double({ noNaN: true }),
    fc.integer(),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array(),
    fc.array(tie("state"), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie("state"), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

describe("states as bytes", () => {
  test("what is encoded is decoded the same", () => {
    console.log(`state codec: seed ${SEED} (set HYPLAB_SEED for another)`);
    fc.assert(
      fc.property(state, (value) => {
        expect(decodeState(encodeState(value))).toEqual(value);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test("the order in which fields were made does not show", () => {
    const one = encodeState({ a: 1, b: [true, "x"] });
    const other = encodeState({ b: [true, "x"], a: 1 });
    expect(Buffer.compare(one, other)).toBe(0);
  });

  test("damaged bytes end in a typed error or in another state, never otherwise", () => {
    const whole = encodeState({ name: "pl011", fifo: Uint8Array.of(1, 2, 3), lines: [true, 7] });
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeState(whole.subarray(0, length))).toThrow(MachineError);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const bytes = whole.slice();
        bytes[at] = byte;
        try {
          decodeState(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MachineError);
        }
      }),
      { seed: SEED, numRuns: 2000 },
    );
    const deep = new Uint8Array(5 * 1000);
    for (let at = 0; at < deep.length; at += 5) deep.set([5, 1, 0, 0, 0], at);
    expect(() => decodeState(deep)).toThrow(MachineError);
  });
});
