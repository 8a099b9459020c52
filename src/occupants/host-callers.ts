/**
 * The host side as programs: each caller of the contracts puts its registers, issues HVC #0 and does what
 * its kernel does when control comes back. All of it follows from the caller's record.
 */
import { HOST_CALLERS, type CallerValue, type HostCaller } from "../contract/index.js";
import { assemble, type AssembledProgram } from "../isa/index.js";
import type { Build } from "./occupant.js";

/** Addresses that a caller's program names. */
export interface CallerAddresses {
  readonly newVectors: number;
  /** Where to restart; bit 0 set for T32. */
  readonly restartTarget: number;
}

const setRegister = (n: number, value: CallerValue, thumb: boolean): string => {
  const wide = thumb ? ".w" : "";
  switch (value.kind) {
    case "constant":
      return value.value === -1
        ? `mvn${wide} r${n}, #0`
        : `mov${wide} r${n}, #${value.value.toString()}`;
    case "newVectors":
      return `ldr r${n}, =new_vectors`;
    case "restartTarget":
      return `ldr r${n}, =restart_target`;
  }
};
const afterReturn = ({ afterReturn: after }: HostCaller): string => {
  switch (after.kind) {
    case "goes-on":
    case "spins":
      return "back: b back";
    case "branches":
      return `bx r${after.register}`;
    // To an address that was good while the SVC MMU was on.
    case "runs-away":
      return "bx lr";
  }
};

/**
 * Assembles a caller at an address. `onReturn` is put right behind the HVC, for whoever watches. Symbols:
 * `start`, `call` for the HVC, `returned` for what stands behind it.
 */
export const assembleCaller = (
  caller: HostCaller,
  build: Build,
  base: number,
  addresses: CallerAddresses,
  onReturn: string,
): AssembledProgram => {
  const key = JSON.stringify([caller.id, build.thumb, base, addresses, onReturn]);
  let made = assembled.get(key);
  if (made === undefined) {
    made = assembleAnew(caller, build, base, addresses, onReturn);
    assembled.set(key, made);
  }
  return made;
};
/** Programs made so far: a laboratory makes many call sites at the same places. */
const assembled = new Map<string, AssembledProgram>();

const assembleAnew = (
  caller: HostCaller,
  build: Build,
  base: number,
  addresses: CallerAddresses,
  onReturn: string,
): AssembledProgram =>
  assemble(
    [
      build.thumb ? ".thumb" : ".arm",
      "start:",
      ...Object.entries(caller.registers).map(([n, v]) => setRegister(Number(n), v!, build.thumb)),
      "call: hvc #0",
      `returned: ${onReturn}`,
      afterReturn(caller),
    ].join("\n"),
    {
      base,
      thumb: build.thumb,
      symbols: {
        new_vectors: addresses.newVectors,
        restart_target: addresses.restartTarget,
      },
    },
  );

/** The record of a caller, or undefined. */
export const hostCallerNamed = (id: string): HostCaller | undefined =>
  HOST_CALLERS.find((c) => c.id === id);
