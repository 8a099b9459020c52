/** One line of assembly text to one word, by the records' templates. */
import { MODE } from "../arch/index.js";
import type { Decoder } from "./decoder.js";
import type { BoundEncoding } from "./instruction.js";
import { composeWord, extractFields, type FieldMap } from "./pattern.js";
import type { ParseContext } from "./syntax/element.js";
import { parseWith, templatesOf, type Template } from "./syntax/template.js";

/** Text that is not an instruction, an unknown symbol, a value out of range. */
export class AssemblyError extends Error {
  readonly code = "isa/assembly";
}

export interface AssembledWord {
  readonly encoding: BoundEncoding;
  readonly fields: FieldMap;
  readonly word: number;
  /** Length in bytes. */
  readonly size: 2 | 4;
}

interface Candidate {
  readonly encoding: BoundEncoding;
  readonly template: Template;
}

/** Looks templates up by the literal head of their mnemonic. */
export class LineAssembler {
  readonly #decoder: Decoder;
  readonly #byHead = new Map<string, Candidate[]>();

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
    for (const encoding of decoder.encodings) {
      for (const template of templatesOf(encoding)) {
        const list = this.#byHead.get(template.head) ?? [];
        list.push({ encoding, template });
        this.#byHead.set(template.head, list);
      }
    }
  }

  /**
   * Assembles one instruction. The shortest encoding that fits is taken; `.w` asks for a wide one and
   * `.n` for a narrow one. Throws AssemblyError when nothing fits.
   */
  assemble(line: string, context: ParseContext): AssembledWord {
    const text = line.trim();
    const narrowOnly = /^\S+\.n(?:\s|$)/i.test(text);
    const wideOnly = /^\S+\.w(?:\s|$)/i.test(text);
    const mnemonicEnd = text.search(/\s|$/);
    let mnemonic = text.slice(0, mnemonicEnd).toLowerCase();
    if (narrowOnly) mnemonic = mnemonic.slice(0, -2);
    const source = mnemonic + text.slice(mnemonicEnd);
    let best: AssembledWord | undefined;
    let predictable = false;
    for (let length = mnemonic.length; length > 0; length--) {
      for (const { encoding, template } of this.#byHead.get(mnemonic.slice(0, length)) ?? []) {
        if ((encoding.set === "a32") === context.thumb) continue;
        const size = encoding.set === "t16" ? 2 : 4;
        if ((narrowOnly && size === 4) || (wideOnly && size === 2)) continue;
        for (const fields of parseWith(template, source, context)) {
          if (template.form.when !== undefined && !template.form.when(fullFields(encoding, fields)))
            continue;
          if (!fits(encoding, fields)) continue;
          const word = composeWord(encoding.pattern, fields);
          // A word that another encoding wins means something else.
          if (this.#decoder.find(encoding.set, word) !== encoding) continue;
          const foreseen = isPredictable(encoding, word, context);
          // What the Arm ARM defines is preferred to what it leaves open, then the shorter encoding.
          if (
            best === undefined ||
            (foreseen && !predictable) ||
            (foreseen === predictable && size < best.size)
          ) {
            best = { encoding, fields, word, size };
            predictable = foreseen;
          }
          // Other readings of the same text may mean what this one leaves open.
          if (foreseen) break;
        }
      }
    }
    if (best === undefined) {
      throw new AssemblyError(
        `no ${context.thumb ? "T32" : "A32"} instruction reads "${text}"; check mnemonic, operands and ranges`,
      );
    }
    return best;
  }
}

/** Is the word neither UNDEFINED nor UNPREDICTABLE by a row of the encoding? */
const isPredictable = (e: BoundEncoding, word: number, { itCondition }: ParseContext): boolean => {
  const fields = extractFields(e.pattern, word);
  const place = {
    inIT: itCondition !== undefined,
    lastInIT: true,
    cpu: "cortex-a15",
    mode: MODE.svc,
  } as const;
  return (
    e.spec.undefined?.(fields, place) !== true &&
    !(e.spec.unpredictable ?? []).some((u) => u.when(fields, place))
  );
};

/** A low-register field cannot hold a high register. */
const fits = (e: BoundEncoding, fields: FieldMap): boolean =>
  e.pattern.fields.every(({ name, width }) => (fields[name] ?? 0) < 2 ** width);

const fullFields = (e: BoundEncoding, fields: FieldMap): FieldMap => {
  const all: Record<string, number> = {};
  for (const { name } of e.pattern.fields) all[name] = fields[name] ?? 0;
  return all;
};
