/** Snapshots whose hash is right and whose contents are not: whoever can write a file can make one. */
import { expect, test } from "vitest";
import { ImageError, loadImageBytes } from "../../images/index.js";
import { assemble } from "../../isa/index.js";
import { MachineError, type DeviceState } from "../../machine/index.js";
import { SavedFile, SavedFileError, writeSaved, type SavedContents } from "../saved-file.js";
import {
  readSnapshot,
  startImage,
  virtOptionsOf,
  writeSnapshot,
  type MachineSetup,
} from "./index.js";

const SETUP: MachineSetup = {
  board: "virt",
  cpus: 2,
  memory: 1 << 20,
  model: "cortex-a15",
  hyp: true,
  devices: [{ kind: "net" }],
};
const snapshot = (): SavedContents => {
  const program = assemble("loop:\n  add r4, r4, #1\n  b loop\n", {
    base: 0x40010000,
    thumb: false,
  });
  const { session } = startImage(virtOptionsOf(SETUP), {
    image: loadImageBytes(program.bytes, "program", { acceptRaw: true }),
  });
  session.run(1000);
  return new SavedFile("SNAP", writeSnapshot(SETUP, session)).readAll();
};

/** A field's or item's name on the way to a value. */
type Place = readonly string[];
const isBranch = (state: DeviceState): state is Record<string, DeviceState> =>
  typeof state === "object" && !(state instanceof Uint8Array);
const placesIn = (state: DeviceState, at: Place = []): Place[] =>
  isBranch(state)
    ? Object.keys(state).flatMap((name) => [
        [...at, name],
        ...placesIn(state[name]!, [...at, name]),
      ])
    : [];
/** A copy with another value at a place, or without it. */
const changed = (
  state: DeviceState,
  [name, ...rest]: Place,
  value: DeviceState | undefined,
): DeviceState => {
  if (!isBranch(state) || name === undefined) return state;
  const inner = rest.length === 0 ? value : changed(state[name]!, rest, value);
  if (Array.isArray(state)) {
    const items: readonly DeviceState[] = state;
    return inner === undefined ? items.toSpliced(Number(name), 1) : items.with(Number(name), inner);
  }
  const { [name]: _, ...others } = state;
  return inner === undefined ? others : { ...others, [name]: inner };
};

const VALUES: readonly (DeviceState | undefined)[] = [
  undefined,
  -1,
  Number.NaN,
  1e300,
  2 ** 32,
  "x",
  true,
  [],
  {},
  new Uint8Array(3),
];

test("any one value of a snapshot replaced by another kind of value is refused, or does no harm", () => {
  const state = snapshot();
  // What is under a name is a list in every file.
  const places = placesIn(state).filter((place) => place.length > 1);
  expect(places.length).toBeGreaterThan(200);
  let refused = 0;
  // Two of the values at each place, all of them over the places.
  for (const [n, place] of places.entries()) {
    for (const value of [VALUES[n % VALUES.length], VALUES[(n + 5) % VALUES.length]]) {
      const file = writeSaved("SNAP", changed(state, place, value) as SavedContents);
      try {
        const { session } = readSnapshot(file);
        session.run(500);
        session.machine.stateHash();
      } catch (error) {
        const typed =
          error instanceof SavedFileError ||
          error instanceof ImageError ||
          error instanceof MachineError;
        expect(typed, `${place.join(".")} := ${JSON.stringify(value)}: ${String(error)}`).toBe(
          true,
        );
        refused++;
      }
    }
  }
  expect(refused).toBeGreaterThan(places.length);
});
