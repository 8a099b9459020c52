/** Loads and stores of a call. */
import { extract } from "../../../arch/index.js";
import { ACCESS_BITS, accessSize, type Value } from "../../../ir/index.js";
import { OP } from "../../module/encoder.js";
import type { Operand } from "./batch-code.js";
import {
  LEFT,
  PAGE_ENTRY,
  PROBE_ENTRIES,
  READ_PROBE,
  TAG_CONTEXT,
  WRITE_PROBE,
} from "./batch-layout.js";
import { contextOf } from "./call-block.js";
import { LOCAL, type CallWriter } from "./call-writer.js";
import { MISS } from "./page-miss.js";

/** A load, or with `value` a store, by a probe of one entry. */
export const compileAccess = (
  c: CallWriter,
  address: Value,
  value: Value | undefined,
  access: number,
): Operand | undefined => {
  const { code } = c;
  const { f } = code;
  const at = c.operand(address);
  const size = accessSize(access);
  const log = Math.log2(size);
  const aligned = Math.max(size, 1 << extract(access, ACCESS_BITS.alignment));
  if ("constant" in at && value === undefined && isOwnPage(c, at.constant, aligned))
    return { constant: literal(c, at.constant, size) };
  const write = value !== undefined;
  const tagged = code.or(
    code.and(at, code.const(0xfffff000 | (aligned - 1))),
    code.const(contextOf(c.at.key) << TAG_CONTEXT),
  );
  const place = code.shl(
    code.and(code.shr(at, code.const(12)), code.const(PROBE_ENTRIES - 1)),
    code.const(3),
  );
  const probe = write ? WRITE_PROBE : READ_PROBE;
  code.push(code.add(place, code.const(probe)));
  f.tee(LOCAL.entry);
  f.memory(OP.load, 2, PAGE_ENTRY.tag);
  code.push(tagged);
  f.byte(OP.ne);
  code.when(() => {
    code.push(tagged);
    f.const(write ? 1 : 0);
    f.call(MISS);
    f.tee(LOCAL.entry);
    f.byte(OP.eqz);
    code.when(() =>
      c.leave(LEFT.page, at, {
        constant: contextOf(c.at.key) | (write ? 0x100 : 0),
      }),
    );
  });
  code.push(at);
  f.get(LOCAL.entry);
  f.memory(OP.load, 2, PAGE_ENTRY.addend);
  f.byte(OP.add);
  if (!write) {
    f.memory([OP.load8, OP.load16, OP.load][log]!, log, 0);
    return code.taken();
  }
  code.push(c.operand(value));
  f.memory([OP.store8, OP.store16, OP.store][log]!, log, 0);
  return undefined;
};
const isOwnPage = (c: CallWriter, address: number, aligned: number): boolean =>
  (address ^ c.at.pc) >>> 12 === 0 && (address & (aligned - 1)) === 0;
/** A literal beside the code, whose page nobody writes. */
const literal = (c: CallWriter, address: number, size: number): number => {
  let word = 0;
  for (let i = 0; i < size; i++) word |= c.at.page[(address & 0xfff) + i]! << (8 * i);
  return word;
};
