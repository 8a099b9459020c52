/** Encodings whose patterns are put together when the records are loaded: their field names are not known to types. */
import { encoding, UNDEFINED_IN_REFERENCE, type Encoding } from "./instruction.js";

type Spec<O> = Parameters<typeof encoding<string, O>>[2];

/** Declares an encoding out of a pattern that was put together. */
export const composedEncoding = <O>(
  label: Encoding["label"],
  pattern: string,
  spec: Spec<O>,
): Encoding<O> => encoding<string, O>(label, pattern, spec);

/** As composedEncoding, in a space whose (0) and (1) bits the reference emulator takes for fixed. */
export const strictEncoding = <O>(
  label: Encoding["label"],
  pattern: string,
  spec: Spec<O>,
): Encoding<O> =>
  composedEncoding<O>(label, pattern, { shouldBe: UNDEFINED_IN_REFERENCE, ...spec });
