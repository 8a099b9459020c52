/** The instruction words of all occupants, for tests. */
import {
  assembleOccupant,
  OCCUPANTS,
  OCCUPANTS_WITH_KNOWN_BUGS,
} from "../../../occupants/index.js";

export interface Word {
  readonly thumb: boolean;
  readonly word: number;
  readonly size: 2 | 4;
}
/** The instructions of all occupants, each word once; literals among the code count as well. */
export const occurringWords = (): Word[] => {
  const out = new Map<string, Word>();
  for (const occupant of [...OCCUPANTS, ...OCCUPANTS_WITH_KNOWN_BUGS]) {
    for (const thumb of [false, true]) {
      if (thumb && occupant.id.startsWith("kvm-hardened")) continue;
      const symbols = occupant.resetsTo === undefined ? {} : { stub_vectors: 0x40110000 };
      const { bytes } = assembleOccupant(occupant, { thumb }, 0x40100000, symbols);
      const half = (at: number): number => bytes[at]! | (bytes[at + 1]! << 8);
      for (let at = 0; at + 4 <= bytes.length;) {
        const wide = !thumb || half(at) >= 0xe800;
        const word = thumb
          ? wide
            ? ((half(at) << 16) | half(at + 2)) >>> 0
            : half(at)
          : ((half(at + 2) << 16) | half(at)) >>> 0;
        out.set(`${thumb} ${word}`, { thumb, word, size: wide ? 4 : 2 });
        at += wide ? 4 : 2;
      }
    }
  }
  return [...out.values()];
};
