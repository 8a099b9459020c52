/** Cases of control micro-ops: they have no other meaning. */
import { CONTROL, KEY as KEY_FIELDS } from "../../ir/index.js";
import { SLOT } from "../../arch/index.js";
import { OP } from "../module/encoder.js";
import { loadCase, storeCase, WORD } from "./access-cases.js";
import { MICRO, MICRO_WORDS } from "./micro-ops.js";
import { COMPILED_TYPE, RUN_TYPES } from "./run-calls.js";
import {
  BASE,
  BLOCK,
  EXIT,
  KEY,
  kept,
  P,
  type RunFunctionCode,
  type Write,
} from "./run-function-code.js";
import { STRETCH, WANTS_BUDGET } from "./tier.js";

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
  c.next();
};
/** Leaves at a head, before the block has begun. */
const leaveHead = (c: RunFunctionCode, exit: number): void => {
  c.word(2);
  c.f.set(BLOCK);
  c.leave(exit);
};
const skip =
  (taken: number): Write =>
  (c) => {
    const { f } = c;
    c.word(2);
    f.const(2);
    f.byte(OP.shl);
    f.const(MICRO_WORDS[MICRO.SKIP_ZERO]! * 4);
    c.value(1);
    if (taken === 0) f.byte(OP.eqz);
    f.byte(OP.select);
    f.get(P);
    f.byte(OP.add);
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
    c.next();
  };

/** Asks the machine for register word 2; `wide` pushes whether for 64 bits. */
const readSystem = (c: RunFunctionCode, wide: () => void): void => {
  c.here();
  c.word(2);
  wide();
  c.call("sysRead");
  const value = kept(c);
  c.heed();
  c.place(1);
  c.f.get(value);
  c.f.memory(OP.store, 2, 0);
  c.next();
};

/** By name. */
export const CONTROL_CASES: Readonly<Record<keyof typeof MICRO, Write>> = {
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
    f.leb(RUN_TYPES.indexOf(COMPILED_TYPE));
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
    c.next();
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
    f.const(KEY_FIELDS.thumb.lsb);
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
  SYS_READ: (c) => readSystem(c, () => c.word(3)),
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
    c.next();
    c.close();
    readSystem(c, () => f.const(0));
  },
  SYS_READ_HIGH(c) {
    c.place(1);
    c.call("sysReadHigh");
    c.f.memory(OP.store, 2, 0);
    c.next();
  },
  SYS_WRITE(c) {
    c.here();
    c.word(1);
    c.value(2);
    c.value(3);
    c.word(4);
    c.call("sysWrite");
    c.heed();
    c.next();
  },
  READ_CPSR(c) {
    c.place(1);
    c.call("readCpsr");
    c.f.memory(OP.store, 2, 0);
    c.next();
  },
  WRITE_CPSR(c) {
    c.here();
    c.value(1);
    c.word(2);
    c.call("writeCpsr");
    c.heed();
    c.next();
  },
  CALL(c) {
    c.here();
    c.f.get(BLOCK);
    c.word(1);
    c.call("call");
    c.heed();
    c.next();
  },
  VECTOR(c) {
    for (let n = 1; n <= 5; n++) c.word(n);
    c.call("vector");
    c.next();
  },
  EXIT(c) {
    c.putSlot(CONTROL.index, () => c.word(1));
    c.leave(EXIT.exit);
  },
};
