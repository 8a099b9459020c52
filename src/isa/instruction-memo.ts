/** Instructions that were translated: their words and what else decided it lead to templates of their nodes. */
import type { CpuModel } from "../arch/index.js";
import { NodeTemplates, type TranslationState } from "../ir/index.js";
import type { UnpredictablePolicy } from "./instruction.js";

/** Words that templates have at most; all of them are forgotten then. A kernel's boot makes about 0.7 million. */
const MOST_WORDS = 2 * 1024 * 1024;
const FIRST_SLOTS = 1024;
/** Words of a slot: instruction; bits 21:0 template, 31:22 context plus one. The second is 0 where it is empty. */
const SLOT_WORDS = 2;
const TEMPLATE_BITS = 22;
const MOST_CONTEXTS = (1 << (32 - TEMPLATE_BITS)) - 1;

export class InstructionMemo {
  readonly templates = new NodeTemplates();
  /** By hash; a power of two, at least a quarter of them empty: many words are looked for in few places. */
  #slots = new Int32Array(FIRST_SLOTS * SLOT_WORDS);
  #used = 0;
  /** What decides besides the word, by what it is made of. */
  readonly #contexts = new Map<string, number>();
  #lastState: TranslationState | undefined;
  #lastCpu: CpuModel | undefined;
  #lastPolicy: UnpredictablePolicy | undefined;
  #last = 0;

  /** A number for what an instruction outside of IT blocks depends on besides its word. */
  contextOf(state: TranslationState, cpu: CpuModel, policy: UnpredictablePolicy): number {
    const last = this.#lastState;
    if (
      last !== undefined &&
      last.mode === state.mode &&
      last.thumb === state.thumb &&
      last.bigEndian === state.bigEndian &&
      this.#lastCpu === cpu &&
      this.#lastPolicy === policy
    )
      return this.#last;
    this.#lastState = state;
    this.#lastCpu = cpu;
    this.#lastPolicy = policy;
    const text = `${cpu} ${policy} ${state.mode.name} ${state.thumb} ${state.bigEndian}`;
    const known = this.#contexts.get(text);
    if (known === undefined && this.#contexts.size === MOST_CONTEXTS) {
      this.#contexts.clear();
      this.clear();
    }
    this.#last = known ?? this.#contexts.size;
    if (known === undefined) this.#contexts.set(text, this.#last);
    return this.#last;
  }

  /** The template of a word in a context, or -1. */
  find(word: number, context: number): number {
    const held = this.#slots[this.#slot(this.#slots, word | 0, context) + 1]!;
    return held === 0 ? -1 : held & ((1 << TEMPLATE_BITS) - 1);
  }
  /** `template` -1: there is none. */
  remember(word: number, context: number, template: number): void {
    if (template < 0) return;
    if (this.templates.length > MOST_WORDS) return this.clear();
    if ((this.#used + 1) * SLOT_WORDS * 4 > this.#slots.length * 3) this.#grow();
    this.#put(word | 0, context, template);
    this.#used++;
  }
  #put(word: number, context: number, template: number): void {
    const slots = this.#slots;
    const at = this.#slot(slots, word, context);
    slots[at] = word;
    slots[at + 1] = template | ((context + 1) << TEMPLATE_BITS);
  }
  /** Where a word's slot is, or the empty one where it would be. */
  #slot(slots: Int32Array, word: number, context: number): number {
    const mask = slots.length - 1;
    const mixed = Math.imul(word ^ (context << 27), 0x9e3779b1);
    let at = ((mixed ^ (mixed >>> 15)) * SLOT_WORDS) & mask;
    for (;;) {
      const held = slots[at + 1]!;
      if (held === 0 || (slots[at] === word && held >>> TEMPLATE_BITS === context + 1)) return at;
      at = (at + SLOT_WORDS) & mask;
    }
  }
  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    for (let at = 0; at < old.length; at += SLOT_WORDS) {
      const held = old[at + 1]!;
      if (held === 0) continue;
      this.#put(old[at]!, (held >>> TEMPLATE_BITS) - 1, held & ((1 << TEMPLATE_BITS) - 1));
    }
  }
  /** Forgets all. */
  clear(): void {
    this.templates.clear();
    this.#slots = new Int32Array(FIRST_SLOTS * SLOT_WORDS);
    this.#used = 0;
  }
}
