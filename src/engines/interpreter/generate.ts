/**
 * The interpreter's run function: one WebAssembly function made out of the `wat` lanes of the IR's ops, so that an
 * op's meaning stands in its row alone. Control micro-ops are written here; they have no other meaning.
 *
 * It is a loop around one branch table, and one more around it that enters a block: its HEAD, which each block begins
 * with, is done there without a branch of its own. `p` is the byte offset of the present micro-op in the machine's
 * memory, where code begins at 0; operand words that name words of the CPU's region are shifted at each use.
 */
import {
  assembleWat,
  CONTROL,
  FLAG_OPS,
  PURE_OPS,
  TLB_ENTRIES,
  VECTOR_OP_NAMES,
  VECTOR_OPS,
  type Apply,
  type EngineHost,
  type FlagName,
  type FlagOpName,
  type PureOpName,
} from "../../ir/index.js";
import { SLOT } from "../../arch/index.js";
import {
  encodeModule,
  FunctionBody,
  OP,
  VOID,
  type FunctionType,
  type ImportedFunction,
} from "../wasm/encoder.js";
import { JUMP_CODE, probeJump } from "./jump-probe.js";
import { HEAD_WORDS, MICRO, MICRO_COUNT, microOfFlags, microOfPure } from "./micro-ops.js";
import { STRETCH, WANTS_BUDGET } from "./tier.js";

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
 * Runs from code offset `start` on for the CPU whose region is at byte offset `base`. Bits of `apart` are set in
 * each key that is looked for in the jump cache: with one that no key has, no jump is followed.
 */
export type RunFunction = (base: number, start: number, apart: number) => number;

/** What the run function calls: EngineHost's of the CPU that runs. `told` is asked after what may fault. */
export interface RunCalls {
  load(address: number, access: number): number;
  store(address: number, value: number, access: number): void;
  sysRead(register: number, wide: number): number;
  sysReadHigh(): number;
  sysWrite(register: number, low: number, high: number, wide: number): void;
  readCpsr(): number;
  writeCpsr(value: number, mask: number): void;
  translationKey(): number;
  /** Runs a node of a block that is a call into the machine, by its index in the block's `calls`. */
  call(block: number, index: number): void;
  vector(op: number, d: number, n: number, m: number, imm: number): void;
}
const SIGNATURES: Readonly<Record<keyof RunCalls, readonly [parameters: number, result: boolean]>> =
  {
    load: [2, true],
    store: [3, false],
    sysRead: [2, true],
    sysReadHigh: [0, true],
    sysWrite: [4, false],
    readCpsr: [0, true],
    writeCpsr: [2, false],
    translationKey: [0, true],
    call: [2, false],
    vector: [5, false],
  };
const NAMES = Object.keys(SIGNATURES) as (keyof RunCalls)[];
const RUN_TYPE: FunctionType = { parameters: 3, result: true };
/** Of compiled functions. */
const COMPILED_TYPE: FunctionType = { parameters: 1, result: true };
const TYPES: readonly FunctionType[] = [
  RUN_TYPE,
  COMPILED_TYPE,
  ...NAMES.map((name) => ({ parameters: SIGNATURES[name][0], result: SIGNATURES[name][1] })),
];
const IMPORTS: readonly ImportedFunction[] = NAMES.map((name, i) => ({ name, type: i + 2 }));

const BASE = 0,
  P = 1,
  APART = 2,
  BLOCK = 3,
  ENTRY = 4,
  KEY = 5,
  FIRST = 6;

/** Writes the cases one behind the other: each stands where the branch table's label of its opcode ends. */
class RunFunctionCode {
  readonly f = new FunctionBody(0, RUN_TYPE.parameters);
  /** Blocks that are open around the present code, the loop included. */
  #open = 0;
  #temporaries = FIRST;

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
  else(): void {
    this.f.byte(OP.else);
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
    this.f.call(NAMES.indexOf(name));
  }
  /** Goes on with the next micro-op, `n` words on. */
  next(n: number): void {
    const { f } = this;
    f.get(P);
    f.const(n * 4);
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
    this.slot(CONTROL.signal);
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
type Write = (c: RunFunctionCode) => void;

const pureCase =
  (name: PureOpName): Write =>
  (c) => {
    const { arity } = PURE_OPS[name];
    const args = Array.from({ length: arity }, (_, i) => `(local.get ${c.local(i + 2)})`);
    c.place(1);
    c.pure(name, args);
    c.f.memory(OP.store, 2, 0);
    c.next(arity + 2);
  };

/** A flag op's case: its expansion, each pure op once. */
const flagCase =
  (name: FlagOpName): Write =>
  (c) => {
    const row = FLAG_OPS[name];
    const args = Array.from({ length: row.arity }, (_, i) => `(local.get ${c.local(i + 1)})`);
    const apply: Apply<string> = (op, ...texts) => {
      c.pure(op, texts);
      const local = c.temporary();
      c.f.set(local);
      return `(local.get ${local})`;
    };
    const values = row.expand(apply, (n) => `(i32.const ${n})`, ...args);
    for (const [flag, value] of Object.entries(values))
      c.putSlot(SLOT[flag as FlagName], () => c.text(value));
    c.next(row.arity + 1);
  };

/** Where an access goes, in a local: the word at `n`, or the sum of two from there on. */
const addressOf = (c: RunFunctionCode, n: number, sum: boolean): number => {
  if (!sum) return c.local(n);
  const address = c.temporary();
  c.pure("add", [`(local.get ${c.local(n)})`, `(local.get ${c.local(n + 1)})`]);
  c.f.set(address);
  return address;
};
/** Pushes whether the TLB has the page of an address; ENTRY is then its entry. `table`: word that names the table. */
const probe = (c: RunFunctionCode, address: number, compare: number, table: number): void => {
  const { f } = c;
  c.place(table);
  f.get(address);
  f.const(9);
  f.byte(OP.shrU);
  f.const((TLB_ENTRIES - 1) << 3);
  f.byte(OP.and);
  f.byte(OP.add);
  f.tee(ENTRY);
  f.memory(OP.load, 2, 0);
  f.get(address);
  f.const(compare);
  f.byte(OP.and);
  f.byte(OP.eq);
};
/** Pushes where in the machine's memory an address is whose entry is ENTRY. */
const within = (c: RunFunctionCode, address: number): void => {
  c.f.get(address);
  c.f.get(ENTRY);
  c.f.memory(OP.load, 2, 4);
  c.f.byte(OP.add);
};
/** Opcodes of accesses by log2 of their size. */
const LOADS = [OP.load8, OP.load16, OP.load],
  STORES = [OP.store8, OP.store16, OP.store];
/** A load: TLB probe in place, the rest through the host. `compare` has the address bits that must match. */
const loadCase =
  (log: number, compare: number, sum = false): Write =>
  (c) => {
    const { f } = c;
    const n = sum ? 4 : 3;
    const address = addressOf(c, 2, sum);
    const value = c.temporary();
    probe(c, address, compare, n + 1);
    c.open(OP.if);
    c.place(1);
    within(c, address);
    f.memory(LOADS[log]!, log, 0);
    f.memory(OP.store, 2, 0);
    c.next(n + 2);
    c.close();
    c.here();
    f.get(address);
    c.word(n);
    c.call("load");
    f.set(value);
    c.heed();
    c.place(1);
    f.get(value);
    f.memory(OP.store, 2, 0);
    c.next(n + 2);
  };
const storeCase =
  (log: number, compare: number, sum = false): Write =>
  (c) => {
    const { f } = c;
    const n = sum ? 3 : 2;
    const address = addressOf(c, 1, sum);
    probe(c, address, compare, n + 2);
    c.open(OP.if);
    within(c, address);
    c.value(n);
    f.memory(STORES[log]!, log, 0);
    c.next(n + 3);
    c.close();
    c.here();
    f.get(address);
    c.value(n);
    c.word(n + 1);
    c.call("store");
    c.heed();
    c.next(n + 3);
  };

/** Charges the block to the budget. */
const head: Write = (c) => {
  const { f } = c;
  const left = c.temporary();
  c.word(2);
  f.set(BLOCK);
  c.slot(CONTROL.budget);
  c.word(1);
  f.byte(OP.sub);
  f.tee(left);
  f.const(0);
  f.byte(OP.ltS);
  c.open(OP.if);
  c.leave(EXIT.budget);
  c.close();
  c.putSlot(CONTROL.budget, () => f.get(left));
  c.next(HEAD_WORDS);
};
/** Leaves at a head, before the block has begun. */
const leaveHead = (c: RunFunctionCode, exit: number): void => {
  c.word(2);
  c.f.set(BLOCK);
  c.leave(exit);
};
/** A local that is the sum, or the like, of what is on the stack. */
const kept = (c: RunFunctionCode): number => {
  const local = c.temporary();
  c.f.set(local);
  return local;
};
const skip =
  (taken: number): Write =>
  (c) => {
    const { f } = c;
    c.word(2);
    f.const(2);
    f.byte(OP.shl);
    f.get(P);
    f.const(12);
    f.byte(OP.add);
    c.value(1);
    if (taken === 0) f.byte(OP.eqz);
    f.byte(OP.select);
    f.set(P);
    c.again();
  };

const goto: Write = (c) => {
  const { f } = c;
  c.word(1);
  const link = kept(c);
  f.get(link);
  f.const(0);
  f.byte(OP.gtS);
  c.open(OP.if);
  f.get(link);
  c.enter();
  c.close();
  c.word(2);
  const pc = kept(c);
  c.word(3);
  f.set(KEY);
  f.get(link);
  c.open(OP.if);
  c.jump(pc, KEY);
  c.close();
  c.putSlot(SLOT.PC, () => f.get(pc));
  c.putSlot(CONTROL.key, () => f.get(KEY));
  c.leave(EXIT.link);
};
/** A GOTO where word 4 is not zero, or zero. */
const conditional =
  (test: number | undefined): Write =>
  (c) => {
    c.value(4);
    if (test !== undefined) c.f.byte(test);
    c.open(OP.if);
    goto(c);
    c.close();
    c.next(5);
  };

/** Asks the machine for register word 2; `wide` pushes whether for 64 bits. The micro-op has `words` words. */
const readSystem = (c: RunFunctionCode, words: number, wide: () => void): void => {
  c.here();
  c.word(2);
  wide();
  c.call("sysRead");
  const value = kept(c);
  c.heed();
  c.place(1);
  c.f.get(value);
  c.f.memory(OP.store, 2, 0);
  c.next(words);
};

const WORD = 0xfffff003;
const CONTROL_CASES: Readonly<Record<keyof typeof MICRO, Write>> = {
  HEAD: head,
  HEAD_COUNTED(c) {
    const { f } = c;
    const count = c.temporary();
    c.word(3);
    f.const(1);
    f.byte(OP.sub);
    f.set(count);
    f.get(P);
    f.get(count);
    f.memory(OP.store, 2, 12);
    f.get(count);
    f.const(1);
    f.byte(OP.ltS);
    c.open(OP.if);
    leaveHead(c, EXIT.warm);
    c.close();
    head(c);
  },
  HEAD_COMPILED(c) {
    const { f } = c;
    c.slot(CONTROL.budget);
    const budget = kept(c);
    f.get(budget);
    c.word(3);
    f.byte(OP.geS);
    c.open(OP.if);
    c.word(2);
    f.set(BLOCK);
    c.putSlot(CONTROL.floor, () => {
      f.get(budget);
      f.const(STRETCH);
      f.byte(OP.sub);
      f.const(0);
      f.get(budget);
      f.const(STRETCH);
      f.byte(OP.gtS);
      f.byte(OP.select);
    });
    f.get(BASE);
    c.word(4);
    f.byte(OP.callIndirect);
    f.leb(TYPES.indexOf(COMPILED_TYPE));
    f.leb(0);
    f.tee(KEY);
    f.const(0);
    f.byte(OP.geS);
    c.open(OP.if);
    f.get(KEY);
    f.const(~WANTS_BUDGET);
    f.byte(OP.and);
    f.set(KEY);
    c.slot(SLOT.PC);
    c.jump(kept(c), KEY, EXIT.compiled);
    c.close();
    c.putSlot(CONTROL.key, () => f.get(KEY));
    c.leave(EXIT.compiled);
    c.close();
    head(c);
  },
  STALE: (c) => leaveHead(c, EXIT.budget),
  MOVE(c) {
    c.place(1);
    c.value(2);
    c.f.memory(OP.store, 2, 0);
    c.next(3);
  },
  LOAD8: loadCase(0, 0xfffff000),
  LOAD16: loadCase(1, 0xfffff001),
  LOAD32: loadCase(2, WORD),
  LOAD32_ALIGNED8: loadCase(2, 0xfffff007),
  LOAD32_ALIGNED16: loadCase(2, 0xfffff00f),
  LOAD32_ALIGNED32: loadCase(2, 0xfffff01f),
  STORE8: storeCase(0, 0xfffff000),
  STORE16: storeCase(1, 0xfffff001),
  STORE32: storeCase(2, WORD),
  STORE32_ALIGNED8: storeCase(2, 0xfffff007),
  STORE32_ALIGNED16: storeCase(2, 0xfffff00f),
  STORE32_ALIGNED32: storeCase(2, 0xfffff01f),
  LOAD8_SUM: loadCase(0, 0xfffff000, true),
  LOAD16_SUM: loadCase(1, 0xfffff001, true),
  LOAD32_SUM: loadCase(2, WORD, true),
  STORE8_SUM: storeCase(0, 0xfffff000, true),
  STORE16_SUM: storeCase(1, 0xfffff001, true),
  STORE32_SUM: storeCase(2, WORD, true),
  SKIP_ZERO: skip(0),
  SKIP_NONZERO: skip(1),
  GOTO: goto,
  GOTO_ZERO: conditional(OP.eqz),
  GOTO_NONZERO: conditional(undefined),
  DISPATCH(c) {
    c.word(1);
    const pc = kept(c);
    c.call("translationKey");
    c.f.set(KEY);
    c.jump(pc, KEY);
  },
  JUMP(c) {
    const pc = c.local(1);
    c.word(2);
    c.f.set(KEY);
    c.jump(pc, KEY);
  },
  EXCHANGE(c) {
    const { f } = c;
    const target = c.local(1);
    f.get(target);
    f.const(1);
    f.byte(OP.and);
    const thumb = kept(c);
    c.putSlot(SLOT.T, () => f.get(thumb));
    f.get(target);
    f.const(-2);
    f.byte(OP.and);
    const pc = kept(c);
    c.word(2);
    f.get(thumb);
    f.const(5);
    f.byte(OP.shl);
    f.byte(OP.or);
    f.set(KEY);
    c.jump(pc, KEY);
  },
  RETURN(c) {
    c.putSlot(CONTROL.target, () => c.value(1));
    c.putSlot(CONTROL.psr, () => c.value(2));
    c.leave(EXIT.exceptionReturn);
  },
  SYS_READ: (c) => readSystem(c, 4, () => c.word(3)),
  SYS_READ_PLAIN(c) {
    const { f } = c;
    for (const n of [4, 6]) {
      c.value(n);
      c.word(n + 1);
      f.byte(OP.and);
    }
    f.byte(OP.or);
    f.byte(OP.eqz);
    c.open(OP.if);
    c.place(1);
    c.value(3);
    f.memory(OP.store, 2, 0);
    c.next(8);
    c.close();
    readSystem(c, 8, () => f.const(0));
  },
  SYS_READ_HIGH(c) {
    c.place(1);
    c.call("sysReadHigh");
    c.f.memory(OP.store, 2, 0);
    c.next(2);
  },
  SYS_WRITE(c) {
    c.here();
    c.word(1);
    c.value(2);
    c.value(3);
    c.word(4);
    c.call("sysWrite");
    c.heed();
    c.next(5);
  },
  READ_CPSR(c) {
    c.place(1);
    c.call("readCpsr");
    c.f.memory(OP.store, 2, 0);
    c.next(2);
  },
  WRITE_CPSR(c) {
    c.here();
    c.value(1);
    c.word(2);
    c.call("writeCpsr");
    c.heed();
    c.next(3);
  },
  CALL(c) {
    c.here();
    c.f.get(BLOCK);
    c.word(1);
    c.call("call");
    c.heed();
    c.next(2);
  },
  VECTOR(c) {
    for (let n = 1; n <= 5; n++) c.word(n);
    c.call("vector");
    c.next(6);
  },
  EXIT(c) {
    c.putSlot(CONTROL.index, () => c.word(1));
    c.leave(EXIT.exit);
  },
};

const VECTOR_RUNS = VECTOR_OP_NAMES.map((name) => VECTOR_OPS[name].run);

/** The module of the run function, f0, for people who want to read it too. */
export const runModuleBytes = (): Uint8Array<ArrayBuffer> => {
  const cases = new Map<number, Write>();
  for (const name of Object.keys(MICRO) as (keyof typeof MICRO)[])
    cases.set(MICRO[name], CONTROL_CASES[name]);
  for (const name of Object.keys(PURE_OPS) as PureOpName[])
    cases.set(microOfPure(name), pureCase(name));
  for (const name of Object.keys(FLAG_OPS) as FlagOpName[])
    cases.set(microOfFlags(name), flagCase(name));
  return encodeModule({
    types: TYPES,
    imports: IMPORTS,
    table: true,
    functions: [new RunFunctionCode(cases).f],
    memoryPages: "any",
  });
};
let runModule: WebAssembly.Module | undefined;
const NO_FUNCTIONS = new WebAssembly.Table({ element: "anyfunc", initial: 0 });

/** The CPU that runs, as the run function's calls see it. */
export class Running {
  host!: EngineHost;
  region!: Int32Array;
}
/**
 * Makes the run function of a machine. `table`: the functions of its tier, if it has one; `running` is asked at each
 * call; `call` is RunCalls'.
 */
export const makeRunFunction = (
  memory: WebAssembly.Memory,
  table: WebAssembly.Table | undefined,
  running: Running,
  call: RunCalls["call"],
): RunFunction => {
  runModule ??= new WebAssembly.Module(runModuleBytes());
  /** Says in the signal word whether what was called faulted. */
  const heed = (): void => {
    running.region[CONTROL.signal] = running.host.faulted ? 1 : 0;
  };
  const calls: RunCalls = {
    load(address, access) {
      const value = running.host.load(address, access);
      heed();
      return value;
    },
    store(address, value, access) {
      running.host.store(address, value, access);
      heed();
    },
    sysRead(register, wide) {
      const value = running.host.sysRead(register, wide === 1);
      heed();
      return value;
    },
    sysReadHigh: () => running.host.sysReadHigh(),
    sysWrite(register, low, high, wide) {
      running.host.sysWrite(register, low, high, wide === 1);
      heed();
    },
    readCpsr: () => running.host.readCpsr(),
    writeCpsr(value, mask) {
      running.host.writeCpsr(value, mask);
      heed();
    },
    translationKey: () => running.host.translationKey(),
    call(block, index) {
      call(block, index);
      heed();
    },
    vector: (op, d, n, m, imm) => VECTOR_RUNS[op]!(running.region, d, n, m, imm),
  };
  const { exports } = new WebAssembly.Instance(runModule, {
    host: { ...calls, memory, table: table ?? NO_FUNCTIONS },
  });
  return exports["f0"] as RunFunction;
};
