/** How a call goes on at an address that was not known when it was compiled. */
import { enterHyp, HYP_VECTOR, MODE, SLOT, spsrSlot, systemSlot } from "../../../arch/index.js";
import { OP } from "../../module/encoder.js";
import { LT_U, type Operand } from "./batch-code.js";
import { FETCHES, JUMP_ENTRIES, JUMPS, KEY_CONTEXT, LEFT, SYNDROMES } from "./batch-layout.js";
import { hypTakes } from "./call-exits.js";
import { LOCAL, type CallWriter } from "./call-writer.js";
import { CONTEXT } from "./host.js";

const HIFAR = systemSlot("HIFAR");

/** From an address to a block: by the table of jumps, else a fetch that HYP mode takes an abort for. */
export const compileDispatch = (c: CallWriter): void => {
  const { code } = c;
  const { f } = code;
  code.freeTemporaries();
  code.open(OP.loop, "again");
  const pc: Operand = { local: LOCAL.pc };
  const key: Operand = { local: LOCAL.key };
  const place = code.pure("xor", [
    code.pure("xor", [code.shr(pc, code.const(1)), code.shr(key, code.const(4))]),
    code.shr(pc, code.const(12)),
  ]);
  const entry = code.shl(code.and(place, code.const(JUMP_ENTRIES - 1)), code.const(4));
  for (const step of [0, 16]) {
    for (const [offset, wanted] of [
      [0, LOCAL.pc],
      [4, LOCAL.key],
    ] as const) {
      code.push(entry);
      f.memory(OP.load, 2, JUMPS + step + offset);
      f.get(wanted);
      f.byte(OP.eq);
    }
    f.byte(OP.and);
    code.when(() => {
      code.push(entry);
      f.memory(OP.load, 2, JUMPS + step + 8);
      f.set(LOCAL.index);
      code.branch("top");
    });
  }
  const context = code.shr(key, code.const(KEY_CONTEXT));
  code.push(context);
  f.byte(OP.eqz);
  code.when(() => c.leave(LEFT.code, pc, key));
  const page = code.shr(pc, code.const(12));
  code.push(code.add(page, code.shl(code.add(context, code.const(-CONTEXT.hyp)), code.const(20))));
  f.memory(OP.load8, 0, FETCHES);
  const found = code.taken();
  code.push(found);
  f.byte(OP.eqz);
  code.when(() => c.leave(LEFT.fetch, pc, context));
  code.push(found);
  f.const(2);
  f.byte(LT_U);
  code.when(() => c.leave(LEFT.code, pc, key));
  c.charge(1);
  code.put(HIFAR, pc);
  code.push(code.shl(found, code.const(2)));
  f.memory(OP.load, 2, SYNDROMES);
  const syndrome = code.taken();
  enterHyp(code, { vector: HYP_VECTOR.prefetchAbort, syndrome, returnAddress: pc });
  const thumb = code.and(code.shr(code.get(spsrSlot(MODE.hyp)!), code.const(5)), code.const(1));
  hypTakes(c, code.or(pc, thumb));
  code.push(code.get(SLOT.PC));
  f.set(LOCAL.pc);
  code.push(c.keyNow());
  f.set(LOCAL.key);
  code.branch("again");
  code.close();
  f.byte(OP.unreachable);
};
