/** Loads and stores of one register: words, halfwords, bytes, signed or not, privileged or not. */
import type { Instruction } from "../instruction.js";
import { halfwordOrSigned } from "./halfword-and-signed.js";
import { KINDS } from "./one-register.js";
import { wordOrByte } from "./word-and-byte.js";

export const SINGLE: readonly Instruction[] = KINDS.flatMap((kind) =>
  kind.extra === undefined ? wordOrByte(kind) : halfwordOrSigned(kind),
);
