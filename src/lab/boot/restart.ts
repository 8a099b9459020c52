/**
 * What a machine starts again from after a reset: the images and the boot CPU's registers, as a boot loader would
 * put them there again. RAM beside the images keeps its contents, drives and flash do, and time goes on.
 */
import { z } from "zod";
import { MOST_MEMORY, type Virt } from "../../devices/index.js";
import type { BootPiece } from "../../images/index.js";
import type { DeviceState, Machine, savedPages } from "../../machine/index.js";
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
/** Bytes of chunks that lie behind one another and are kept as one. */
const MOST = 64 * CHUNK;
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
      if (Buffer.compare(bytes, there) === 0) continue;
      const last = changed.at(-1);
      if (last !== undefined && last.at + last.bytes.length === at && last.bytes.length < MOST)
        last.bytes = piece.bytes.subarray(last.at, at + bytes.length);
      else changed.push({ at, bytes });
    }
    return { address: piece.address, size: piece.bytes.length, changed };
  }),
});

/** Reads it back, beside the saved machine's pages, which have the rest of the images. Throws SavedFileError. */
export const readRestart = (state: unknown, pages: ReturnType<typeof savedPages>): Restart => {
  const wrong = (what: string): SavedFileError =>
    new SavedFileError(`expected the images of a reset, found other contents; ${what}`);
  const parsed = schema.safeParse(state);
  if (!parsed.success) throw wrong(parsed.error.issues[0]!.message);
  const { entry, registers, pieces } = parsed.data;
  return {
    entry,
    registers,
    pieces: pieces.map((piece) => {
      if (piece.size > MOST_MEMORY) throw wrong(`an image of ${piece.size} bytes`);
      const bytes = new Uint8Array(piece.size);
      for (const page of pages) {
        const from = Math.max(page.address, piece.address);
        const to = Math.min(page.address + page.size, piece.address + piece.size);
        if (from < to)
          bytes.set(
            page.bytes().subarray(from - page.address, to - page.address),
            from - piece.address,
          );
      }
      for (const { at, bytes: part } of piece.changed) {
        if (at + part.length > bytes.length) throw wrong("a part behind its image's end");
        bytes.set(part, at);
      }
      return { address: piece.address, bytes };
    }),
  };
};
