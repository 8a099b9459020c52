/**
 * What a machine starts again from after a reset: the images and the boot CPU's registers, as a boot loader would
 * put them there again. RAM beside the images keeps its contents, drives and flash do, and time goes on.
 */
import { z } from "zod";
import type { Virt } from "../../devices/index.js";
import type { BootPiece } from "../../images/index.js";
import type { DeviceState, Machine } from "../../machine/index.js";
import { SavedFileError } from "../saved-file.js";

export interface Restart {
  readonly pieces: readonly Pick<BootPiece, "address" | "bytes">[];
  /** Where the boot CPU begins; bit 0 set: T32. */
  readonly entry: number;
  /** r0, r1 and r2. */
  readonly registers: readonly [number, number, number];
}

/** Puts the pieces into memory and the boot CPU at the entry. */
export const handOver = (virt: Virt, { pieces, entry, registers }: Restart): void => {
  for (const piece of pieces) virt.machine.load(piece.address, piece.bytes);
  virt.start(entry, registers);
};

const CHUNK = 4096;
const address = z.number().int().min(0).max(0xffff_ffff);
const schema = z.strictObject({
  entry: address,
  registers: z.tuple([z.number().int(), z.number().int(), z.number().int()]),
  pieces: z.array(
    z.strictObject({
      address,
      size: address,
      changed: z.array(z.strictObject({ at: address, bytes: z.instanceof(Uint8Array) })),
    }),
  ),
});

/** As a file holds it beside the machine's state: of the images only what the machine's memory has not. */
export const restartState = (machine: Machine, restart: Restart): DeviceState => ({
  entry: restart.entry,
  registers: [...restart.registers],
  pieces: restart.pieces.map((piece) => {
    const changed: { at: number; bytes: Uint8Array }[] = [];
    for (let at = 0; at < piece.bytes.length; at += CHUNK) {
      const bytes = piece.bytes.subarray(at, at + CHUNK);
      const there = machine.memory.read(piece.address + at, bytes.length);
      if (Buffer.compare(bytes, there) !== 0) changed.push({ at, bytes: bytes.slice() });
    }
    return { address: piece.address, size: piece.bytes.length, changed };
  }),
});

/** Reads it back, of a machine that has the state beside it. Throws SavedFileError. */
export const readRestart = (machine: Machine, state: unknown): Restart => {
  const wrong = (what: string): SavedFileError =>
    new SavedFileError(`expected the images of a reset, found other contents; ${what}`);
  const parsed = schema.safeParse(state);
  if (!parsed.success) throw wrong(parsed.error.issues[0]!.message);
  const { entry, registers, pieces } = parsed.data;
  return {
    entry,
    registers,
    pieces: pieces.map((piece) => {
      if (!machine.memory.holds(piece.address, piece.size))
        throw wrong(`an image at ${piece.address}, where there is no memory`);
      const bytes = machine.memory.read(piece.address, piece.size).slice();
      for (const { at, bytes: part } of piece.changed) {
        if (at + part.length > bytes.length) throw wrong("a part behind its image's end");
        bytes.set(part, at);
      }
      return { address: piece.address, bytes };
    }),
  };
};
