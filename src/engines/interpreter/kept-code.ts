/**
 * Translated code that outlives its process: a machine that goes on elsewhere takes blocks up where it would translate
 * them. It is good for the very program that made it, the same make-up of machine and the same memory alone; who keeps
 * it sees to that.
 *
 * A page's blocks are bytes: numbers in unsigned LEB128 (DWARF 5, 7.6), words as their unsigned values. First how many
 * instructions end their block because they access a device, and their addresses. Then for each block the size of what
 * follows, its pc and key, how many instructions and how many words behind its HEAD it has, the length of its calls as
 * JSON and that (nothing where it has none), the words, and for each instruction its size, ITSTATE, syndrome, how far
 * it lies behind the end of the one before, and the number of words between that one's first and its own.
 */
import { MARK_WORDS, sizeAndIt, type Node } from "../../ir/index.js";
import { Bytes } from "../module/encoder.js";
import type { InstructionTable } from "./instruction-table.js";
import { GOTO, HEAD_WORDS, MICRO, MICRO_WORDS, NEVER_LINKED } from "./micro-ops.js";

/** What a cache's code becomes. */
export interface KeptCode {
  /** What the words of the code name by number. */
  readonly constants: Int32Array;
  /** Physical page numbers, ascending. */
  readonly pages: readonly number[];
  /** The blocks of the n-th of them. Asked when one of them is first wanted. */
  blocks(n: number): Uint8Array;
}

/** A block as it was kept. The arrays are longer, and good until the next one is read. */
export interface KeptBlock {
  /** Micro-ops behind the HEAD, not linked. */
  readonly code: Int32Array;
  readonly codeCount: number;
  /** As in Packed; the nodes of marks are not kept. */
  readonly marks: Int32Array;
  readonly markCount: number;
  /** First words of the instructions, as distances from the HEAD. */
  readonly offsets: Int32Array;
  readonly calls: readonly Node[];
}

/** A block where it lies now. */
export interface PlacedBlock {
  readonly pc: number;
  readonly key: number;
  /** Code offsets of its HEAD and of what is behind its last word. */
  readonly from: number;
  readonly to: number;
  /** Its first instruction in the table, and how many it has. */
  readonly first: number;
  readonly length: number;
  readonly calls: readonly Node[];
}
const text = new TextEncoder();

/** The bytes of a page's blocks. `ends`: addresses of its instructions that end their block. */
export const keepPage = (
  code: Int32Array,
  instructions: InstructionTable,
  blocks: readonly PlacedBlock[],
  ends: readonly number[],
): Uint8Array => {
  const page = new Bytes();
  page.leb(ends.length);
  for (const address of ends) page.leb(address);
  for (const block of blocks) {
    const one = keepBlock(code, instructions, block);
    page.leb(one.length);
    page.append(one);
  }
  return page.view();
};
const keepBlock = (
  code: Int32Array,
  instructions: InstructionTable,
  { pc, key, from, to, first, length, calls }: PlacedBlock,
): Bytes => {
  const one = new Bytes();
  one.leb(pc);
  one.leb(key);
  one.leb(length);
  one.leb(to - from - HEAD_WORDS);
  const json = text.encode(calls.length === 0 ? "" : JSON.stringify(calls));
  one.leb(json.length);
  for (const byte of json) one.byte(byte);
  for (let at = from + HEAD_WORDS; at < to;) {
    const op = code[at]!;
    const links = op === MICRO.GOTO || op === MICRO.GOTO_ZERO || op === MICRO.GOTO_NONZERO;
    for (let n = 0; n < MICRO_WORDS[op]!; n++, at++) {
      const word = code[at]!;
      one.leb(links && n === GOTO.link && word !== NEVER_LINKED ? 0 : word);
    }
  }
  let next = pc;
  let offset = from;
  for (let n = first; n < first + length; n++) {
    const size = instructions.size(n);
    one.leb(size);
    one.leb(instructions.it(n));
    one.leb(instructions.syndrome(n));
    one.leb(instructions.pc(n) - next);
    one.leb(instructions.offset(n) - offset);
    next = instructions.pc(n) + size;
    offset = instructions.offset(n);
  }
  return one;
};

/** The kept blocks of a page. */
export class KeptPage {
  readonly ends: readonly number[];
  readonly #bytes: Uint8Array;
  readonly #begin: number;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.ends = Array.from({ length: this.#number() }, () => this.#number());
    this.#begin = this.#at;
  }
  /** A number as a signed word. Throws RangeError behind the end. */
  #number(): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.#at >= bytes.length) throw new RangeError("kept code: a page ends in a number");
      const byte = bytes[this.#at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
  /** The block of (pc, key), if there is one. Throws RangeError where the bytes are none that `keepPage` makes. */
  find(pc: number, key: number): KeptBlock | undefined {
    this.#at = this.#begin;
    while (this.#at < this.#bytes.length) {
      const size = this.#number();
      const next = this.#at + size;
      if (size < 0 || next > this.#bytes.length)
        throw new RangeError("kept code: a block ends behind its page");
      if (this.#number() === (pc | 0) && this.#number() === key) return this.#read(pc | 0);
      this.#at = next;
    }
    return undefined;
  }
  #read(pc: number): KeptBlock {
    const markCount = this.#number();
    const codeCount = this.#number();
    const jsonLength = this.#number();
    const behind = this.#bytes.length - this.#at;
    // Each number is a byte at least.
    if (jsonLength >>> 0 > behind || codeCount >>> 0 > behind || markCount >>> 0 > behind)
      throw new RangeError("kept code: a block is longer than its page");
    const calls =
      jsonLength === 0 ? NO_CALLS : callsOf(this.#bytes.subarray(this.#at, this.#at + jsonLength));
    this.#at += jsonLength;
    if (codeWords.length < codeCount) codeWords = new Int32Array(codeCount * 2);
    if (markWords.length < markCount * MARK_WORDS) {
      markWords = new Int32Array(markCount * MARK_WORDS * 2);
      offsetWords = new Int32Array(markCount * 2);
    }
    for (let n = 0; n < codeCount; n++) codeWords[n] = this.#number();
    let next = pc;
    let offset = 0;
    for (let n = 0; n < markCount; n++) {
      const size = this.#number();
      const it = this.#number();
      const mark = n * MARK_WORDS;
      markWords[mark + 2] = this.#number();
      next += this.#number();
      markWords[mark + 1] = next;
      markWords[mark + 3] = sizeAndIt(size, it);
      next += size;
      offset += this.#number();
      offsetWords[n] = offset;
    }
    return {
      code: codeWords,
      codeCount,
      marks: markWords,
      markCount,
      offsets: offsetWords,
      calls,
    };
  }
}
const NO_CALLS: readonly Node[] = Object.freeze([]);
const utf8 = new TextDecoder();
const callsOf = (json: Uint8Array): readonly Node[] => JSON.parse(utf8.decode(json)) as Node[];
let codeWords = new Int32Array(1024);
let markWords = new Int32Array(64 * MARK_WORDS);
let offsetWords = new Int32Array(64);
