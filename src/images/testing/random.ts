/** The seed of this run's random tests: HYPLAB_SEED, or a fixed one. */
export const SEED = Number(process.env["HYPLAB_SEED"] ?? 20170109);

/** Says which seed a test used, so that a failure can be had again. */
export const announceSeed = (test: string): void => {
  console.info(`${test}: seed ${SEED} (set HYPLAB_SEED for another)`);
};

/** Seeded numbers: the same seed gives the same sequence everywhere (xorshift32). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0 || 1;
  }

  /** An integer from 0 up to `below` - 1. */
  below(below: number): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return (x >>> 0) % below;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }

  /** Bytes with runs and repeats, as programs have them; compressors find something to do. */
  program(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count;) {
      const kind = this.below(4);
      const length = Math.min(count - at, 1 + this.below(300));
      if (kind === 0 && at > 0) {
        const distance = 1 + this.below(at);
        for (let index = 0; index < length; index++)
          bytes[at + index] = bytes[at + index - distance]!;
      } else if (kind === 1) {
        bytes.fill(this.below(256), at, at + length);
      } else if (kind === 2) {
        // Words that look like BL instructions give the branch filters work.
        for (let index = 0; index < length; index++) {
          bytes[at + index] = (at + index) % 4 === 3 ? 0xeb : this.below(8);
        }
      } else {
        for (let index = 0; index < length; index++) bytes[at + index] = this.below(256);
      }
      at += length;
    }
    return bytes;
  }
}

/** A damaged copy: bits flipped, bytes overwritten, cut short, or a part doubled or left out. */
export const mutate = (bytes: Uint8Array, random: Random): Uint8Array => {
  if (bytes.length === 0) return random.bytes(1 + random.below(64));
  let copy = bytes.slice();
  const times = 1 + random.below(4);
  for (let count = 0; count < times && copy.length > 0; count++) {
    const at = random.below(copy.length);
    const length = 1 + random.below(Math.min(64, copy.length - at));
    switch (random.below(6)) {
      case 0:
        copy[at]! ^= 1 << random.below(8);
        break;
      case 1:
        copy[at] = random.below(256);
        break;
      case 2:
        copy.set(random.bytes(length), at);
        break;
      case 3:
        copy.fill(random.below(2) * 255, at, at + length);
        break;
      case 4:
        copy = copy.slice(0, at);
        break;
      default:
        copy = Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(at + length)]);
    }
  }
  return copy;
};
