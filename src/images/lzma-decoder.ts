/**
 * The LZMA decoder proper: range decoder, probability model and match copying, shared by the `.lzma`
 * format and by LZMA2 inside XZ. Written after the public LZMA specification (LZMA SDK, lzma.txt).
 *
 * The output array is the dictionary: matches are copied inside it, so nothing is copied twice.
 */

/** Why `run` came back. */
export type LzmaStop = "target" | "end-marker" | "input-ended" | "bad-distance";

/** Bytes that must be readable behind the input: the most that one symbol can take, rounded up. */
export const LZMA_INPUT_SLACK = 64;
/** Bytes that `run` may write behind its target: one match of the greatest length, less one. */
export const LZMA_OUTPUT_SLACK = 272;

const POS_STATES_MAX = 16;
const STATES = 12;
/** A length decoder: choice, choice2, low and mid for every position state, high. */
const LENGTH_LOW = 2;
const LENGTH_MID = LENGTH_LOW + POS_STATES_MAX * 8;
const LENGTH_HIGH = LENGTH_MID + POS_STATES_MAX * 8;
const LENGTH_SIZE = LENGTH_HIGH + 256;

// Where each group of probabilities begins.
const IS_MATCH = 0;
const IS_REP = IS_MATCH + STATES * POS_STATES_MAX;
const IS_REP_G0 = IS_REP + STATES;
const IS_REP_G1 = IS_REP_G0 + STATES;
const IS_REP_G2 = IS_REP_G1 + STATES;
const IS_REP0_LONG = IS_REP_G2 + STATES;
const POS_SLOT = IS_REP0_LONG + STATES * POS_STATES_MAX;
const SPECIAL = POS_SLOT + 4 * 64;
const ALIGN = SPECIAL + 128;
const MATCH_LENGTH = ALIGN + 16;
const REP_LENGTH = MATCH_LENGTH + LENGTH_SIZE;
const LITERAL = REP_LENGTH + LENGTH_SIZE;

const HALF = 1024;
const MIN_MATCH = 2;

/** The decoder's state between calls of `run`. */
export class LzmaDecoder {
  private probabilities = new Uint16Array(LITERAL + 0x300);
  private literalContextBits = 0;
  private literalPositionMask = 0;
  private positionMask = 0;
  private state = 0;
  private rep0 = 0;
  private rep1 = 0;
  private rep2 = 0;
  private rep3 = 0;
  private range = -1;
  private code = 0;

  /** Compressed bytes, followed by at least `LZMA_INPUT_SLACK` readable bytes. */
  input: Uint8Array = new Uint8Array(0);
  /** Next byte to read. */
  inputAt = 0;
  /** First byte that is not the decoder's to read. */
  inputEnd = 0;
  /** The unpacked bytes, followed by at least `LZMA_OUTPUT_SLACK` writable bytes. */
  output: Uint8Array = new Uint8Array(0);
  /** Next byte to write. */
  outputAt = 0;
  /** First byte that a match may refer to: where the dictionary was last reset. */
  dictionaryStart = 0;
  /** How far back a match may reach, in bytes. */
  dictionarySize = 0;

  /** Sets lc, lp and pb and puts the model into its initial state. False when they are out of range. */
  reset(lc: number, lp: number, pb: number): boolean {
    if (lc > 8 || lp > 4 || pb > 4) return false;
    const size = LITERAL + (0x300 << (lc + lp));
    if (this.probabilities.length !== size) this.probabilities = new Uint16Array(size);
    this.literalContextBits = lc;
    this.literalPositionMask = (1 << lp) - 1;
    this.positionMask = (1 << pb) - 1;
    this.resetState();
    return true;
  }

  /** Puts the model into its initial state and keeps lc, lp and pb. */
  resetState(): void {
    this.probabilities.fill(HALF);
    this.state = 0;
    this.rep0 = this.rep1 = this.rep2 = this.rep3 = 0;
  }

  /** Reads the five bytes that start a range-coded run. False when they cannot start one. */
  startRange(): boolean {
    if (this.inputEnd - this.inputAt < 5) return false;
    const { input, inputAt } = this;
    this.code =
      (input[inputAt + 1]! << 24) |
      (input[inputAt + 2]! << 16) |
      (input[inputAt + 3]! << 8) |
      input[inputAt + 4]!;
    this.range = -1;
    this.inputAt += 5;
    return input[inputAt] === 0;
  }

  /** True when the range decoder stands where an encoder's flush leaves it. */
  get rangeFinished(): boolean {
    return this.code === 0;
  }

  /**
   * Decodes symbols until `outputAt` reaches or, by the rest of one match, passes `target`.
   *
   * Everything is kept in local variables and each bit is decoded in place: a call for every bit costs
   * three times as much. `range` and `code` are 32-bit patterns in signed numbers, which stay small
   * integers; only comparisons read them as unsigned. The model's offsets are constants of this module for the
   * same reason: imported ones are loaded anew at each use.
   */
  run(target: number): LzmaStop {
    const probs = this.probabilities;
    const input = this.input;
    const inputEnd = this.inputEnd;
    const output = this.output;
    const positionMask = this.positionMask;
    const literalPositionMask = this.literalPositionMask;
    const lc = this.literalContextBits;
    const lcShift = 8 - lc;
    const start = this.dictionaryStart;
    const dictionarySize = this.dictionarySize;
    let inAt = this.inputAt;
    let outAt = this.outputAt;
    let range = this.range;
    let code = this.code;
    let state = this.state;
    let rep0 = this.rep0;
    let rep1 = this.rep1;
    let rep2 = this.rep2;
    let rep3 = this.rep3;
    let stop: LzmaStop = "target";
    let p = 0;
    let at = 0;
    let bound = 0;

    while (outAt < target) {
      if (inAt > inputEnd) {
        stop = "input-ended";
        break;
      }
      const position = outAt - start;
      const posState = position & positionMask;

      at = IS_MATCH + (state << 4) + posState;
      p = probs[at]!;
      bound = Math.imul(range >>> 11, p);
      if (code >>> 0 < bound >>> 0) {
        // A literal.
        range = bound;
        probs[at] = p + ((2048 - p) >>> 5);
        if (range >>> 24 === 0) {
          range <<= 8;
          code = (code << 8) | input[inAt++]!;
        }
        const previous = outAt > start ? output[outAt - 1]! : 0;
        const table =
          LITERAL + 0x300 * (((position & literalPositionMask) << lc) + (previous >>> lcShift));
        let symbol = 1;
        if (state >= 7) {
          let matched = output[outAt - rep0 - 1]!;
          do {
            matched <<= 1;
            const matchBit = matched & 0x100;
            at = table + 0x100 + matchBit + symbol;
            p = probs[at]!;
            bound = Math.imul(range >>> 11, p);
            if (code >>> 0 < bound >>> 0) {
              range = bound;
              probs[at] = p + ((2048 - p) >>> 5);
              symbol <<= 1;
              if (range >>> 24 === 0) {
                range <<= 8;
                code = (code << 8) | input[inAt++]!;
              }
              if (matchBit !== 0) break;
            } else {
              range = (range - bound) | 0;
              code = (code - bound) | 0;
              probs[at] = p - (p >>> 5);
              symbol = (symbol << 1) | 1;
              if (range >>> 24 === 0) {
                range <<= 8;
                code = (code << 8) | input[inAt++]!;
              }
              if (matchBit === 0) break;
            }
          } while (symbol < 0x100);
        }
        while (symbol < 0x100) {
          at = table + symbol;
          p = probs[at]!;
          bound = Math.imul(range >>> 11, p);
          if (code >>> 0 < bound >>> 0) {
            range = bound;
            probs[at] = p + ((2048 - p) >>> 5);
            symbol <<= 1;
          } else {
            range = (range - bound) | 0;
            code = (code - bound) | 0;
            probs[at] = p - (p >>> 5);
            symbol = (symbol << 1) | 1;
          }
          if (range >>> 24 === 0) {
            range <<= 8;
            code = (code << 8) | input[inAt++]!;
          }
        }
        output[outAt++] = symbol;
        state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
        continue;
      }
      range = (range - bound) | 0;
      code = (code - bound) | 0;
      probs[at] = p - (p >>> 5);
      if (range >>> 24 === 0) {
        range <<= 8;
        code = (code << 8) | input[inAt++]!;
      }

      let lengthTable = MATCH_LENGTH;
      at = IS_REP + state;
      p = probs[at]!;
      bound = Math.imul(range >>> 11, p);
      if (code >>> 0 < bound >>> 0) {
        // A match with a distance of its own, which is read after its length.
        range = bound;
        probs[at] = p + ((2048 - p) >>> 5);
        if (range >>> 24 === 0) {
          range <<= 8;
          code = (code << 8) | input[inAt++]!;
        }
        rep3 = rep2;
        rep2 = rep1;
        rep1 = rep0;
        state = state < 7 ? 7 : 10;
      } else {
        // A match at one of the last four distances.
        range = (range - bound) | 0;
        code = (code - bound) | 0;
        probs[at] = p - (p >>> 5);
        if (range >>> 24 === 0) {
          range <<= 8;
          code = (code << 8) | input[inAt++]!;
        }
        if (outAt === start) {
          stop = "bad-distance";
          break;
        }
        at = IS_REP_G0 + state;
        p = probs[at]!;
        bound = Math.imul(range >>> 11, p);
        if (code >>> 0 < bound >>> 0) {
          range = bound;
          probs[at] = p + ((2048 - p) >>> 5);
          if (range >>> 24 === 0) {
            range <<= 8;
            code = (code << 8) | input[inAt++]!;
          }
          at = IS_REP0_LONG + (state << 4) + posState;
          p = probs[at]!;
          bound = Math.imul(range >>> 11, p);
          if (code >>> 0 < bound >>> 0) {
            // One byte at the last distance.
            range = bound;
            probs[at] = p + ((2048 - p) >>> 5);
            if (range >>> 24 === 0) {
              range <<= 8;
              code = (code << 8) | input[inAt++]!;
            }
            output[outAt] = output[outAt - rep0 - 1]!;
            outAt++;
            state = state < 7 ? 9 : 11;
            continue;
          }
          range = (range - bound) | 0;
          code = (code - bound) | 0;
          probs[at] = p - (p >>> 5);
        } else {
          range = (range - bound) | 0;
          code = (code - bound) | 0;
          probs[at] = p - (p >>> 5);
          if (range >>> 24 === 0) {
            range <<= 8;
            code = (code << 8) | input[inAt++]!;
          }
          at = IS_REP_G1 + state;
          p = probs[at]!;
          bound = Math.imul(range >>> 11, p);
          if (code >>> 0 < bound >>> 0) {
            range = bound;
            probs[at] = p + ((2048 - p) >>> 5);
            const distance = rep1;
            rep1 = rep0;
            rep0 = distance;
          } else {
            range = (range - bound) | 0;
            code = (code - bound) | 0;
            probs[at] = p - (p >>> 5);
            if (range >>> 24 === 0) {
              range <<= 8;
              code = (code << 8) | input[inAt++]!;
            }
            at = IS_REP_G2 + state;
            p = probs[at]!;
            bound = Math.imul(range >>> 11, p);
            let distance = rep2;
            if (code >>> 0 < bound >>> 0) {
              range = bound;
              probs[at] = p + ((2048 - p) >>> 5);
            } else {
              range = (range - bound) | 0;
              code = (code - bound) | 0;
              probs[at] = p - (p >>> 5);
              distance = rep3;
              rep3 = rep2;
            }
            rep2 = rep1;
            rep1 = rep0;
            rep0 = distance;
          }
        }
        if (range >>> 24 === 0) {
          range <<= 8;
          code = (code << 8) | input[inAt++]!;
        }
        lengthTable = REP_LENGTH;
        state = state < 7 ? 8 : 11;
      }

      // The length: which of three trees, then the tree.
      let tree = 0;
      let treeSize = 8;
      let length = MIN_MATCH;
      at = lengthTable;
      p = probs[at]!;
      bound = Math.imul(range >>> 11, p);
      if (code >>> 0 < bound >>> 0) {
        range = bound;
        probs[at] = p + ((2048 - p) >>> 5);
        tree = lengthTable + LENGTH_LOW + (posState << 3);
      } else {
        range = (range - bound) | 0;
        code = (code - bound) | 0;
        probs[at] = p - (p >>> 5);
        if (range >>> 24 === 0) {
          range <<= 8;
          code = (code << 8) | input[inAt++]!;
        }
        at = lengthTable + 1;
        p = probs[at]!;
        bound = Math.imul(range >>> 11, p);
        if (code >>> 0 < bound >>> 0) {
          range = bound;
          probs[at] = p + ((2048 - p) >>> 5);
          tree = lengthTable + LENGTH_MID + (posState << 3);
          length = MIN_MATCH + 8;
        } else {
          range = (range - bound) | 0;
          code = (code - bound) | 0;
          probs[at] = p - (p >>> 5);
          tree = lengthTable + LENGTH_HIGH;
          treeSize = 256;
          length = MIN_MATCH + 16;
        }
      }
      if (range >>> 24 === 0) {
        range <<= 8;
        code = (code << 8) | input[inAt++]!;
      }
      let node = 1;
      do {
        at = tree + node;
        p = probs[at]!;
        bound = Math.imul(range >>> 11, p);
        if (code >>> 0 < bound >>> 0) {
          range = bound;
          probs[at] = p + ((2048 - p) >>> 5);
          node <<= 1;
        } else {
          range = (range - bound) | 0;
          code = (code - bound) | 0;
          probs[at] = p - (p >>> 5);
          node = (node << 1) | 1;
        }
        if (range >>> 24 === 0) {
          range <<= 8;
          code = (code << 8) | input[inAt++]!;
        }
      } while (node < treeSize);
      length += node - treeSize;

      if (lengthTable === MATCH_LENGTH) {
        const lengthState = length - MIN_MATCH < 4 ? length - MIN_MATCH : 3;
        tree = POS_SLOT + (lengthState << 6);
        node = 1;
        do {
          at = tree + node;
          p = probs[at]!;
          bound = Math.imul(range >>> 11, p);
          if (code >>> 0 < bound >>> 0) {
            range = bound;
            probs[at] = p + ((2048 - p) >>> 5);
            node <<= 1;
          } else {
            range = (range - bound) | 0;
            code = (code - bound) | 0;
            probs[at] = p - (p >>> 5);
            node = (node << 1) | 1;
          }
          if (range >>> 24 === 0) {
            range <<= 8;
            code = (code << 8) | input[inAt++]!;
          }
        } while (node < 64);
        const slot = node - 64;
        rep0 = slot;
        if (slot >= 4) {
          let bits = (slot >>> 1) - 1;
          rep0 = 2 | (slot & 1);
          if (slot < 14) {
            rep0 <<= bits;
            tree = SPECIAL + rep0 - slot - 1;
          } else {
            // The middle bits are equally likely and not modelled.
            bits -= 4;
            do {
              range >>>= 1;
              if (code >>> 0 >= range) {
                code = (code - range) | 0;
                rep0 = (rep0 << 1) | 1;
              } else {
                rep0 <<= 1;
              }
              if (range >>> 24 === 0) {
                range <<= 8;
                code = (code << 8) | input[inAt++]!;
              }
            } while (--bits > 0);
            rep0 <<= 4;
            bits = 4;
            tree = ALIGN;
          }
          node = 1;
          for (let bit = 0; bit < bits; bit++) {
            at = tree + node;
            p = probs[at]!;
            bound = Math.imul(range >>> 11, p);
            if (code >>> 0 < bound >>> 0) {
              range = bound;
              probs[at] = p + ((2048 - p) >>> 5);
              node <<= 1;
            } else {
              range = (range - bound) | 0;
              code = (code - bound) | 0;
              probs[at] = p - (p >>> 5);
              node = (node << 1) | 1;
              rep0 += 1 << bit;
            }
            if (range >>> 24 === 0) {
              range <<= 8;
              code = (code << 8) | input[inAt++]!;
            }
          }
          if (rep0 === -1) {
            stop = "end-marker";
            break;
          }
        }
      }

      // A negative rep0 is a distance of 2^31 or more.
      if (rep0 < 0 || rep0 >= outAt - start || rep0 >= dictionarySize) {
        stop = "bad-distance";
        break;
      }
      let from = outAt - rep0 - 1;
      const end = outAt + length;
      do {
        output[outAt++] = output[from++]!;
      } while (outAt < end);
    }

    this.inputAt = inAt;
    this.outputAt = outAt;
    this.range = range;
    this.code = code;
    this.state = state;
    this.rep0 = rep0;
    this.rep1 = rep1;
    this.rep2 = rep2;
    this.rep3 = rep3;
    return inAt > inputEnd ? "input-ended" : stop;
  }
}
