/** What the records of the media space share: their encodings and UNPREDICTABLE rows. */
import {
  encoding,
  type Encoding,
  UNDEFINED_IN_REFERENCE,
  unpredictable,
  type Unpredictable,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { badRegister } from "./operations.js";

/**
 * Declares an encoding whose pattern is put together when the records are loaded. The reference emulator
 * takes the (0) and (1) bits of this space for fixed.
 */
export const mediaEncoding = <O>(
  label: Encoding["label"],
  pattern: string,
  spec: Parameters<typeof encoding<string, O>>[2],
): Encoding<O> =>
  encoding<string, O>(label, pattern, { shouldBe: UNDEFINED_IN_REFERENCE, ...spec });

/** A32: none of these may be the PC. */
export const notPc = (...names: string[]): Unpredictable<FieldMap> =>
  unpredictable("a register is the PC", (f) => names.some((name) => f[name] === 15));
/** T32: none of these may be the SP or the PC. */
export const notSpOrPc = (...names: string[]): Unpredictable<FieldMap> =>
  unpredictable("a register is the SP or the PC", (f) =>
    names.some((name) => badRegister(f[name])),
  );
