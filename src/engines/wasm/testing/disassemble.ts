/**
 * The text of a function of a module that `encodeModule` made: folded WebAssembly text, one statement a line.
 * An instruction that the engine does not know, or a stack that does not come out even, throws.
 */
import { VALUE_TYPES } from "../../../ir/wasm-opcodes.js";
import { VOID, type FunctionType } from "../../module/encoder.js";
import { OPCODE_NAMES, operandCount, type OpcodeName } from "./opcode-names.js";

/** What the bytes do not tell. */
export interface Names {
  readonly local: (n: number) => string;
  /** An offset in bytes; `address` is the text of what it is added to, empty where that is on the stack. */
  readonly offset: (address: string, bytes: number) => string;
  /** The name of a constant that is an argument of a call, or undefined. */
  readonly argument: (callee: string, position: number, n: number) => string | undefined;
}

class Reader {
  readonly #bytes: Uint8Array;
  at: number;
  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }
  get done(): boolean {
    return this.at === this.#bytes.length;
  }
  byte(): number {
    const b = this.#bytes[this.at++];
    if (b === undefined) throw new RangeError("the module ends in the middle of something");
    return b;
  }
  take(count: number): Uint8Array {
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }
  leb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const b = this.byte();
      value |= (b & 0x7f) << shift;
      if (b < 0x80) return value >>> 0;
    }
  }
  signed(): number {
    let value = 0;
    for (let shift = 0; ;) {
      const b = this.byte();
      value |= (b & 0x7f) << shift;
      shift += 7;
      if (b < 0x80) return shift < 32 && (b & 0x40) !== 0 ? value | (-1 << shift) : value;
    }
  }
  text(): string {
    return String.fromCharCode(...this.take(this.leb()));
  }
  list<T>(one: (i: number) => T): T[] {
    return Array.from({ length: this.leb() }, (_, i) => one(i));
  }
}

interface ModuleText {
  readonly types: readonly FunctionType[];
  readonly imports: readonly { readonly name: string; readonly type: number }[];
  /** Type, and bytes of locals and code. */
  readonly functions: readonly { readonly type: number; readonly body: Uint8Array }[];
  /** Per function index: whether the branch at an offset of the body is taken. */
  readonly hints: ReadonlyMap<number, ReadonlyMap<number, boolean>>;
}
const readModule = (bytes: Uint8Array): ModuleText => {
  const types: FunctionType[] = [];
  const imports: { name: string; type: number }[] = [];
  const functionTypes: number[] = [];
  const bodies: Uint8Array[] = [];
  const hints = new Map<number, Map<number, boolean>>();
  const all = new Reader(bytes, 8);
  while (!all.done) {
    const id = all.byte();
    const r = new Reader(all.take(all.leb()));
    if (id === 1)
      r.list(() => {
        r.byte();
        const parameters = r.list(() => r.byte()).length;
        types.push({ parameters, result: r.list(() => r.byte()).length === 1 });
      });
    else if (id === 2)
      r.list(() => {
        r.text();
        const name = r.text();
        const kind = r.byte();
        if (kind === 0) imports.push({ name, type: r.leb() });
        else {
          // Tables have their element type before the limits, which have a maximum for memories alone.
          if (kind === 1) r.byte();
          for (let n = r.byte(); n >= 0; n--) r.leb();
        }
      });
    else if (id === 3) r.list(() => functionTypes.push(r.leb()));
    else if (id === 10) r.list(() => bodies.push(r.take(r.leb())));
    else if (id === 0 && r.text() === "metadata.code.branch_hint")
      r.list(() => {
        const fn = r.leb();
        const rows = r.list((): [number, boolean] => {
          const at = r.leb();
          r.leb();
          return [at, r.byte() === 1];
        });
        hints.set(fn, new Map(rows));
      });
  }
  const functions = bodies.map((body, i) => ({ type: functionTypes[i]!, body }));
  return { types, imports, functions, hints };
};

/** An instruction with its operands, and the statements in it. */
interface Code {
  /** Asked for late: whether a label is used shows at its end. */
  readonly head: () => string;
  readonly args: readonly Code[];
  /** Of i32.const. */
  readonly constant?: number;
  readonly bodies: readonly { readonly name: string; readonly items: readonly Code[] }[];
}
/** Stands for a value that was written as a statement of its own: it is on the stack. */
const ON_STACK: Code = { head: () => "", args: [], bodies: [] };
interface Scope {
  readonly kind: string;
  readonly label: { readonly name: string; used: boolean };
  /** The condition of an if. */
  readonly args: readonly Code[];
  readonly hint: string;
  /** Type of what it leaves, or empty. */
  readonly result: string;
  items: Code[];
  stack: Code[];
  thenItems: Code[] | undefined;
}

const VALUE_TYPE_NAMES = new Map(Object.entries(VALUE_TYPES).map(([name, n]) => [n, name]));
/** Columns that a line of instructions has at most, where it can be broken. */
const WIDTH = 108;
const flat = ({ head, args }: Code): string => `(${[head(), ...args.map(flat)].join(" ")})`;
const isFlat = (code: Code): boolean => code.bodies.length === 0 && code.args.every(isFlat);
/** Lines of an instruction; brackets close on the last one. */
const render = (code: Code, indent: string): string[] => {
  if (isFlat(code)) {
    const line = indent + flat(code);
    if (line.length <= WIDTH) return [line];
  }
  const inner = `${indent}  `;
  const lines: string[] = [];
  const [first, ...rest] = code.args;
  let opening = `${indent}(${code.head()}`;
  if (first !== undefined && isFlat(first) && opening.length + flat(first).length < WIDTH)
    opening += ` ${flat(first)}`;
  else if (first !== undefined) rest.unshift(first);
  lines.push(opening, ...rest.flatMap((arg) => render(arg, inner)));
  for (const { name, items } of code.bodies) {
    if (name === "") lines.push(...items.flatMap((item) => render(item, inner)));
    else {
      lines.push(`${inner}(${name}`, ...items.flatMap((item) => render(item, `${inner}  `)));
      lines[lines.length - 1] += ")";
    }
  }
  lines[lines.length - 1] += ")";
  return lines;
};

class FunctionReader {
  readonly #module: ModuleText;
  readonly #names: Names;
  readonly #r: Reader;
  readonly #hints: ReadonlyMap<number, boolean>;
  readonly #result: boolean;
  readonly #scopes: Scope[] = [];
  #labels = 0;

  constructor(module: ModuleText, fn: number, names: Names) {
    const { type, body } = module.functions[fn]!;
    this.#module = module;
    this.#names = names;
    this.#r = new Reader(body);
    this.#hints = module.hints.get(module.imports.length + fn) ?? new Map();
    this.#result = module.types[type]!.result;
  }
  get #scope(): Scope {
    return this.#scopes.at(-1)!;
  }
  #open(kind: string, args: readonly Code[], hint: string, result: string): void {
    const label = { name: `$L${this.#labels++}`, used: false };
    const items: Code[] = [];
    this.#scopes.push({ kind, label, args, hint, result, items, stack: [], thenItems: undefined });
  }
  #pop(count: number): Code[] {
    const { stack } = this.#scope;
    if (stack.length < count) throw new RangeError(`at ${this.#r.at}: the stack has too little`);
    return stack.splice(stack.length - count).filter((code) => code !== ON_STACK);
  }
  /** Values that wait become statements: what comes next must not be done before them. */
  #flush(): void {
    const scope = this.#scope;
    scope.items.push(...scope.stack.filter((code) => code !== ON_STACK));
    scope.stack = scope.stack.map(() => ON_STACK);
  }
  #put(code: Code, isValue: boolean): void {
    if (isValue) this.#scope.stack.push(code);
    else {
      this.#flush();
      this.#scope.items.push(code);
    }
  }
  #instruction(head: string, operands: number, isValue: boolean): void {
    const args = this.#pop(operands);
    this.#put({ head: () => head, args, bodies: [] }, isValue);
  }

  /** Statements of the whole function. */
  read(): Code[] {
    const r = this.#r;
    r.list(() => {
      r.leb();
      r.byte();
    });
    this.#open("function", [], "", this.#result ? "i32" : "");
    while (this.#scopes.length > 0) {
      const at = r.at;
      const prefix = r.byte();
      const table = OPCODE_NAMES.get(prefix);
      const opcode = table === undefined || prefix === 0 ? prefix : r.leb();
      const known =
        (prefix === 0 ? undefined : table)?.get(opcode) ?? OPCODE_NAMES.get(0)!.get(opcode);
      if (known === undefined)
        throw new RangeError(
          `at ${at}: no name for 0x${prefix.toString(16)} 0x${opcode.toString(16)}`,
        );
      const items = this.#one(known, at);
      if (items !== undefined) return items;
    }
    throw new RangeError("the function has no end");
  }
  #one({ name, immediates, align }: OpcodeName, at: number): Code[] | undefined {
    const r = this.#r;
    const taken = this.#hints.get(at);
    const hint = taken === undefined ? "" : taken ? " (;usual;)" : " (;seldom;)";
    switch (immediates) {
      case "block": {
        const type = r.byte();
        const result = VALUE_TYPE_NAMES.get(type) ?? "";
        if (result === "" && type !== VOID) throw new RangeError(`at ${at}: block of type ${type}`);
        this.#open(name, name === "if" ? this.#pop(1) : [], hint, result);
        return undefined;
      }
      case "label": {
        const { label } = this.#scopes.at(-1 - r.leb())!;
        label.used = true;
        this.#instruction(`${name} ${label.name}${hint}`, name === "br_if" ? 1 : 0, false);
        return undefined;
      }
      case "labels": {
        const names = [...r.list(() => r.leb()), r.leb()].map((depth) => {
          const { label } = this.#scopes.at(-1 - depth)!;
          label.used = true;
          return label.name;
        });
        this.#instruction(`${name} ${names.join(" ")}`, 1, false);
        return undefined;
      }
      case "index": {
        const n = r.leb();
        if (name === "call") {
          const { name: callee, type } = this.#module.imports[n]!;
          const { parameters, result } = this.#module.types[type]!;
          const args = this.#pop(parameters).map((arg, position): Code => {
            const named =
              arg.constant === undefined
                ? undefined
                : this.#names.argument(callee, position, arg.constant);
            return named === undefined ? arg : { ...arg, head: () => `i32.const ${named}` };
          });
          this.#put({ head: () => `call $${callee}`, args, bodies: [] }, result);
        } else
          this.#instruction(
            `${name} ${this.#names.local(n)}`,
            name === "local.get" ? 0 : 1,
            name !== "local.set",
          );
        return undefined;
      }
      case "indirect": {
        const { parameters, result } = this.#module.types[r.leb()]!;
        r.leb();
        // What returns leaves nothing.
        this.#instruction(name, parameters + 1, result && name === "call_indirect");
        return undefined;
      }
      case "signed": {
        const n = r.signed();
        const head = (): string => `${name} ${numeral(n)}`;
        this.#put({ head, args: [], constant: n, bodies: [] }, true);
        return undefined;
      }
      case "memory":
      case "memory-lane":
        this.#memory(name, align!, immediates === "memory-lane");
        return undefined;
      case "lane":
        this.#instruction(`${name} ${r.byte()}`, operandCount(name), true);
        return undefined;
      case "bytes4":
      case "bytes8":
      case "bytes16": {
        const bytes = r.take(Number(immediates.slice(5)));
        this.#instruction(`${name} ${immediateText(immediates, bytes)}`, operandCount(name), true);
        return undefined;
      }
      case "none":
        return this.#plain(name);
    }
  }
  #memory(name: string, natural: number, lane: boolean): void {
    const r = this.#r;
    const align = r.leb();
    const bytes = r.leb();
    const suffix = lane ? ` ${r.byte()}` : "";
    const isStore = name.includes("store");
    const args = this.#pop(isStore || lane ? 2 : 1);
    const address = args[0] === undefined || (isStore && args.length < 2) ? "" : flat(args[0]);
    const offset = this.#names.offset(address, bytes);
    const head =
      name +
      (offset === "" ? "" : ` offset=${offset}`) +
      (align === natural ? "" : ` align=${2 ** align}`) +
      suffix;
    this.#put({ head: () => head, args, bodies: [] }, !isStore);
  }
  #plain(name: string): Code[] | undefined {
    const scope = this.#scope;
    if (name === "else") {
      this.#flush();
      scope.thenItems = scope.items;
      scope.items = [];
      scope.stack = [];
      return undefined;
    }
    if (name === "end") {
      const left = scope.stack.length;
      const open = scope.items.at(-1)?.head().split(" ")[0] ?? "";
      const unreachable = ["br", "unreachable", "return"].includes(open);
      if (left !== (scope.result === "" ? 0 : 1) && !(left === 0 && unreachable))
        throw new RangeError(`at ${this.#r.at}: ${left} values at the end of ${scope.kind}`);
      this.#flush();
      this.#scopes.pop();
      if (scope.kind === "function") return scope.items;
      const { kind, label, args, hint, result, items, thenItems } = scope;
      const bodies =
        kind !== "if"
          ? [{ name: "", items }]
          : thenItems === undefined
            ? [{ name: "then", items }]
            : [
                { name: "then", items: thenItems },
                { name: "else", items },
              ];
      const head = (): string =>
        `${kind}${label.used ? ` ${label.name}` : ""}${hint}${result === "" ? "" : ` (result ${result})`}`;
      this.#put({ head, args, bodies }, result !== "");
      return undefined;
    }
    if (name === "unreachable") this.#instruction(name, 0, false);
    else if (name === "return") this.#instruction(name, this.#result ? 1 : 0, false);
    else this.#instruction(name, operandCount(name), true);
    return undefined;
  }
}

/** Decimal for what is small, else hexadecimal of 32 bits. */
const numeral = (n: number): string =>
  n >= -9 && n < 10 ? String(n) : `0x${(n >>> 0).toString(16)}`;

const immediateText = (kind: "bytes4" | "bytes8" | "bytes16", bytes: Uint8Array): string => {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (kind === "bytes16")
    return [0, 4, 8, 12].map((at) => numeral(view.getInt32(at, true))).join(" ");
  const n = kind === "bytes4" ? view.getFloat32(0, true) : view.getFloat64(0, true);
  return String(n).replace("Infinity", "inf");
};

/** Lines of function `fn` of a module. */
export const disassembleFunction = (bytes: Uint8Array, fn: number, names: Names): string[] =>
  new FunctionReader(readModule(bytes), fn, names).read().flatMap((code) => render(code, "  "));
