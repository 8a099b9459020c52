/** Emits word operations on a frame at a constant address: what blocks and sequences of arch/ are written in. */
import type { Slot, StateOps } from "../../../arch/index.js";
import { assembleWat, PURE_OPS, type PureOpName } from "../../../ir/index.js";
import { FunctionBody, OP, VOID } from "../../module/encoder.js";
import { STATE } from "./batch-layout.js";

export type Operand = { readonly constant: number } | { readonly local: number };

const TEMPLATES = new Map<PureOpName, readonly number[]>();
const templateOf = (op: PureOpName): readonly number[] => {
  let known = TEMPLATES.get(op);
  if (known === undefined) {
    const lane = PURE_OPS[op].wat as (...args: string[]) => string;
    TEMPLATES.set(op, (known = assembleWat(lane("(arg 0)", "(arg 1)", "(arg 2)"))));
  }
  return known;
};

export class BatchCode implements StateOps<Operand> {
  readonly f: FunctionBody;
  readonly #firstTemporary: number;
  #nextTemporary: number;
  readonly #labels: string[] = [];

  constructor(type: number, parameters: number, fixedLocals: number) {
    this.f = new FunctionBody(type, parameters);
    this.#firstTemporary = this.#nextTemporary = parameters + fixedLocals;
    this.f.locals = this.#firstTemporary;
  }
  freeTemporaries(): void {
    this.#nextTemporary = this.#firstTemporary;
  }
  temporary(): number {
    const local = this.#nextTemporary++;
    if (local >= this.f.locals) this.f.locals = local + 1;
    return local;
  }
  push(operand: Operand): void {
    if ("constant" in operand) this.f.const(operand.constant);
    else this.f.get(operand.local);
  }
  /** What is on the stack, as a value. */
  taken(): Operand {
    const local = this.temporary();
    this.f.set(local);
    return { local };
  }
  /** Pushes the word at a constant address. */
  word(address: number): void {
    this.f.const(0);
    this.f.memory(OP.load, 2, address);
  }
  /** Stores a value at a constant address. */
  setWord(address: number, value: Operand): void {
    this.f.const(0);
    this.push(value);
    this.f.memory(OP.store, 2, address);
  }
  pure(op: PureOpName, args: readonly Operand[]): Operand {
    for (const byte of templateOf(op)) {
      if (byte >= 0) this.f.byte(byte);
      else this.push(args[-1 - byte]!);
    }
    return this.taken();
  }
  /** Opens a block of control that branches to `label` leave or repeat. */
  open(op: number, label: string, type: number = VOID): void {
    this.f.byte(op);
    this.f.byte(type);
    this.#labels.push(label);
  }
  close(): void {
    this.f.byte(OP.end);
    this.#labels.pop();
  }
  branch(label: string, op: number = OP.br): void {
    this.f.byte(op);
    this.f.leb(this.#labels.length - 1 - this.#labels.lastIndexOf(label));
  }
  /** An `if` whose condition is on the stack. */
  when(body: () => void): void {
    this.open(OP.if, "");
    body();
    this.close();
  }

  // ---- StateOps -----------------------------------------------------------------------------------

  const(value: number): Operand {
    return { constant: value };
  }
  get(slot: Slot): Operand {
    this.word(STATE + slot * 4);
    return this.taken();
  }
  put(slot: Slot, value: Operand): void {
    this.setWord(STATE + slot * 4, value);
  }
  and(a: Operand, b: Operand): Operand {
    return this.pure("and", [a, b]);
  }
  or(a: Operand, b: Operand): Operand {
    return this.pure("or", [a, b]);
  }
  bic(a: Operand, b: Operand): Operand {
    return this.pure("bic", [a, b]);
  }
  add(a: Operand, b: Operand): Operand {
    return this.pure("add", [a, b]);
  }
  shl(a: Operand, b: Operand): Operand {
    return this.pure("shl", [a, b]);
  }
  shr(a: Operand, b: Operand): Operand {
    return this.pure("shr", [a, b]);
  }
  select(a: Operand, b: Operand, c: Operand): Operand {
    return this.pure("select", [a, b, c]);
  }
}

/** Opcodes that only batches use. */
export const SIMD = { load: 0x00, store: 0x0b, or: 0x50, xor: 0x51, anyTrue: 0x53 } as const;
export const BR_TABLE = 0x0e,
  LT_U = 0x49;
/** A vector operation; loads and stores take an offset. */
export const simd = (f: FunctionBody, op: number, offset?: number): void => {
  f.byte(0xfd);
  f.leb(op);
  if (offset !== undefined) {
    f.byte(4);
    f.leb(offset);
  }
};
/** Copies bytes: destination, source and length are on the stack. */
export const memoryCopy = (f: FunctionBody): void => {
  for (const byte of [0xfc, 0x0a, 0, 0]) f.byte(byte);
};
