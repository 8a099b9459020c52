import { alignUp, u16, u32 } from "./little-endian.js";

/** One name of the kernel's own symbol table. */
export interface KernelSymbol {
  readonly name: string;
  /** Virtual address. */
  readonly address: number;
  /** The letter that `nm` would print: T, t, D, b, ... */
  readonly type: string;
}

/** Names for addresses. */
export interface KernelSymbols {
  /** All symbols, by ascending address. */
  readonly all: readonly KernelSymbol[];
  /** The address of the first symbol called `name`. */
  address(name: string): number | undefined;
  /** The last symbol at or before `va` and the distance from it; undefined before the first symbol. */
  nearest(va: number): { readonly name: string; readonly offset: number } | undefined;
  /** How the tables were laid out, for reports. */
  readonly layout: KallsymsLayout;
}

/** Where each table lies in the image, in bytes from its start. */
export interface KallsymsLayout {
  readonly count: number;
  readonly names: number;
  readonly markers: number;
  readonly tokenTable: number;
  readonly tokenIndex: number;
  /** `relative`: 32-bit offsets from a base address; `absolute`: one address each. */
  readonly addressing: "relative" | "absolute";
  readonly addresses: number;
}

/** What `readKallsyms` returns: names, or why there are none. */
export type Kallsyms =
  | { readonly symbols: KernelSymbols; readonly reason?: undefined }
  | { readonly symbols: undefined; readonly reason: string };

/** Tables begin at multiples of one of these; `.align 4` meant 16 on ARM until it became `.balign`. */
const ALIGNMENTS = [4, 16, 8] as const;
const TOKENS = 256;
/** A marker is written for every 256th name. */
const PER_MARKER = 256;
const MAX_SYMBOLS = 2_000_000;
/** Fewer names than this are not a kernel's. */
const MIN_SYMBOLS = 64;

/**
 * Finds the kernel's own symbol table (CONFIG_KALLSYMS) in a raw 32-bit ARM Image, by the structure of
 * its tables alone: the index of 256 tokens and the tokens before it, the markers and the names that
 * they point into, then the addresses. Known layouts: addresses before the names (until 6.4; offsets
 * from a base, or plain addresses), with and without the sequence table of 6.2, and addresses after
 * the tokens (since 6.5). Never throws: without the table there is a reason instead.
 */
export const readKallsyms = (image: Uint8Array): Kallsyms => {
  let reason = "no table of 256 name tokens was found (built without CONFIG_KALLSYMS?)";
  const work: Work = { left: WORK };
  for (const tokens of findTokens(image)) {
    const found = findNames(image, tokens, work);
    if (work.left < 0) return { symbols: undefined, reason: "the search for names took too long" };
    if (found === undefined) {
      reason = "a token table was found, but no names in front of it";
      continue;
    }
    const addresses = findAddresses(image, tokens, found);
    if (addresses === undefined) {
      reason = `${found.count} names were found, but no ascending addresses for them`;
      continue;
    }
    return { symbols: new SymbolTable(image, tokens, found, addresses) };
  }
  return { symbols: undefined, reason };
};

/** Steps that a search may take. A real image needs some ten thousand; a crafted one could want billions. */
const WORK = 20_000_000;
interface Work {
  left: number;
}

interface Tokens {
  readonly table: number;
  readonly index: number;
  readonly alignment: number;
}

interface Names {
  readonly count: number;
  readonly countAt: number;
  readonly names: number;
  readonly markers: number;
  readonly alignment: number;
}

interface Addresses {
  readonly at: number;
  readonly base: number | undefined;
}

/**
 * The next place from `at` on where a token index may begin: the first token begins at 0, the second one behind it.
 * -1 when there is none. Not in the generator, which V8 does not compile while it loops.
 */
const mayBeIndex = (view: DataView, at: number): number => {
  const end = view.byteLength - TOKENS * 2;
  for (; at <= end; at += 4) {
    const first = view.getInt32(at, true);
    if ((first & 0xff00ffff) === 0 && first !== 0) return at;
  }
  return -1;
};

/** Every place that holds 256 ascending halfwords which fit 256 strings that end right before it. */
function* findTokens(image: Uint8Array): Generator<Tokens> {
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  for (let at = mayBeIndex(view, 4); at >= 0; at = mayBeIndex(view, at + 4)) {
    let previous = 0;
    let token = 1;
    for (; token < TOKENS; token++) {
      const offset = u16(image, at + token * 2);
      if (offset < previous + 2 || offset > previous + 64) break;
      previous = offset;
    }
    if (token < TOKENS) continue;
    for (const alignment of ALIGNMENTS) {
      if (at % alignment !== 0) continue;
      const table = tokenTableBefore(image, at, alignment);
      if (table === undefined) continue;
      yield { table, index: at, alignment };
      break;
    }
  }
}

const tokenTableBefore = (
  image: Uint8Array,
  index: number,
  alignment: number,
): number | undefined => {
  const lastOffset = u16(image, index + (TOKENS - 1) * 2);
  for (let lastLength = 1; lastLength <= 64; lastLength++) {
    const table = index - alignUp(lastOffset + lastLength + 1, alignment);
    if (table < 0) return undefined;
    if (image[table + lastOffset + lastLength] !== 0) continue;
    if (tokensFit(image, table, index, lastOffset + lastLength)) return table;
  }
  return undefined;
};

/** Every token ends with the zero before the next one and has none inside; padding is zero. */
const tokensFit = (image: Uint8Array, table: number, index: number, end: number): boolean => {
  for (let token = 0; token < TOKENS; token++) {
    const from = table + u16(image, index + token * 2);
    const to = token === TOKENS - 1 ? table + end : table + u16(image, index + token * 2 + 2) - 1;
    for (let at = from; at < to; at++) {
      const byte = image[at]!;
      if (byte < 0x20 || byte === 0x7f) return false;
    }
    if (image[to] !== 0) return false;
  }
  for (let at = table + end; at < index; at++) if (image[at] !== 0) return false;
  return true;
};

const findNames = (image: Uint8Array, tokens: Tokens, work: Work): Names | undefined => {
  // The markers end right before the tokens, up to some padding.
  for (let padding = 0; padding < tokens.alignment; padding += 4) {
    const found = namesBefore(image, tokens.table - padding, tokens.alignment, undefined, work);
    if (found !== undefined) return found;
  }
  // 6.2 to 6.4: between them lies a table of three bytes a symbol.
  for (let count = MIN_SYMBOLS; count < MAX_SYMBOLS; count++) {
    if (work.left-- < 0) return undefined;
    const sequences = tokens.table - alignUp(count * 3, tokens.alignment);
    if (sequences <= 0) return undefined;
    const markers = sequences - alignUp(Math.ceil(count / PER_MARKER) * 4, tokens.alignment);
    if (markers <= 0 || u32(image, markers) !== 0 || !ascends(image, markers, count, work))
      continue;
    const end = markers + Math.ceil(count / PER_MARKER) * 4;
    const found = namesBefore(image, end, tokens.alignment, count, work);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** The most bytes 256 names can take: two length bytes and no more tokens than a name has characters. */
const MAX_MARKER_STEP = PER_MARKER * 514;

const ascends = (image: Uint8Array, markers: number, count: number, work: Work): boolean => {
  for (let marker = 1; marker < Math.ceil(count / PER_MARKER); marker++) {
    if (work.left-- < 0) return false;
    const step = u32(image, markers + marker * 4) - u32(image, markers + marker * 4 - 4);
    if (step < PER_MARKER * 2 || step > MAX_MARKER_STEP) return false;
  }
  return true;
};

/** Markers that end at `end`, and before them names whose count is `count` when that is known. */
const namesBefore = (
  image: Uint8Array,
  end: number,
  alignment: number,
  count: number | undefined,
  work: Work,
): Names | undefined => {
  let markers = end - 4;
  for (; markers > 0 && u32(image, markers) !== 0; markers -= 4) {
    if (work.left-- < 0) return undefined;
    const step = u32(image, markers) - u32(image, markers - 4);
    if (step < PER_MARKER * 2 || step > MAX_MARKER_STEP) return undefined;
  }
  const markerCount = (end - markers) / 4;
  if (markers <= 0 || markers % alignment !== 0) return undefined;
  if (markerCount > MAX_SYMBOLS / PER_MARKER) return undefined;
  const lastMarker = u32(image, end - 4);
  const nearest = markers - lastMarker;
  for (let names = nearest - (nearest % 4); names > nearest - MAX_MARKER_STEP; names -= 4) {
    const countAt = names - alignment;
    if (countAt < 0 || work.left-- < 0) return undefined;
    if (names % alignment !== 0) continue;
    const stated = u32(image, countAt);
    if (stated < MIN_SYMBOLS || stated <= (markerCount - 1) * PER_MARKER) continue;
    if (stated > markerCount * PER_MARKER || (count !== undefined && count !== stated)) continue;
    if (namesFit(image, names, markers, stated, work)) {
      return { count: stated, countAt, names, markers, alignment };
    }
  }
  return undefined;
};

/** The length of the name at `at` and the bytes its length takes (ULEB128 since 6.1). */
const nameLength = (image: Uint8Array, at: number): { length: number; header: number } => {
  const first = image[at]!;
  return first & 0x80
    ? { length: (first & 0x7f) | (image[at + 1]! << 7), header: 2 }
    : { length: first, header: 1 };
};

const namesFit = (
  image: Uint8Array,
  names: number,
  markers: number,
  count: number,
  work: Work,
): boolean => {
  let at = names;
  for (let symbol = 0; symbol < count; symbol++) {
    if (symbol % PER_MARKER === 0) {
      if (u32(image, markers + (symbol / PER_MARKER) * 4) !== at - names) return false;
    }
    const { length, header } = nameLength(image, at);
    if (length === 0 || work.left-- < 0) return false;
    at += header + length;
    if (at > markers) return false;
  }
  // Nothing but padding up to the markers.
  if (markers - at >= 16) return false;
  for (; at < markers; at++) if (image[at] !== 0) return false;
  return true;
};

const findAddresses = (image: Uint8Array, tokens: Tokens, names: Names): Addresses | undefined => {
  const { count, alignment } = names;
  const size = alignUp(count * 4, alignment);
  // Until 6.4: addresses, or offsets and base, right before the count.
  const base = names.countAt - alignment;
  const offsets = base - size;
  // Plain addresses read as offsets would leave the address space; offsets read as addresses begin at
  // or near zero.
  if (offsets >= 0 && rises(image, offsets, count)) {
    const last = u32(image, offsets + count * 4 - 4);
    if (u32(image, base) + last <= 0xffffffff) return { at: offsets, base: u32(image, base) };
  }
  const plain = names.countAt - size;
  if (plain >= 0 && rises(image, plain, count)) return { at: plain, base: undefined };
  // Since 6.5: right behind the tokens' index.
  const after = alignUp(tokens.index + TOKENS * 2, alignment);
  if (after + size + 4 <= image.length && rises(image, after, count)) {
    return { at: after, base: u32(image, after + size) };
  }
  return undefined;
};

/**
 * The virtual address that the first byte of the raw Image is linked at: `_text` where it is listed.
 * Otherwise the 256 MiB that `_stext` lies in (kernels split the address space at 0x40000000,
 * 0x80000000, 0xb0000000 or 0xc0000000) plus the text offset. Undefined without either symbol.
 */
export const linkAddress = (symbols: KernelSymbols, textOffset: number): number | undefined => {
  const text = symbols.address("_text");
  if (text !== undefined) return text;
  const start = symbols.address("_stext") ?? symbols.address("stext");
  return start === undefined ? undefined : ((start & 0xf000_0000) >>> 0) + textOffset;
};

const rises = (image: Uint8Array, at: number, count: number): boolean => {
  let previous = 0;
  for (let symbol = 0; symbol < count; symbol++) {
    const value = u32(image, at + symbol * 4);
    if (value < previous) return false;
    previous = value;
  }
  return previous > 0;
};

/** A hundred thousand names take longer to put together than to find: it is done when all are asked for. */
class SymbolTable implements KernelSymbols {
  readonly layout: KallsymsLayout;
  readonly #image: Uint8Array;
  readonly #expansions: readonly string[];
  readonly #base: number;
  #all: readonly KernelSymbol[] | undefined;

  constructor(image: Uint8Array, tokens: Tokens, names: Names, addresses: Addresses) {
    const decoder = new TextDecoder("latin1");
    this.#expansions = Array.from({ length: TOKENS }, (_, token) => {
      const from = tokens.table + u16(image, tokens.index + token * 2);
      return decoder.decode(image.subarray(from, image.indexOf(0, from)));
    });
    this.#image = image;
    this.#base = addresses.base ?? 0;
    this.layout = {
      count: names.count,
      names: names.names,
      markers: names.markers,
      tokenTable: tokens.table,
      tokenIndex: tokens.index,
      addressing: addresses.base === undefined ? "absolute" : "relative",
      addresses: addresses.at,
    };
  }

  get all(): readonly KernelSymbol[] {
    return (this.#all ??= this.#readAll());
  }
  #readAll(): readonly KernelSymbol[] {
    const image = this.#image;
    const all: KernelSymbol[] = [];
    let at = this.layout.names;
    for (let symbol = 0; symbol < this.layout.count; symbol++) {
      const { length, header } = nameLength(image, at);
      at += header;
      let text = "";
      for (const end = at + length; at < end; at++) text += this.#expansions[image[at]!]!;
      all.push({ name: text.slice(1), address: this.#addressOf(symbol), type: text.slice(0, 1) });
    }
    return all;
  }
  #addressOf(symbol: number): number {
    return (u32(this.#image, this.layout.addresses + symbol * 4) + this.#base) >>> 0;
  }

  address(name: string): number | undefined {
    let at = this.layout.names;
    for (let symbol = 0; symbol < this.layout.count; symbol++) {
      const { length, header } = nameLength(this.#image, at);
      at += header + length;
      if (this.#spells(name, at - length, at)) return this.#addressOf(symbol);
    }
    return undefined;
  }
  /** Do the tokens from `at` to `end` spell a letter for the type, and this name? */
  #spells(name: string, at: number, end: number): boolean {
    // How much of the name is there; the type stands in front.
    let done = -1;
    for (; at < end; at++) {
      const part = this.#expansions[this.#image[at]!]!;
      for (let i = 0; i < part.length; i++, done++) {
        if (done >= 0 && part.charCodeAt(i) !== name.charCodeAt(done)) return false;
      }
    }
    return done === name.length;
  }

  nearest(va: number): { readonly name: string; readonly offset: number } | undefined {
    const { all } = this;
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (all[middle]!.address <= va) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return undefined;
    // Of several names for one address the first is the one that `nm` and the kernel print.
    const address = all[low - 1]!.address;
    while (low > 1 && all[low - 2]!.address === address) low--;
    return { name: all[low - 1]!.name, offset: va - address };
  }
}
