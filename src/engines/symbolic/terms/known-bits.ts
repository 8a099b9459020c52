import { ones, type Term } from "./term.js";

/** Bits of a term's value that are the same under every model. */
export interface KnownBits {
  readonly zeros: bigint;
  readonly ones: bigint;
}

const NOTHING: KnownBits = { zeros: 0n, ones: 0n };

/** Length of the run of known zeros from bit 0 up. */
export const trailingZeros = (zeros: bigint, width: number): number => {
  let n = 0;
  while (n < width && ((zeros >> BigInt(n)) & 1n) === 1n) n++;
  return n;
};

/** Length of the run of known zeros from the top bit down. */
export const leadingZeros = (zeros: bigint, width: number): number => {
  const unknown = ones(width) & ~zeros;
  return unknown === 0n ? width : width - unknown.toString(2).length;
};

/** What is known of a bit vector from what is known of its arguments. */
export const knownBits = (term: Omit<Term, "id">, of: (argument: Term) => KnownBits): KnownBits => {
  const { op, width, args } = term;
  if (width === 0) return NOTHING;
  const all = ones(width);
  const known = (i: number): KnownBits => {
    const arg = args[i];
    return arg === undefined ? NOTHING : of(arg);
  };
  switch (op) {
    case "const":
      return { zeros: all & ~term.value, ones: term.value };
    case "bvnot":
      return { zeros: known(0).ones, ones: known(0).zeros };
    case "bvand": {
      const k = args.map(of);
      return {
        zeros: k.reduce((x, y) => x | y.zeros, 0n),
        ones: k.reduce((x, y) => x & y.ones, all),
      };
    }
    case "bvor": {
      const k = args.map(of);
      return {
        zeros: k.reduce((x, y) => x & y.zeros, all),
        ones: k.reduce((x, y) => x | y.ones, 0n),
      };
    }
    case "bvxor":
      return args.map(of).reduce((x, y) => ({
        zeros: (x.zeros & y.zeros) | (x.ones & y.ones),
        ones: (x.zeros & y.ones) | (x.ones & y.zeros),
      }));
    case "ite":
      return { zeros: known(1).zeros & known(2).zeros, ones: known(1).ones & known(2).ones };
    case "zero_extend":
      return {
        zeros: known(0).zeros | (all & ~ones(width - term.hi)),
        ones: known(0).ones,
      };
    case "sign_extend": {
      const from = width - term.hi;
      const added = all & ~ones(from);
      const sign = 1n << BigInt(from - 1);
      const { zeros, ones: set } = known(0);
      return {
        zeros: (zeros & sign) === 0n ? zeros : zeros | added,
        ones: (set & sign) === 0n ? set : set | added,
      };
    }
    case "extract":
      return {
        zeros: (known(0).zeros >> BigInt(term.lo)) & all,
        ones: (known(0).ones >> BigInt(term.lo)) & all,
      };
    case "concat":
      return args.reduce((high, arg) => {
        const low = of(arg);
        const by = BigInt(arg.width);
        return { zeros: (high.zeros << by) | low.zeros, ones: (high.ones << by) | low.ones };
      }, NOTHING);
    case "bvadd":
    case "bvmul":
      return ofArithmetic(op, width, args.map(of));
    case "bvlshr": {
      const top = leadingZeros(known(0).zeros, width);
      return { zeros: all & ~ones(width - top), ones: 0n };
    }
    default:
      return NOTHING;
  }
};

const ofArithmetic = (
  op: "bvadd" | "bvmul",
  width: number,
  args: readonly KnownBits[],
): KnownBits => {
  const trailing = args.map((k) => trailingZeros(k.zeros, width));
  const leading = args.map((k) => leadingZeros(k.zeros, width));
  const all = ones(width);
  const low =
    op === "bvadd"
      ? Math.min(...trailing)
      : Math.min(
          width,
          trailing.reduce((x, y) => x + y, 0),
        );
  // A value of width-l bits: a sum of n has at most log2(n) more, a product the sum of all lengths.
  const length =
    op === "bvadd"
      ? width - Math.min(...leading) + Math.ceil(Math.log2(args.length))
      : leading.reduce((x, l) => x + width - l, 0);
  const high = length >= width ? 0n : all & ~ones(length);
  return { zeros: ones(low) | high, ones: 0n };
};
