/** Guest code to IR blocks. */
import { SLOT, type CpuModel } from "../arch/index.js";
import { IrBuilder, type Block, type TranslationState } from "../ir/index.js";
import type { Decoder } from "./decoder.js";
import type { BoundEncoding, DecodeContext, UnpredictablePolicy } from "./instruction.js";
import { extractFields, type FieldMap } from "./pattern.js";

/**
 * Reads a halfword of code, as a little-endian unsigned number; -1 where the fetch faults. Instructions
 * are little-endian whatever CPSR.E says (DDI 0406C, A3.3.1).
 */
export type FetchHalfword = (address: number) => number;

export interface TranslateOptions {
  readonly decoder: Decoder;
  readonly cpu: CpuModel;
  readonly policy: UnpredictablePolicy;
  readonly fetch: FetchHalfword;
  /** Most instructions in a block. */
  readonly limit: number;
  /** Whether the block has to end after the instruction at an address. */
  readonly endsAfter?: (address: number) => boolean;
}

/** ITAdvance (DDI 0406C, A2.5.2). */
export const advanceIt = (it: number): number =>
  (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f);

/** Why a word is not simply executed; undefined when it is. */
type Verdict = { kind: "undefined" | "nop" } | { kind: "stop"; what: string } | undefined;

/** What the policy makes of UNDEFINED and UNPREDICTABLE conditions of a decoded word. */
export const judge = (
  e: BoundEncoding,
  word: number,
  fields: FieldMap,
  context: DecodeContext,
  policy: UnpredictablePolicy,
): Verdict => {
  if (e.spec.undefined?.(fields, context) === true) return { kind: "undefined" };
  const fits = ((word ^ e.pattern.shouldValue) & e.pattern.shouldMask) === 0;
  // Most words have nothing to be judged.
  if (fits && !context.inIT && e.spec.unpredictable === undefined) return undefined;
  const found: { what: string; choice: Record<string, string> }[] = [];
  if (!fits) {
    found.push({
      what: "a (0) or (1) bit is not as it should be",
      choice: e.spec.shouldBe ?? { "cortex-a15": "execute", "reference-emulator": "execute" },
    });
  }
  if (
    e.spec.it !== undefined &&
    context.inIT &&
    !(e.spec.it === "last-or-outside" && context.lastInIT)
  ) {
    found.push({
      what: e.spec.it === "outside" ? "inside an IT block" : "inside an IT block and not last",
      choice: { "cortex-a15": "execute", "reference-emulator": "execute" },
    });
  }
  for (const u of e.spec.unpredictable ?? []) {
    if (u.when(fields, context)) found.push(u);
  }
  for (const u of found) {
    if (policy === "stop") return { kind: "stop", what: `${e.id}: ${u.what}` };
    const choice = u.choice[policy]!;
    if (choice === "undefined" || choice === "nop") return { kind: choice };
  }
  return undefined;
};

/**
 * Translates the block at `pc`. The first fetch must not fault: the machine checks that before. A later
 * fetch that faults ends the block before it, so that the fault is taken when control gets there.
 */
export const translateBlock = (
  pc: number,
  state: TranslationState,
  options: TranslateOptions,
): Block => {
  const ir = spare ?? new IrBuilder(state, options.cpu, pc);
  spare = undefined;
  ir.begin(state, options.cpu, pc);
  const { fetch, decoder } = options;
  const page = pc >>> 12;
  const { memo } = decoder;
  const context = memo.contextOf(state, options.cpu, options.policy);
  let at = pc >>> 0;
  let it = state.it;
  for (let count = 0; ; count++) {
    if (count === options.limit || (count > 0 && at >>> 12 !== page)) break;
    const first = fetch(at);
    if (first < 0) break;
    let word = first;
    let size = 2;
    if (!state.thumb || first >= 0xe800) {
      // What lies across pages is a block of its own: it depends on both.
      if (count > 0 && (at + 2) >>> 12 !== page) break;
      const second = fetch(at + 2);
      if (second < 0) {
        ir.beginInstruction(at, 4, it);
        ir.stop("unmodelled", "fetch of the second halfword faults");
        break;
      }
      word = state.thumb ? ((first << 16) | second) >>> 0 : ((second << 16) | first) >>> 0;
      size = 4;
    }
    const set = !state.thumb ? "a32" : size === 2 ? "t16" : "t32";
    ir.beginInstruction(at, size, it);
    // In an IT block and behind it instructions write more than their own.
    const memorable = it === 0 && state.it === 0;
    const known = memorable ? memo.find(word, context) : -1;
    let nextIt = it === 0 ? 0 : advanceIt(it);
    if (known >= 0) ir.replay(memo.templates, known);
    else {
      const e = decoder.find(set, word);
      if (e?.instruction.name === "IT") nextIt = word & 0xff;
      else {
        if (memorable) ir.record(memo.templates);
        translateOne(ir, e, word, it, options);
        if (memorable) memo.remember(word, context, ir.endRecord());
      }
    }
    const last = ir.ended || ir.endsAfter || options.endsAfter?.(at) === true;
    at = (at + size) >>> 0;
    it = nextIt;
    if (last) break;
  }
  if (!ir.ended) {
    if (it !== state.it) ir.put(SLOT.IT, ir.const(it));
    // A goto leaves IT blocks; a block may begin and end in different ones with the same ITSTATE.
    ir.goOn(at, it === 0 && state.it === 0 && !ir.stateChanged);
  }
  spare = ir;
  return ir.block;
};
/** The builder of the last translation, whose arrays the next one uses. */
let spare: IrBuilder | undefined;

/** Translates one instruction that is not IT. */
const translateOne = (
  ir: IrBuilder,
  e: BoundEncoding | undefined,
  word: number,
  it: number,
  options: TranslateOptions,
): void => {
  const inIT = (it & 15) !== 0;
  // Outside of A32's conditional space and of IT blocks everything is executed always.
  let cond = 14;
  if (ir.state.thumb) cond = inIT && e?.spec.unconditional !== true ? it >>> 4 : 14;
  else if (word >>> 28 !== 15) cond = word >>> 28;
  const guard = ir.beginCondition(cond);
  if (e === undefined) ir.undefined();
  else {
    const fields = extractFields(e.pattern, word);
    const { cpu, policy } = options;
    const context = { inIT, lastInIT: (it & 15) === 8, cpu, mode: ir.state.mode };
    const verdict = judge(e, word, fields, context, policy);
    if (verdict === undefined) e.execute(ir, fields, context);
    else if (verdict.kind === "undefined") ir.undefined();
    else if (verdict.kind === "stop") ir.stop("unpredictable", verdict.what);
  }
  ir.endCondition(guard);
};
