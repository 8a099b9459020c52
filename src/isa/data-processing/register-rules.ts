/** UNPREDICTABLE rows that the records of the media space share. */
import { badRegister } from "../bad-register.js";
import { unpredictable, type Unpredictable } from "../instruction.js";
import type { FieldMap } from "../pattern.js";

/** A32: none of these may be the PC. */
export const notPc = (...names: string[]): Unpredictable<FieldMap> =>
  unpredictable("a register is the PC", (f) => names.some((name) => f[name] === 15));
/** T32: none of these may be the SP or the PC. */
export const notSpOrPc = (...names: string[]): Unpredictable<FieldMap> =>
  unpredictable("a register is the SP or the PC", (f) =>
    names.some((name) => badRegister(f[name])),
  );
