/** Reads device states out of snapshots. A snapshot may come from a file: nothing is believed. */
import { type DeviceState, MachineError } from "../machine/index.js";

const refuse = (what: string, expected: string): never => {
  throw new MachineError(
    "machine/snapshot",
    `${what}: expected ${expected}; the snapshot is of another version or damaged`,
  );
};

/** The fields of a state that is a record. */
export const stateFields = (
  state: DeviceState,
  what: string,
): Readonly<Record<string, DeviceState>> => {
  if (typeof state !== "object" || state instanceof Uint8Array || Array.isArray(state)) {
    return refuse(what, "fields");
  }
  return state as Readonly<Record<string, DeviceState>>;
};
/** A list, of at most `limit` elements. */
export const stateList = (
  state: DeviceState | undefined,
  what: string,
  limit: number,
): readonly DeviceState[] => {
  if (!Array.isArray(state) || state.length > limit) {
    return refuse(what, `a list of at most ${limit}`);
  }
  return state as readonly DeviceState[];
};
/** Bytes, of exactly `length` when it is given. */
export const stateBytes = (
  state: DeviceState | undefined,
  what: string,
  length?: number,
): Uint8Array => {
  if (!(state instanceof Uint8Array) || (length !== undefined && state.length !== length)) {
    return refuse(what, length === undefined ? "bytes" : `${length} bytes`);
  }
  return state;
};
/** A safe integer of `low` to `high`. */
export const stateInteger = (
  state: DeviceState | undefined,
  what: string,
  low = 0,
  high: number = Number.MAX_SAFE_INTEGER,
): number => {
  if (!Number.isSafeInteger(state) || (state as number) < low || (state as number) > high) {
    return refuse(what, `a number of ${low} to ${high}`);
  }
  return state as number;
};
export const stateBoolean = (state: DeviceState | undefined, what: string): boolean =>
  typeof state === "boolean" ? state : refuse(what, "true or false");
export const stateString = (state: DeviceState | undefined, what: string): string =>
  typeof state === "string" ? state : refuse(what, "text");
