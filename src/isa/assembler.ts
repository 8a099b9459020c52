/**
 * A two-pass assembler for whole programs: labels, expressions and a few directives; instructions come
 * from the records. Syntax is UAL as GNU as takes it, as far as our own programs need it.
 *
 * Directives: .arm .thumb .align N (bytes, a power of two) .word .short .byte .space .equ NAME, VALUE
 * .ltorg. `ldr Rd, =expr` takes a word from the literal pool. Comments begin with @ or //.
 */
import { AssemblyError, LineAssembler } from "./assemble-line.js";
import { conditionNamed } from "./syntax/element.js";
import { DECODER } from "./instructions.js";

export interface AssembledProgram {
  /** Address of the first byte. */
  readonly base: number;
  readonly bytes: Uint8Array;
  /** Addresses and values of all labels and .equ names. Bit 0 of a T32 label is not set. */
  readonly symbols: ReadonlyMap<string, number>;
  /** For listings: address, bytes and source line. */
  readonly listing: readonly {
    readonly address: number;
    readonly size: number;
    readonly source: string;
  }[];
}
export interface AssembleOptions {
  readonly base?: number;
  /** Start in T32. */
  readonly thumb?: boolean;
  /** Data words and literals are stored big-endian; instructions never are (BE8, DDI 0406C, A3.3). */
  readonly bigEndian?: boolean;
  /** Values for names that the source does not define. */
  readonly symbols?: Readonly<Record<string, number>>;
}

let shared: LineAssembler | undefined;
const lineAssembler = (): LineAssembler => (shared ??= new LineAssembler(DECODER));

class Pass {
  readonly symbols: Map<string, number>;
  readonly bytes: number[] = [];
  readonly listing: { address: number; size: number; source: string }[] = [];
  readonly #base: number;
  readonly #bigEndian: boolean;
  readonly #known: ReadonlyMap<string, number> | undefined;
  #thumb: boolean;
  #it: number[] = [];
  #literals: { at: number; expression: string }[] = [];
  #pools: ReadonlyMap<number, number>;
  readonly pools = new Map<number, number>();
  line = 0;

  constructor(options: AssembleOptions, known: Pass | undefined) {
    this.#base = options.base ?? 0;
    this.#thumb = options.thumb ?? false;
    this.#bigEndian = options.bigEndian ?? false;
    this.symbols = new Map(Object.entries(options.symbols ?? {}));
    this.#known = known?.symbols;
    this.#pools = known?.pools ?? new Map();
  }
  get pc(): number {
    return this.#base + this.bytes.length;
  }
  fail(message: string): never {
    throw new AssemblyError(`line ${this.line}: ${message}`);
  }
  /** Value of an expression: + - * << >> & | ~ ( ), numbers, symbols, `.`. Undefined while symbols are unknown. */
  evaluate(text: string): number | undefined {
    const tokens =
      text.match(/0x[0-9a-f]+|0b[01]+|\d+|[A-Za-z_.$][\w.$]*|<<|>>|[-+*&|~()]/gi) ?? [];
    if (tokens.join("") !== text.replace(/\s+/g, "")) this.fail(`"${text}" is not an expression`);
    let i = 0;
    let unknown = false;
    const primary = (): number => {
      const token = tokens[i++];
      if (token === undefined) return this.fail(`"${text}" ends too soon`);
      if (token === "(") {
        const v = binary(0);
        if (tokens[i++] !== ")") this.fail(`"${text}" lacks a closing parenthesis`);
        return v;
      }
      if (token === "-") return -primary();
      if (token === "+") return primary();
      if (token === "~") return ~primary();
      if (/^\d/.test(token)) return Number(token);
      if (token === ".") return this.pc;
      const value = this.symbols.get(token) ?? this.#known?.get(token);
      if (value === undefined) {
        if (this.#known !== undefined) this.fail(`symbol "${token}" is not defined`);
        unknown = true;
        return this.pc;
      }
      return value;
    };
    const LEVELS = [["|"], ["&"], ["<<", ">>"], ["+", "-"], ["*"]];
    const binary = (level: number): number => {
      if (level === LEVELS.length) return primary();
      let left = binary(level + 1);
      while (LEVELS[level]!.includes(tokens[i] ?? "")) {
        const op = tokens[i++]!;
        const right = binary(level + 1);
        left =
          op === "|"
            ? left | right
            : op === "&"
              ? left & right
              : op === "<<"
                ? left << right
                : op === ">>"
                  ? left >>> right
                  : op === "+"
                    ? left + right
                    : op === "-"
                      ? left - right
                      : left * right;
      }
      return left;
    };
    if (tokens.length === 0) this.fail("an expression is missing");
    const value = binary(0);
    if (i !== tokens.length) this.fail(`"${text}" is not an expression`);
    return unknown ? undefined : value;
  }
  #number(text: string): number {
    return this.evaluate(text) ?? 0;
  }
  emit(value: number, size: number): void {
    for (let i = 0; i < size; i++) this.bytes.push((value >>> (8 * i)) & 0xff);
  }
  #emitData(value: number, size: number): void {
    if (!this.#bigEndian) return this.emit(value, size);
    for (let i = size - 1; i >= 0; i--) this.emit(value >>> (8 * i), 1);
  }
  statement(source: string): void {
    let text = source.replace(/(?:\/\/|@).*$/, "").trim();
    for (
      let label;
      (label = /^([A-Za-z_.$][\w.$]*):\s*/.exec(text)) !== null;
      text = text.slice(label[0].length)
    ) {
      if (this.symbols.has(label[1]!)) this.fail(`symbol "${label[1]!}" is defined twice`);
      this.symbols.set(label[1]!, this.pc);
    }
    if (text === "") return;
    const start = this.pc;
    if (text.startsWith(".")) this.#directive(text);
    else this.#instruction(text);
    this.listing.push({ address: start, size: this.pc - start, source: text });
  }
  #directive(text: string): void {
    const [, name, rest] = /^\.(\w+)\s*(.*)$/.exec(text)!;
    const args = rest!
      .split(",")
      .map((a) => a.trim())
      .filter((a) => a !== "");
    switch (name) {
      case "arm":
      case "thumb":
        this.#thumb = name === "thumb";
        return;
      case "align": {
        const to = this.#number(args[0] ?? "4");
        while (this.pc % to !== 0) this.emit(0, 1);
        return;
      }
      case "word":
      case "short":
      case "byte":
        for (const a of args) this.#emitData(this.#number(a), { word: 4, short: 2, byte: 1 }[name]);
        return;
      case "space":
        for (let n = this.#number(args[0] ?? "0"); n > 0; n--) this.emit(0, 1);
        return;
      case "equ":
        this.symbols.set(
          args[0] ?? this.fail(".equ takes a name and a value"),
          this.#number(args[1] ?? ""),
        );
        return;
      case "ltorg":
        return this.pool();
      default:
        this.fail(`unknown directive .${name!}`);
    }
  }
  /** Puts the literals asked for so far here. */
  pool(): void {
    if (this.#literals.length === 0) return;
    while (this.pc % 4 !== 0) this.emit(0, 1);
    for (const { at, expression } of this.#literals) {
      this.pools.set(at, this.pc);
      this.#emitData(this.#number(expression), 4);
    }
    this.#literals = [];
  }
  #instruction(text: string): void {
    const itCondition = this.#it.shift();
    const literal = /^(ldr\w*(?:\.w)?)\s+(\w+)\s*,\s*=\s*(.+)$/i.exec(text);
    let line = text;
    if (literal !== null) {
      const at = this.#pools.get(this.pc) ?? this.pc + 8;
      this.#literals.push({ at: this.pc, expression: literal[3]! });
      // Always wide in T32, so that both passes agree on its size.
      const mnemonic =
        this.#thumb && !literal[1]!.endsWith(".w") ? `${literal[1]!}.w` : literal[1]!;
      line = `${mnemonic} ${literal[2]!}, 0x${at.toString(16)}`;
    }
    const context = {
      pc: this.pc,
      thumb: this.#thumb,
      itCondition,
      evaluate: (expression: string) => this.evaluate(expression),
    };
    let made;
    try {
      made = lineAssembler().assemble(line, context);
    } catch (error) {
      if (error instanceof AssemblyError) this.fail(error.message.replace(/^line \d+: /, ""));
      throw error;
    }
    if (made.size === 2) this.emit(made.word, 2);
    else if (this.#thumb) {
      this.emit(made.word >>> 16, 2);
      this.emit(made.word & 0xffff, 2);
    } else this.emit(made.word, 4);
    if (made.encoding.instruction.name === "IT") this.#startIt(text);
  }
  /** Conditions of the instructions that an IT line covers. */
  #startIt(text: string): void {
    const match = /^i(t[te]*)\s+(\w+)/i.exec(text)!;
    const first = conditionNamed(match[2]!.toLowerCase())!;
    this.#it = match[1]!
      .split("")
      .map((letter) => (letter.toLowerCase() === "t" ? first : first ^ 1));
  }
}

/** Assembles a program. Throws AssemblyError naming the line. */
export const assemble = (source: string, options: AssembleOptions = {}): AssembledProgram => {
  const lines = source.split("\n");
  let known: Pass | undefined;
  // Sizes depend on symbols only through branch and literal reach, which settle by the third pass.
  for (let round = 0; ; round++) {
    const pass = new Pass(options, known);
    lines.forEach((line, i) => {
      pass.line = i + 1;
      pass.statement(line);
    });
    pass.pool();
    const settled =
      known !== undefined &&
      [...pass.symbols].every(([name, value]) => known!.symbols.get(name) === value);
    if (settled) {
      return {
        base: options.base ?? 0,
        bytes: Uint8Array.from(pass.bytes),
        symbols: pass.symbols,
        listing: pass.listing,
      };
    }
    if (round > 6)
      throw new AssemblyError(
        "addresses do not settle; use .w or .n on the branches that change size",
      );
    known = pass;
  }
};
