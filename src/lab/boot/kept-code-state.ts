/** Translated code in a snapshot: what the program that made it takes up, and all others leave alone. */
import type { DeviceState, KeptCode } from "../../machine/index.js";
import { SavedFileError, type SavedContents, type SavedFile } from "../saved-file.js";

/** Name of the pages' code, a value each; of the program, the constants and the pages' numbers. */
export const CODE = "code";
const INDEX = "codeIndex";

/** What a snapshot holds of the code that a program kept. */
export const codeState = (program: string, kept: KeptCode): SavedContents => ({
  [INDEX]: [{ program, constants: bytesOf(kept.constants), pages: bytesOf(kept.pages) }],
  [CODE]: kept.pages.map((_, n) => kept.blocks(n)),
});

/** The code in a snapshot that this very program kept; undefined where there is none. */
export const codeIn = (saved: SavedFile, program: string): KeptCode | undefined => {
  if (saved.count(INDEX) === 0) return undefined;
  const index = saved.read(INDEX) as Readonly<Record<string, DeviceState>>;
  if (index["program"] !== program) return undefined;
  return {
    constants: wordsOf(index["constants"]),
    pages: [...wordsOf(index["pages"])],
    blocks: (n) => bytesIn(saved.read(CODE, n)),
  };
};

/** Words, little-endian. */
const bytesOf = (words: Int32Array | readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, n) => view.setInt32(n * 4, word, true));
  return bytes;
};
const wordsOf = (state: DeviceState | undefined): Int32Array => {
  const bytes = bytesIn(state);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = new Int32Array(bytes.length >> 2);
  for (let n = 0; n < words.length; n++) words[n] = view.getInt32(n * 4, true);
  return words;
};
const bytesIn = (state: DeviceState | undefined): Uint8Array => {
  if (state instanceof Uint8Array) return state;
  throw new SavedFileError("expected a snapshot's code, found other contents");
};
