/** The probe of the jump cache that the interpreter and compiled code make, in WebAssembly. */
import { JUMP_BASE, JUMP_ENTRIES, JUMP_WORDS } from "../../ir/index.js";
import { OP, type FunctionBody } from "../module/encoder.js";
import { JUMP_SHIFTS } from "./jump-cache.js";

/** Byte offset of the code's offset in an entry, from where `probeJump` says that the entry is. */
export const JUMP_CODE = JUMP_BASE * 4 + 8;

/**
 * Pushes whether the entry of the address in local `pc` is that of the key that `pushKey` pushes, and says in local
 * `entry` where it is. `base`: local of the CPU's region.
 */
export const probeJump = (
  f: FunctionBody,
  base: number,
  pc: number,
  pushKey: () => void,
  entry: number,
): void => {
  f.get(pc);
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
  pushKey();
  f.byte(OP.eq);
  f.byte(OP.and);
};
