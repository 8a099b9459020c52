/** The binary format of WebAssembly (Core Specification 2.0, chapter 5), as much of it as the engine emits. */

/** Opcodes of control, locals, memory and the arithmetic that is not part of a pure op. */
export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCallIndirect: 0x13,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  load: 0x28,
  load8: 0x2d,
  load16: 0x2f,
  store: 0x36,
  store8: 0x3a,
  store16: 0x3b,
  const: 0x41,
  eqz: 0x45,
  eq: 0x46,
  ne: 0x47,
  ltS: 0x48,
  ltU: 0x49,
  gtS: 0x4a,
  leU: 0x4d,
  geS: 0x4e,
  add: 0x6a,
  sub: 0x6b,
  and: 0x71,
  or: 0x72,
  xor: 0x73,
  shl: 0x74,
  shrU: 0x76,
} as const;
const I32 = 0x7f;
/** Block type of no result. */
export const VOID = 0x40;
export { I32 };

/** Bytes that grow. */
export class Bytes {
  #data = new Uint8Array(1024);
  length = 0;

  byte(value: number): void {
    if (this.length === this.#data.length) this.#grow(0);
    this.#data[this.length++] = value;
  }
  /** Unsigned LEB128. */
  leb(value: number): void {
    let v = value >>> 0;
    while (v >= 0x80) {
      this.byte((v & 0x7f) | 0x80);
      v >>>= 7;
    }
    this.byte(v);
  }
  /** Signed LEB128 of 32 bits. */
  signed(value: number): void {
    let v = value | 0;
    for (;;) {
      const low = v & 0x7f;
      v >>= 7;
      if ((v === 0 && (low & 0x40) === 0) || (v === -1 && (low & 0x40) !== 0)) {
        this.byte(low);
        return;
      }
      this.byte(low | 0x80);
    }
  }
  text(value: string): void {
    this.leb(value.length);
    for (let i = 0; i < value.length; i++) this.byte(value.charCodeAt(i));
  }
  append(other: Bytes): void {
    const length = this.length + other.length;
    if (length > this.#data.length) this.#grow(length);
    this.#data.set(other.#data.subarray(0, other.length), this.length);
    this.length = length;
  }
  #grow(least: number): void {
    const grown = new Uint8Array(Math.max(this.#data.length * 2, least));
    grown.set(this.#data.subarray(0, this.length));
    this.#data = grown;
  }
  view(): Uint8Array<ArrayBuffer> {
    return this.#data.slice(0, this.length);
  }
}

/** Code of one function: parameters first, then as many locals as were taken, of type i32 where not told. */
export class FunctionBody extends Bytes {
  readonly type: number;
  readonly parameters: number;
  locals: number;
  /** Types of the locals from number `first` on that are not i32. */
  typed: { readonly first: number; readonly types: readonly number[] } | undefined;
  /** Branches that are foreseen: byte offset of the instruction in the code, and whether it is taken. */
  readonly hints: { readonly at: number; readonly taken: boolean }[] = [];

  constructor(type: number, parameters: number) {
    super();
    this.type = type;
    this.parameters = parameters;
    this.locals = parameters;
  }
  const(value: number): void {
    this.byte(OP.const);
    this.signed(value);
  }
  get(local: number): void {
    this.byte(OP.localGet);
    this.leb(local);
  }
  set(local: number): void {
    this.byte(OP.localSet);
    this.leb(local);
  }
  tee(local: number): void {
    this.byte(OP.localTee);
    this.leb(local);
  }
  /** A load or store of 2 to the power of `align` bytes at a constant offset from the address on the stack. */
  memory(op: number, align: number, offset: number): void {
    this.byte(op);
    this.byte(align);
    this.leb(offset);
  }
  call(fn: number): void {
    this.byte(OP.call);
    this.leb(fn);
  }
}

/** Pages of 64 KiB that a memory may have. */
const MOST_PAGES = 65536;

export interface FunctionType {
  readonly parameters: number;
  readonly result: boolean;
}
export interface ImportedFunction {
  readonly name: string;
  readonly type: number;
}
export interface ModuleParts {
  readonly types: readonly FunctionType[];
  /** Imports of module "host"; their indices come before those of `functions`. */
  readonly imports: readonly ImportedFunction[];
  /** Whether host.table is imported: functions called by number. */
  readonly table: boolean;
  /** Exported as f0, f1, ... */
  readonly functions: readonly FunctionBody[];
  /** Pages of host.memory, which is imported; "any": as many as it has. */
  readonly memoryPages: number | "any";
}

const section = (out: Bytes, id: number, fill: (b: Bytes) => void): void => {
  const b = new Bytes();
  fill(b);
  out.byte(id);
  out.leb(b.length);
  out.append(b);
};
/** The declaration of a function's locals: runs of one type. */
const localsOf = (f: FunctionBody): Bytes => {
  const { first, types } = f.typed ?? { first: f.locals, types: [] };
  const runs: { count: number; type: number }[] = [{ count: first - f.parameters, type: I32 }];
  const rest = f.locals - first - types.length;
  for (const type of [...types, ...Array.from({ length: rest }, () => I32)]) {
    const last = runs.at(-1)!;
    if (last.type === type) last.count++;
    else runs.push({ count: 1, type });
  }
  const head = new Bytes();
  head.leb(runs.length);
  for (const { count, type } of runs) {
    head.leb(count);
    head.byte(type);
  }
  return head;
};
/** The bytes of a module. */
export const encodeModule = (parts: ModuleParts): Uint8Array<ArrayBuffer> => {
  const out = new Bytes();
  for (const b of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) out.byte(b);
  section(out, 1, (b) => {
    b.leb(parts.types.length);
    for (const type of parts.types) {
      b.byte(0x60);
      b.leb(type.parameters);
      for (let i = 0; i < type.parameters; i++) b.byte(I32);
      b.leb(type.result ? 1 : 0);
      if (type.result) b.byte(I32);
    }
  });
  section(out, 2, (b) => {
    b.leb(parts.imports.length + 1 + (parts.table ? 1 : 0));
    for (const { name, type } of parts.imports) {
      b.text("host");
      b.text(name);
      b.byte(0);
      b.leb(type);
    }
    b.text("host");
    b.text("memory");
    b.byte(2);
    b.byte(1);
    b.leb(parts.memoryPages === "any" ? 1 : parts.memoryPages);
    b.leb(parts.memoryPages === "any" ? MOST_PAGES : parts.memoryPages);
    if (parts.table) {
      b.text("host");
      b.text("table");
      b.byte(1);
      b.byte(0x70);
      b.byte(0);
      b.leb(0);
    }
  });
  section(out, 3, (b) => {
    b.leb(parts.functions.length);
    for (const f of parts.functions) b.leb(f.type);
  });
  section(out, 7, (b) => {
    b.leb(parts.functions.length);
    parts.functions.forEach((_, i) => {
      b.text(`f${i}`);
      b.byte(0);
      b.leb(parts.imports.length + i);
    });
  });
  const hinted = parts.functions.filter((f) => f.hints.length > 0);
  if (hinted.length > 0) {
    section(out, 0, (b) => {
      b.text("metadata.code.branch_hint");
      b.leb(hinted.length);
      for (const f of hinted) {
        b.leb(parts.imports.length + parts.functions.indexOf(f));
        b.leb(f.hints.length);
        const head = localsOf(f).length;
        for (const { at, taken } of f.hints) {
          b.leb(head + at);
          b.leb(1);
          b.byte(taken ? 1 : 0);
        }
      }
    });
  }
  section(out, 10, (b) => {
    b.leb(parts.functions.length);
    for (const f of parts.functions) {
      const head = localsOf(f);
      b.leb(head.length + f.length + 1);
      b.append(head);
      b.append(f);
      b.byte(OP.end);
    }
  });
  return out.view();
};
