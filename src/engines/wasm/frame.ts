/** What the code of every region is made of: labels, words of the CPU's region, the ways in and out. */
import {
  assembleWat,
  CONTROL,
  LANE_LOCALS,
  PURE_OPS,
  SIGNAL,
  type FlagOpName,
  type PureOpName,
} from "../../ir/index.js";
import { SLOT } from "../../arch/index.js";
import { GO_ON_WITHIN, TIER_EXIT } from "../interpreter/tier.js";
import { TYPE } from "./abi.js";
import { FunctionBody, OP, VOID } from "../module/encoder.js";
import { LAZY_LOCALS, LazyFlags } from "./lazy-flags.js";
import type { Homes } from "./liveness.js";

/** A value: a constant, or a local. */
export type Operand = { readonly constant: number } | { readonly local: number };

const TEMPLATES = new Map<PureOpName, readonly number[]>();
/** Code of a pure op with holes for its operands, out of its `wat` lane. */
const templateOf = (op: PureOpName): readonly number[] => {
  let known = TEMPLATES.get(op);
  if (known === undefined) {
    const lane = PURE_OPS[op].wat as (...args: string[]) => string;
    TEMPLATES.set(op, (known = assembleWat(lane("(arg 0)", "(arg 1)", "(arg 2)"))));
  }
  return known;
};

/**
 * Locals of every function: the CPU's region, the budget, the result, the
 * address to go on at, the TLB entry that is probed, the last access's addend, where in memory the interpreter's code of
 * the block to go on at is (0: not known). Slots in locals follow, then
 * temporaries; between them those of vector lanes, where the region has some. BUDGET is what is left above the floor.
 */
export const BASE = 0,
  BUDGET = 1,
  RESULT = 2,
  PC = 3,
  ENTRY = 4,
  ADDEND = 5,
  LINK = 6,
  FIRST_HOME = 7;
const LANE_LOCAL_TYPES: readonly number[] = Object.values(LANE_LOCALS);
/** Gives a function the locals of vector lanes, at FIRST_HOME; those behind them are i32. */
export const laneLocals = (f: FunctionBody): void => {
  f.typed = { first: FIRST_HOME, types: LANE_LOCAL_TYPES };
  f.locals = FIRST_HOME + LANE_LOCAL_TYPES.length;
};

/** Labels that are no guest block. */
export const OUT = -1,
  FAULT = -2,
  NOWHERE = -3,
  WITHIN = -4;

export class Frame {
  readonly f = new FunctionBody(TYPE.compiled, 1);
  readonly #homes: Homes;
  /** What each open block of the function is: a guest block that it leads to, or one of the labels above. */
  readonly #labels: number[] = [];
  /** Local of the first slot that has one. */
  readonly firstHome: number;
  #nextTemporary = 0;

  /** Flags that are worked out on the way out, where the region has some. */
  readonly lazy: LazyFlags | undefined;
  readonly #firstTemporary: number;

  /** Local of the first place that is kept from block to block. */
  readonly firstPlace: number;

  /** `vectors`: room for the locals of vector lanes; `lazy`: flag ops that are lazy; `places`: how many are kept. */
  constructor(homes: Homes, vectors: boolean, lazy: ReadonlySet<FlagOpName>, places: number) {
    this.#homes = homes;
    this.f.locals = FIRST_HOME;
    if (vectors) laneLocals(this.f);
    this.firstHome = this.f.locals;
    this.f.locals += homes.slots.length;
    if (lazy.size > 0) {
      this.lazy = new LazyFlags(this, this.f.locals, lazy);
      this.f.locals += LAZY_LOCALS.length;
    }
    this.firstPlace = this.f.locals;
    this.f.locals += places;
    this.#firstTemporary = this.f.locals;
    this.freeTemporaries();
  }
  freeTemporaries(): void {
    this.#nextTemporary = this.#firstTemporary;
  }

  /** Says of the next `if` or `br_if` whether its condition will hold. */
  foresee(taken: boolean): void {
    this.f.hints.push({ at: this.f.length, taken });
  }
  open(op: number, label: number, type: number = VOID): void {
    this.f.byte(op);
    this.f.byte(type);
    this.#labels.push(label);
  }
  close(): void {
    this.f.byte(OP.end);
    this.#labels.pop();
  }
  branch(label: number, op: number = OP.br): void {
    this.f.byte(op);
    this.f.leb(this.#labels.length - 1 - this.#labels.lastIndexOf(label));
  }
  /** Pushes a word of the CPU's region. */
  load(word: number): void {
    this.f.get(BASE);
    this.f.memory(OP.load, 2, word * 4);
  }
  /** Stores what is on the stack, above the base. */
  store(word: number): void {
    this.f.memory(OP.store, 2, word * 4);
  }
  push(operand: Operand): void {
    if ("constant" in operand) this.f.const(operand.constant);
    else this.f.get(operand.local);
  }
  temporary(): number {
    const local = this.#nextTemporary++;
    if (local >= this.f.locals) this.f.locals = local + 1;
    return local;
  }
  homeOf(slot: number): number | undefined {
    const bit = this.#homes.bitOf.get(slot as never);
    return bit === undefined ? undefined : this.firstHome + bit;
  }
  writeBack(): void {
    this.#homes.slots.forEach((slot, bit) => {
      if ((this.#homes.written & (1 << bit)) === 0) return;
      this.keep(slot, { local: this.firstHome + bit });
    });
    this.lazy?.writeBack();
  }
  keep(word: number, operand: Operand): void {
    this.f.get(BASE);
    this.push(operand);
    this.store(word);
  }
  /** Pushes whether the budget, less `need`, is below the floor. */
  belowFloor(need: number): void {
    this.f.get(BUDGET);
    this.f.const(need);
    this.f.byte(OP.ltS);
  }
  loadBudget(): void {
    this.load(CONTROL.budget);
    this.load(CONTROL.floor);
    this.f.byte(OP.sub);
    this.f.set(BUDGET);
  }
  storeBudget(): void {
    this.f.get(BASE);
    this.f.get(BUDGET);
    this.load(CONTROL.floor);
    this.f.byte(OP.add);
    this.store(CONTROL.budget);
  }
  /** Opens what a body may branch to: the labels above. */
  beginBody(): void {
    for (const label of [OUT, FAULT, WITHIN]) this.open(OP.block, label);
  }
  /** Behind a body: all ways out store what the region keeps in locals. `calls`: the signal word may be set. */
  endBody(calls: boolean): void {
    const { f } = this;
    f.byte(OP.unreachable);
    this.close();
    this.keep(CONTROL.at, { local: RESULT });
    this.keep(CONTROL.block, { local: ENTRY });
    f.const(GO_ON_WITHIN);
    f.set(RESULT);
    this.branch(OUT);
    this.close();
    f.const(TIER_EXIT.fault);
    f.set(RESULT);
    this.close();
    this.writeBack();
    this.storeBudget();
    if (calls) this.keep(CONTROL.signal, { constant: 0 });
    this.keep(SLOT.PC, { local: PC });
  }
  /** Leaves for the block at a constant address. */
  leaveFor(pc: number, key: number): void {
    const f = this.f;
    f.const(pc);
    f.set(PC);
    f.const(key);
    f.set(RESULT);
    this.branch(OUT);
  }

  /** Leaves for the interpreter in the middle of a block, at a code offset of it. */
  leaveWithin(block: number, codeAt: number): void {
    this.f.const(codeAt);
    this.f.set(RESULT);
    this.f.const(block);
    this.f.set(ENTRY);
    this.branch(WITHIN);
  }
  /** Heeds the signal word, which stays as it is until the way out: takes the budget over, leaves after a fault. */
  afterCall(): void {
    const f = this.f;
    this.load(CONTROL.signal);
    this.foresee(false);
    this.open(OP.if, NOWHERE);
    this.loadBudget();
    this.load(CONTROL.signal);
    f.const(SIGNAL.fault);
    f.byte(OP.and);
    this.branch(FAULT, OP.brIf);
    this.close();
  }
  pure(op: PureOpName, args: readonly Operand[]): void {
    for (const byte of templateOf(op)) {
      if (byte >= 0) this.f.byte(byte);
      else this.push(args[-1 - byte]!);
    }
  }
}
