/** The code that every micro-op's case is made of: its operands, the way on, the ways out. */
import { assembleWat, CONTROL, PURE_OPS, type PureOpName } from "../../ir/index.js";
import { SLOT } from "../../arch/index.js";
import { FunctionBody, OP, VOID } from "../module/encoder.js";
import { JUMP_CODE, probeJump } from "./jump-probe.js";
import { HEAD_WORDS, MICRO, MICRO_COUNT, MICRO_WORDS } from "./micro-ops.js";
import { CALL_NAMES, RUN_TYPE, type RunCalls } from "./run-calls.js";

/** Why the run function came back. The code offset and block are in the CPU's control words `at` and `block`. */
export const EXIT = {
  /** The next block is at PC slot with `key`; it is not known or not linked yet. `block` led to it. */
  lookup: 0,
  /** As lookup, and the GOTO at `at` may be linked to what is found. */
  link: 1,
  /** The budget does not cover the block at PC slot. */
  budget: 2,
  /** A call faulted; the instruction is that of `at`. */
  fault: 3,
  /** Exception or stop: the node is `calls[index]` of the block. */
  exit: 4,
  /** Exception return: target and psr in `target` and `psr`. */
  exceptionReturn: 5,
  /** The block ran often enough to be compiled; it has not begun. */
  warm: 6,
  /** Compiled code gave `key`, a TIER_EXIT or a key with which the way on is not known. */
  compiled: 7,
  /** The word at `at` is no micro-op. */
  unknown: 8,
} as const;

/**
 * Locals: the three parameters, which are the CPU's region, the present micro-op and bits that are set in keys; the
 * block that runs, a probed entry, a key. A case's own begin at FIRST.
 */
export const BASE = 0,
  P = 1,
  APART = 2,
  BLOCK = 3,
  ENTRY = 4,
  KEY = 5,
  FIRST = 6;

/** Writes the cases one behind the other: each stands where the branch table's label of its opcode ends. */
export class RunFunctionCode {
  readonly f = new FunctionBody(0, RUN_TYPE.parameters);
  /** Blocks that are open around the present code, the loop included. */
  #open = 0;
  #temporaries = FIRST;
  /** Whose case is written. */
  #micro = 0;

  constructor(cases: ReadonlyMap<number, (code: RunFunctionCode) => void>) {
    const { f } = this;
    f.locals = FIRST;
    f.get(P);
    f.const(2);
    f.byte(OP.shl);
    f.set(P);
    this.open(OP.loop);
    this.#enterBlock();
    this.open(OP.loop);
    for (let i = 0; i <= MICRO_COUNT; i++) this.open(OP.block);
    this.word(0);
    f.byte(OP.brTable);
    f.leb(MICRO_COUNT);
    for (let i = 0; i <= MICRO_COUNT; i++) f.leb(i);
    this.close();
    for (let micro = 0; micro < MICRO_COUNT; micro++) {
      const write = cases.get(micro);
      if (write === undefined) throw new Error(`interpreter: micro-op ${micro} has no code`);
      this.#temporaries = FIRST;
      this.#micro = micro;
      write(this);
      this.close();
    }
    this.leave(EXIT.unknown);
    this.close();
    this.close();
    f.byte(OP.unreachable);
  }
  /** Does a HEAD or HEAD_COUNTED that lets pass; the branch table sees all others. */
  #enterBlock(): void {
    const { f } = this;
    const [op, left, count] = [ENTRY, KEY, this.temporary()];
    this.word(0);
    f.tee(op);
    f.const(MICRO.HEAD_COUNTED);
    f.byte(OP.leU);
    this.open(OP.if);
    this.slot(CONTROL.budget);
    this.word(1);
    f.byte(OP.sub);
    f.tee(left);
    f.const(0);
    f.byte(OP.geS);
    // The opcodes are 0 and 1: what a run counts.
    this.word(3);
    f.get(op);
    f.byte(OP.sub);
    f.tee(count);
    f.get(op);
    f.byte(OP.geS);
    f.byte(OP.and);
    this.open(OP.if);
    this.putSlot(CONTROL.budget, () => f.get(left));
    f.get(P);
    f.get(count);
    f.memory(OP.store, 2, 12);
    this.word(2);
    f.set(BLOCK);
    f.get(P);
    f.const(HEAD_WORDS * 4);
    f.byte(OP.add);
    f.set(P);
    this.close();
    this.close();
  }
  open(op: number, type: number = VOID): void {
    this.f.byte(op);
    this.f.byte(type);
    this.#open++;
  }
  close(): void {
    this.f.byte(OP.end);
    this.#open--;
  }
  temporary(): number {
    const local = this.#temporaries++;
    if (local >= this.f.locals) this.f.locals = local + 1;
    return local;
  }
  /** Pushes word `n` of the micro-op. */
  word(n: number): void {
    this.f.get(P);
    this.f.memory(OP.load, 2, n * 4);
  }
  /** Pushes where the word of the CPU's region is that word `n` names. */
  place(n: number): void {
    this.f.get(BASE);
    this.word(n);
    this.f.const(2);
    this.f.byte(OP.shl);
    this.f.byte(OP.add);
  }
  /** Pushes the value that word `n` names. */
  value(n: number): void {
    this.place(n);
    this.f.memory(OP.load, 2, 0);
  }
  /** The same in a local. */
  local(n: number): number {
    const local = this.temporary();
    this.value(n);
    this.f.set(local);
    return local;
  }
  /** Pushes a fixed word of the CPU's region. */
  slot(slot: number): void {
    this.f.get(BASE);
    this.f.memory(OP.load, 2, slot * 4);
  }
  putSlot(slot: number, push: () => void): void {
    this.f.get(BASE);
    push();
    this.f.memory(OP.store, 2, slot * 4);
  }
  pure(op: PureOpName, args: readonly string[]): void {
    const lane = PURE_OPS[op].wat as (...texts: string[]) => string;
    this.text(lane(...args));
  }
  text(expression: string): void {
    for (const byte of assembleWat(expression)) this.f.byte(byte);
  }
  call(name: keyof RunCalls): void {
    this.f.call(CALL_NAMES.indexOf(name));
  }
  /** Goes on with the next micro-op. */
  next(): void {
    const { f } = this;
    f.get(P);
    f.const(MICRO_WORDS[this.#micro]! * 4);
    f.byte(OP.add);
    f.set(P);
    this.again();
  }
  /** Enters the block at the word offset on the stack. */
  enter(): void {
    this.f.const(2);
    this.f.byte(OP.shl);
    this.f.set(P);
    this.f.byte(OP.br);
    this.f.leb(this.#open - 1);
  }
  again(): void {
    this.f.byte(OP.br);
    this.f.leb(this.#open - 2);
  }
  /** Says where the block is: before a call that may fault or ask, and before leaving. */
  here(): void {
    this.putSlot(CONTROL.at, () => {
      this.f.get(P);
      this.f.const(2);
      this.f.byte(OP.shrU);
    });
    this.putSlot(CONTROL.block, () => this.f.get(BLOCK));
  }
  leave(exit: number): void {
    this.here();
    this.f.const(exit);
    this.f.byte(OP.return);
  }
  /** Leaves where what was called faulted. */
  heed(): void {
    this.slot(CONTROL.faulted);
    this.open(OP.if);
    this.f.const(EXIT.fault);
    this.f.byte(OP.return);
    this.close();
  }
  /** Continues at (pc, key) through the jump cache, or goes back to look it up: by `exit`. */
  jump(pc: number, key: number, exit: number = EXIT.lookup): void {
    const { f } = this;
    const pushKey = (): void => {
      f.get(key);
      f.get(APART);
      f.byte(OP.or);
    };
    probeJump(f, BASE, pc, pushKey, ENTRY);
    this.open(OP.if);
    f.get(ENTRY);
    f.memory(OP.load, 2, JUMP_CODE);
    this.enter();
    this.close();
    this.putSlot(SLOT.PC, () => f.get(pc));
    this.putSlot(CONTROL.key, () => f.get(key));
    this.leave(exit);
  }
}
/** Writes the case of a micro-op. */
export type Write = (c: RunFunctionCode) => void;

/** A local that is the sum, or the like, of what is on the stack. */
export const kept = (c: RunFunctionCode): number => {
  const local = c.temporary();
  c.f.set(local);
  return local;
};
