/** The one function that calls compiled functions by number and finds where they lead: it alone has the table. */
import { SLOT } from "../../arch/index.js";
import { JUMP_BASE, JUMP_ENTRIES, JUMP_WORDS } from "../../ir/index.js";
import { JUMP_SHIFTS } from "../interpreter/jump-cache.js";
import { TYPE, TYPES } from "./abi.js";
import { encodeModule, FunctionBody, OP, VOID } from "./encoder.js";

/** Runs function `fn` and those that follow. Gives a key whose block it does not know, or a TIER_EXIT. */
export type Dispatcher = (base: number, fn: number) => number;

/** (base, fn): while the jump entry of the PC slot and the key that a function gave is a hit, goes on there. */
const dispatcherCode = (): FunctionBody => {
  const f = new FunctionBody(TYPE.dispatcher, 2);
  const [base, fn, key, pc, entry] = [0, 1, 2, 3, 4];
  f.locals = 5;
  f.byte(OP.loop);
  f.byte(VOID);
  f.get(base);
  f.get(fn);
  f.byte(OP.callIndirect);
  f.leb(TYPE.compiled);
  f.leb(0);
  f.tee(key);
  f.const(0);
  f.byte(OP.geS);
  f.byte(OP.if);
  f.byte(VOID);
  f.get(base);
  f.memory(OP.load, 2, SLOT.PC * 4);
  f.tee(pc);
  f.const(JUMP_SHIFTS[0]);
  f.byte(OP.shrU);
  f.get(pc);
  f.const(JUMP_SHIFTS[1]);
  f.byte(OP.shrU);
  f.byte(OP.xor);
  f.const(JUMP_ENTRIES - 1);
  f.byte(OP.and);
  f.const(Math.log2(JUMP_WORDS * 4));
  f.byte(OP.shl);
  f.get(base);
  f.byte(OP.add);
  f.tee(entry);
  f.memory(OP.load, 2, JUMP_BASE * 4);
  f.get(pc);
  f.byte(OP.eq);
  f.get(entry);
  f.memory(OP.load, 2, JUMP_BASE * 4 + 4);
  f.get(key);
  f.byte(OP.eq);
  f.byte(OP.and);
  f.byte(OP.if);
  f.byte(VOID);
  f.get(entry);
  f.memory(OP.load, 2, JUMP_BASE * 4 + 8);
  f.set(fn);
  f.byte(OP.br);
  f.leb(2);
  f.byte(OP.end);
  f.byte(OP.end);
  f.byte(OP.end);
  f.get(key);
  return f;
};

export const makeDispatcher = (
  memory: WebAssembly.Memory,
  table: WebAssembly.Table,
): Dispatcher => {
  const module = new WebAssembly.Module(
    encodeModule({
      types: TYPES,
      imports: [],
      table: true,
      functions: [dispatcherCode()],
      memoryPages: memory.buffer.byteLength / 65536,
    }),
  );
  const { exports } = new WebAssembly.Instance(module, { host: { memory, table } });
  return exports["f0"] as Dispatcher;
};
