/** What a call does where its probe has not the page of an access: looks among the pages that the batch has learnt. */
import { OP, VOID, type FunctionBody } from "../../module/encoder.js";
import { BatchCode, type Operand } from "./batch-code.js";
import {
  CELL,
  DIRTY,
  LEARNED,
  LEARNED_BYTES,
  PAGE_ENTRY,
  PROBE_ENTRIES,
  READ_PROBE,
  WRITABLE,
  WRITE_PROBE,
} from "./batch-layout.js";
import { MISS_TYPE } from "./function-types.js";

/** The function's number in the module of a call. */
export const MISS = 1;

/** (tag, write): the entry of a known page, 0 when there is none; a write to a page is logged. */
export const missCode = (): FunctionBody => {
  const code = new BatchCode(MISS_TYPE, 2, 2);
  const { f } = code;
  const [tag, write, entry, left] = [0, 1, 2, 3];
  const at: Operand = { local: entry };
  f.const(LEARNED);
  f.set(entry);
  code.word(CELL.learnedCount);
  f.set(left);
  code.open(OP.block, "none");
  code.open(OP.loop, "next");
  f.get(left);
  f.byte(OP.eqz);
  code.branch("none", OP.brIf);
  code.open(OP.block, "other");
  f.get(entry);
  f.memory(OP.load, 2, PAGE_ENTRY.tag);
  f.get(tag);
  f.byte(OP.ne);
  code.branch("other", OP.brIf);
  const place = code.shl(
    code.and(code.shr({ local: tag }, code.const(12)), code.const(PROBE_ENTRIES - 1)),
    code.const(3),
  );
  const install = (probe: number): void => {
    code.push(place);
    f.get(tag);
    f.memory(OP.store, 2, probe);
    code.push(place);
    f.get(entry);
    f.memory(OP.load, 2, PAGE_ENTRY.addend);
    f.memory(OP.store, 2, probe + 4);
  };
  f.get(write);
  f.byte(OP.if);
  f.byte(VOID);
  {
    f.get(entry);
    f.memory(OP.load, 2, PAGE_ENTRY.flags);
    f.const(WRITABLE);
    f.byte(OP.and);
    f.byte(OP.eqz);
    code.when(() => {
      f.const(0);
      f.byte(OP.return);
    });
    install(WRITE_PROBE);
    f.get(entry);
    f.memory(OP.load, 2, PAGE_ENTRY.dirty);
    f.byte(OP.eqz);
    code.when(() => {
      f.get(entry);
      f.const(1);
      f.memory(OP.store, 2, PAGE_ENTRY.dirty);
      code.word(CELL.dirtyCount);
      const count = code.taken();
      code.push(code.shl(count, code.const(2)));
      code.push(at);
      f.memory(OP.store, 2, DIRTY);
      code.setWord(CELL.dirtyCount, code.add(count, code.const(1)));
    });
  }
  f.byte(OP.else);
  install(READ_PROBE);
  f.byte(OP.end);
  f.get(entry);
  f.byte(OP.return);
  code.close();
  f.get(entry);
  f.const(LEARNED_BYTES);
  f.byte(OP.add);
  f.set(entry);
  f.get(left);
  f.const(1);
  f.byte(OP.sub);
  f.set(left);
  code.branch("next");
  code.close();
  code.close();
  f.const(0);
  return f;
};
