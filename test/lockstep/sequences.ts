/** Random sequences: instructions out of the records, aimed at the data pages, and the state they start in. */
import { MODE, modeOf, type Mode } from "../../src/arch/index.js";
import {
  DECODER,
  disassemble,
  extractFields,
  judge,
  type BoundEncoding,
  type InstructionSet,
} from "../../src/isa/index.js";
import { BANKED } from "../../src/isa/testing/recorded-registers.js";
import { CODE, CODE_STRIDE, CONTEXT_NAMES, DATA, LONG_L1, SHORT_L1, WINDOW } from "./layout.js";
import { LEFT_OUT, LEFT_OUT_IN_HYP, LEFT_OUT_IN_IT } from "./left-out.js";
import { MANAGER_MB, NO_ACCESS_MB, PAGES } from "./tables.js";

const HCR_VM = 1,
  HCR_TGE = 1 << 27;
const SCTLR_RES1 = 0x00c5_0078,
  HSCTLR_RES1 = 0x30c5_0878 | 0;
const EAE = 1 << 31;

/** Where a sequence runs: mode and translation. */
export interface Setting {
  readonly name: string;
  readonly mode: Mode;
  readonly stage1: "off" | "short" | "long";
  readonly stage2: boolean;
  readonly tge?: boolean;
}
const { usr, svc, hyp } = MODE;
export const SETTINGS: readonly Setting[] = [
  { name: "USR, short descriptors", mode: usr, stage1: "short", stage2: false },
  { name: "SVC, short descriptors", mode: svc, stage1: "short", stage2: false },
  { name: "USR, long descriptors", mode: usr, stage1: "long", stage2: false },
  { name: "SVC, long descriptors", mode: svc, stage1: "long", stage2: false },
  { name: "USR, stage 2 alone", mode: usr, stage1: "off", stage2: true },
  { name: "SVC, stage 2 alone", mode: svc, stage1: "off", stage2: true },
  { name: "SVC, short descriptors and stage 2", mode: svc, stage1: "short", stage2: true },
  { name: "USR, long descriptors and stage 2", mode: usr, stage1: "long", stage2: true },
  { name: "USR, stage 2 and HCR.TGE", mode: usr, stage1: "off", stage2: true, tge: true },
  { name: "HYP, MMU off", mode: hyp, stage1: "off", stage2: false },
  { name: "HYP, MMU on", mode: hyp, stage1: "long", stage2: false },
];

export interface Item {
  readonly address: number;
  readonly size: 2 | 4;
  readonly word: number;
  readonly text: string;
}
export interface Sequence {
  readonly setting: Setting;
  readonly thumb: boolean;
  readonly code: Uint8Array;
  readonly context: Int32Array;
  readonly items: readonly Item[];
  /** Address of the first byte and of the byte behind the last instruction. */
  readonly start: number;
  readonly end: number;
}

/** UDF in A32, and UDF (first halfword) in T32: what a sequence runs into at its end. */
export const TERMINATOR = 0xe7f0_def0;

const pool = (set: InstructionSet): readonly BoundEncoding[] =>
  DECODER.encodings.filter(
    (e) => e.set === set && !LEFT_OUT.some(([pattern]) => pattern.test(e.id)),
  );
const POOLS: Readonly<Record<InstructionSet, readonly BoundEncoding[]>> = {
  a32: pool("a32"),
  t16: pool("t16"),
  t32: pool("t32"),
};
/** Encodings that take part, for the report. */
export const POOL_SIZES = { a32: POOLS.a32.length, t16: POOLS.t16.length, t32: POOLS.t32.length };

export type Random = () => number;
const SPECIAL = [
  0,
  1,
  2,
  -1,
  -2,
  0x7fffffff,
  0x80000000 | 0,
  0x80000001 | 0,
  0xff,
  0x100,
  0xffff,
  0x10000,
  0x7fff,
  0x8000,
  31,
  32,
  33,
];

/** How a register transfer must be prepared. */
interface Memory {
  readonly base: number;
  readonly index: number;
  readonly shifted: boolean;
  readonly multiple: boolean;
  /** VLD1 or VST1 of doublewords: QEMU's SCTLR.A asks for 8 bytes, the Arm ARM accesses two words. */
  readonly doublewords: boolean;
}

class Maker {
  readonly #random: Random;
  readonly #setting: Setting;
  readonly #thumb: boolean;
  readonly #start: number;
  /**
   * Exclusive accesses of a sequence are of one size: a store-exclusive of another size than the
   * load-exclusive before it is UNPREDICTABLE (A3.4.5); the emulator stores when the low part matches.
   */
  readonly #exclusives: string;
  readonly items: Item[] = [];
  at: number;

  constructor(random: Random, setting: Setting, thumb: boolean, start: number) {
    this.#random = random;
    this.#setting = setting;
    this.#thumb = thumb;
    this.#start = start;
    this.at = start;
    this.#exclusives = ["", "B", "H", "D"][this.below(4)]!;
  }
  below(n: number): number {
    return Math.floor((this.#random() / 2 ** 32) * n);
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
  value(): number {
    const kind = this.below(10);
    if (kind < 3) return SPECIAL[this.below(SPECIAL.length)]!;
    if (kind < 5) return this.address();
    return this.#random() | 0;
  }
  /** An address in the middle of the window. */
  inner(): number {
    const a = WINDOW + 0x80 + this.below(32) * 8;
    return this.chance(80) ? a : a + (this.chance(60) ? 4 : 0);
  }
  /** An address that an access may be aimed at: mostly in the window, some at pages that fault. */
  address(): number {
    if (this.chance(70)) return this.chance(75) ? this.inner() : this.inner() + this.below(8);
    const page = Object.values(PAGES)[this.below(Object.keys(PAGES).length)]!;
    switch (this.below(this.#setting.mode === hyp ? 2 : 5)) {
      case 0:
        return DATA + page * 4096 + this.below(64) * 4;
      case 1:
        return DATA + page * 4096 + 4096 - 8 + this.below(12);
      case 2:
        return MANAGER_MB + this.below(256) * 4;
      case 3:
        return NO_ACCESS_MB + this.below(256) * 4;
      default:
        return this.#random() | 0;
    }
  }

  add(word: number, size: 2 | 4, itCondition?: number): void {
    const set = !this.#thumb ? "a32" : size === 2 ? "t16" : "t32";
    const text = disassemble(DECODER, set, word >>> 0, this.at, itCondition).text;
    this.items.push({ address: this.at, size, word: word >>> 0, text });
    this.at += size;
  }
  /** Puts a constant into a register without touching flags. */
  constant(register: number, value: number): void {
    const low = value & 0xffff;
    const high = value >>> 16;
    if (!this.#thumb) {
      this.add(0xe3000000 | ((low >> 12) << 16) | (register << 12) | (low & 0xfff), 4);
      this.add(0xe3400000 | ((high >> 12) << 16) | (register << 12) | (high & 0xfff), 4);
      return;
    }
    const target = register === 13 ? 7 : register;
    const wide = (opcode: number, n: number): number =>
      opcode |
      ((n >> 12) << 16) |
      (((n >> 11) & 1) << 26) |
      (((n >> 8) & 7) << 12) |
      (target << 8) |
      (n & 0xff);
    this.add(wide(0xf2400000, low), 4);
    this.add(wide(0xf2c00000, high), 4);
    if (register === 13) this.add(0x4600 | (7 << 3) | (1 << 7) | 5, 2);
  }

  /** A word of the encoding that may run here, with what it needs. */
  pick(
    inIT: boolean,
    lastInIT: boolean,
    final: boolean,
  ): { word: number; size: 2 | 4; memory: Memory | undefined } | undefined {
    const set: InstructionSet = !this.#thumb ? "a32" : this.chance(45) ? "t16" : "t32";
    const encodings = POOLS[set];
    const { mode } = this.#setting;
    for (let tries = 0; tries < 40; tries++) {
      const e = encodings[this.below(encodings.length)]!;
      const { mask, value, shouldMask, shouldValue, width } = e.pattern;
      let word = ((this.#random() & ~(mask | shouldMask)) | value | shouldValue) >>> 0;
      if (width === 16) word &= 0xffff;
      else if (set === "a32" && e.pattern.fields.some((f) => f.name === "cond") && this.chance(70))
        word = ((word & 0x0fffffff) | 0xe0000000) >>> 0;
      // Large offsets leave the window: fewer of them.
      const imm12 = e.pattern.fields.find((f) => f.name === "imm12");
      if (imm12 !== undefined && /^(LDR|STR)/.test(e.id) && this.chance(80))
        word = (word & ~0xf00) >>> 0;
      if (/^V(LDR|STR|LDM|STM|PUSH|POP)/.test(e.id) && this.chance(85)) word = (word & ~0xe0) >>> 0;
      if (DECODER.find(set, word) !== e) continue;
      const fields = extractFields(e.pattern, word);
      if (judge(e, word, fields, { inIT, lastInIT, cpu: "cortex-a15", mode }, "stop") !== undefined)
        continue;
      const text = disassemble(DECODER, set, word, this.at, inIT ? 0 : undefined).text;
      if (!this.#acceptable(e, text, final, inIT, lastInIT)) continue;
      const memory = this.#memory(e, fields, text);
      if (memory === "never") continue;
      return { word, size: width === 16 ? 2 : 4, memory };
    }
    return undefined;
  }
  #acceptable(
    e: BoundEncoding,
    text: string,
    final: boolean,
    inIT: boolean,
    lastInIT: boolean,
  ): boolean {
    const name = e.instruction.name;
    const exclusive = /^(?:LDREX|STREX)([BHD]?)$/.exec(name);
    if (exclusive !== null && exclusive[1] !== this.#exclusives) return false;
    const writesPc = /^\S+\s+pc\b/.test(text) && !/^(cmp|cmn|tst|teq|str|push|pld|pli)/.test(text);
    if (writesPc || /^(ldm|pop)[^{]*\{[^}]*pc\}/.test(text)) {
      if (inIT && !lastInIT) return false;
      return this.#setting.mode !== hyp && this.chance(8);
    }
    // A change of mode makes later register banks UNPREDICTABLE to name: at the end alone, never out of HYP mode.
    if (name === "CPS" && /#/.test(text))
      return (
        final &&
        this.#setting.mode === svc &&
        modeOf(Number(/#(\d+)/.exec(text)![1])) !== undefined &&
        !/#(22|26|16)\b/.test(text)
      );
    if (
      /^MSR \((immediate|register)/.test(name) &&
      /CPSR_\w*c/i.test(text) &&
      this.#setting.mode !== usr
    )
      return false;
    if (this.#setting.mode === hyp && LEFT_OUT_IN_HYP.some(([pattern]) => pattern.test(name)))
      return false;
    if (inIT && LEFT_OUT_IN_IT.some(([pattern]) => pattern.test(name))) return false;
    if (/^(SVC|UDF|BKPT|HVC)/.test(name)) return this.chance(35);
    return true;
  }
  #memory(
    e: BoundEncoding,
    fields: Readonly<Record<string, number>>,
    text: string,
  ): Memory | undefined | "never" {
    const name = e.instruction.name;
    const isPush = /^(push|pop|srs|vpush|vpop|f(ldm|stm)\S+ sp!)/.test(text);
    if (!isPush && !/\[|^(ldm|stm|vldm|vstm|fldm|fstm)/.test(text)) return undefined;
    // A scalar's index stands in brackets as well.
    if (/^v(?!ld|st|push|pop)/.test(text)) return undefined;
    if (/^(pld|pli)/.test(text)) return undefined;
    // The emulator has a known difference here: it enforces 16 bytes.
    if (text.includes(" :256]")) return "never";
    const multiple =
      isPush ||
      /^(ldm|stm|vldm|vstm|fldm|fstm|v(ld|st)[1-4])/.test(text) ||
      /^(LDRD|STRD)/.test(name);
    if (name === "SRS") return "never";
    const base = isPush || /\[sp\b/.test(text) ? 13 : (fields["Rn"] ?? 15);
    if (base === 15)
      return /\[pc/.test(text) && this.#setting.mode !== hyp
        ? undefined
        : fields["Rn"] === undefined
          ? undefined
          : "never";
    const index = /\[[^\]]*,\s*-?(r\d+|sl|fp|ip|sp|lr)|\],\s*-?(r\d+|sl|fp|ip|sp|lr)/.test(text)
      ? (fields["Rm"] ?? -1)
      : -1;
    if (index === base || index === 15 || (this.#thumb && index === 13)) return "never";
    const shifted = /(lsl|lsr|asr|ror|rrx)/.test(text);
    if (/rrx/.test(text) && this.#setting.mode === hyp) return "never";
    const doublewords = /^v(ld|st)1\S*\.64/.test(text);
    return { base, index, shifted, multiple, doublewords };
  }
  prepare(memory: Memory): void {
    const certain = memory.multiple || this.#setting.mode === hyp;
    if (!certain && this.chance(15)) return;
    if (memory.index >= 0 && (certain || this.chance(85))) {
      const value =
        memory.shifted && certain
          ? 0
          : memory.shifted && this.chance(50)
            ? this.below(4)
            : this.below(16) * 4;
      this.constant(memory.index, value);
    }
    // SP by way of R7 must not spoil an index that R7 holds.
    if (this.#thumb && memory.base === 13 && memory.index === 7) {
      this.constant(13, this.inner());
      this.constant(7, 0);
      return;
    }
    const address = memory.multiple ? this.inner() : this.address();
    this.constant(memory.base, memory.doublewords ? address & ~7 : address);
  }
  plain(final: boolean): void {
    const picked = this.pick(false, false, final);
    if (picked === undefined) return;
    if (picked.memory !== undefined) this.prepare(picked.memory);
    this.add(picked.word, picked.size);
  }
  /** An IT block of one to four instructions. */
  itBlock(): void {
    const count = 1 + this.below(4);
    const condition = this.below(14);
    const picks: { word: number; size: 2 | 4 }[] = [];
    for (let n = 0; n < count; n++) {
      const picked = this.pick(true, n === count - 1, false);
      if (picked === undefined) continue;
      if (picked.memory !== undefined) {
        if (picks.length > 0 && (this.#setting.mode === hyp || picked.memory.multiple)) continue;
        if (picks.length === 0) this.prepare(picked.memory);
      }
      picks.push(picked);
    }
    // Only the last may branch; picks that were left out may have moved an inner one to the end, which is fine.
    if (picks.length === 0) return;
    let mask = 1 << (4 - picks.length);
    for (let n = 1; n < picks.length; n++) {
      const bit = this.chance(50) ? condition & 1 : (condition & 1) ^ 1;
      mask |= bit << (4 - n);
    }
    this.add(0xbf00 | (condition << 4) | mask, 2);
    for (const p of picks) this.add(p.word, p.size, condition);
  }
  /** A branch to or over the instruction behind it. */
  branch(): void {
    const kind = this.below(6);
    const link = this.chance(40);
    if (kind === 0) {
      // By register: to the instruction behind the branch, seldom with a change of instruction set.
      const register = this.below(13);
      const size = this.#thumb ? 2 : 4;
      // In the other set only the terminators at the end of the room can be read.
      const exchange = this.chance(10);
      const target = exchange ? this.#start + CODE_STRIDE - 64 : this.at + 8 + size;
      this.constant(register, target | (this.#thumb === exchange ? 0 : 1));
      if (this.#thumb) this.add(0x4700 | (link ? 0x80 : 0) | (register << 3), 2);
      else this.add((0xe12fff10 | (link ? 0x20 : 0) | register) >>> 0, 4);
      return;
    }
    const other = new Maker(this.#random, this.#setting, this.#thumb, this.#start);
    other.at = this.at + 4;
    other.plain(false);
    const over = this.chance(60) ? other.at - this.at - 4 : 0;
    const condition = this.below(14);
    if (!this.#thumb) {
      const offset = ((over - 4) >> 2) & 0xffffff;
      this.add(((condition << 28) | (link ? 0x0b000000 : 0x0a000000) | offset) >>> 0, 4);
    } else {
      // 4 bytes of branch: a wide one, or a short one behind a NOP.
      const short = (word: number): void => {
        this.add(0xbf00, 2);
        this.add(word, 2);
      };
      const halves = (over - 2) >> 1;
      if (kind === 1 && over >= 2)
        short(
          0xb100 |
            (link ? 0x800 : 0) |
            (((halves >> 5) & 1) << 9) |
            ((halves & 31) << 3) |
            this.below(8),
        );
      else if (kind === 2) short(0xd000 | (condition << 8) | (halves & 0xff));
      else if (kind === 3) short(0xe000 | (halves & 0x7ff));
      else this.add((0xf000b800 | (link ? 0x4000 : 0) | (over >> 1)) >>> 0, 4);
    }
    for (const item of other.items) this.add(item.word, item.size);
  }
}

/** Room for a sequence's instructions before the terminators. */
const ROOM = CODE_STRIDE - 96;

/** Makes sequence `index` of a batch with about `length` instructions. */
export const makeSequence = (
  random: Random,
  index: number,
  setting: Setting,
  thumb: boolean,
  length: number,
): Sequence => {
  const start = CODE + index * CODE_STRIDE;
  const maker = new Maker(random, setting, thumb, start);
  while (maker.items.length < length && maker.at - start < ROOM - 80) {
    const kind = maker.below(100);
    if (kind < 8) maker.branch();
    else if (thumb && kind < 16) maker.itBlock();
    else maker.plain(false);
  }
  maker.plain(true);
  if (maker.items.length === 0) maker.add(thumb ? 0xbf00 : 0xe320f000, thumb ? 2 : 4);
  const { items } = maker;
  const code = new Uint8Array(CODE_STRIDE);
  const view = new DataView(code.buffer);
  for (const { address, size, word } of items) {
    const at = address - start;
    if (size === 2) view.setUint16(at, word, true);
    else if (thumb) {
      view.setUint16(at, word >>> 16, true);
      view.setUint16(at + 2, word & 0xffff, true);
    } else view.setUint32(at, word, true);
  }
  let end = maker.at - start;
  if (end % 4 !== 0) {
    view.setUint16(end, TERMINATOR & 0xffff, true);
    end += 2;
  }
  for (let at = end; at < CODE_STRIDE; at += 4) view.setUint32(at, TERMINATOR, true);
  return {
    setting,
    thumb,
    code,
    items,
    start,
    end: maker.at,
    context: makeContext(maker, setting, thumb, start, maker.at),
  };
};

const makeContext = (
  maker: Maker,
  setting: Setting,
  thumb: boolean,
  start: number,
  end: number,
): Int32Array => {
  const { mode, stage1, stage2 } = setting;
  const on = stage1 === "off" ? 0 : 1;
  const strict = maker.chance(20) ? 2 : 0;
  const afe = maker.chance(25) && stage1 !== "off" ? 1 << 29 : 0;
  const flags = (maker.below(32) << 27) | (maker.below(16) << 16) | (maker.chance(12) ? 1 << 9 : 0);
  const values: Record<string, number> = {
    SCTLR: SCTLR_RES1 | (mode === hyp ? 0 : on | strict | afe),
    TTBCR: stage1 === "long" ? EAE : 0,
    TTBR0: stage1 === "long" ? LONG_L1 : SHORT_L1,
    HCR: (stage2 ? HCR_VM : 0) | (setting.tge === true ? HCR_TGE : 0),
    HSCTLR: HSCTLR_RES1 | (mode === hyp ? on | strict : 0),
    PC: start,
    END: end,
    CPSR: flags | mode.encoding | 0x1c0 | (thumb ? 0x20 : 0),
  };
  for (const name of CONTEXT_NAMES) {
    if (values[name] !== undefined) continue;
    if (name.startsWith("SPSR")) values[name] = (maker.below(32) << 27) | 0x1d3;
    else if (name.startsWith("SP_")) values[name] = maker.inner();
    // Any rounding mode and flags; short vectors make arithmetic UNDEFINED.
    else if (name === "FPSCR")
      values[name] = (maker.value() & 0xfff0_009f & ~0x38_0000) | (maker.chance(5) ? 1 << 16 : 0);
    else values[name] = maker.value();
  }
  if (BANKED.some((name) => values[name] === undefined))
    throw new RangeError("a banked register has no value");
  return Int32Array.from(CONTEXT_NAMES, (name) => values[name]!);
};
