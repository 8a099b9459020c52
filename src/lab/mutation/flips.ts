/** Every single-bit flip of an occupant's code, tried with cases. */
import type { CallSite } from "../call-site.js";
import { firstViolation, type Found, type Questionnaire } from "./first-violation.js";

/** One bit of code turned. */
export interface Flip {
  /** Address of the byte. */
  readonly address: number;
  /** Bit of the byte, 0 to 7. */
  readonly bit: number;
}
/** All flips of some bytes at an address, in order. */
export const flipsOf = (address: number, bytes: Uint8Array): Flip[] =>
  [...bytes].flatMap((_, i) =>
    Array.from({ length: 8 }, (_unused, bit) => ({ address: address + i, bit })),
  );

/** Does something with the bit turned at a site, and turns it back. */
export const withFlip = <T>(site: CallSite, flip: Flip, body: () => T): T => {
  turn(site, flip);
  try {
    return body();
  } finally {
    turn(site, flip);
  }
};
/** Turns the bit at a site; the snapshot that calls start from has it then. */
export const turn = (site: CallSite, { address, bit }: Flip): void => {
  const { machine } = site;
  machine.restore();
  const [byte = 0] = machine.memory.read(address, 1);
  machine.load(address, Uint8Array.of(byte ^ (1 << bit)));
  machine.snapshot();
};

/** A clause that the flip breaks with the case, or undefined where cases show no difference. */
export const killedByCases = (
  site: CallSite,
  asked: Questionnaire,
  flip: Flip,
): Found | undefined => withFlip(site, flip, () => firstViolation(asked, site));
