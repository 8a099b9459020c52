import { readElf } from "./elf.js";
import { u32 } from "./little-endian.js";
import { ImageError } from "./image-error.js";

/** What a program asks of the file system before it can run. */
export interface ElfNeeds {
  /** Path of the dynamic linker (PT_INTERP), without its leading slash; undefined for a static program. */
  readonly interpreter: string | undefined;
  /** Names of shared objects (DT_NEEDED), in their order. */
  readonly libraries: readonly string[];
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NULL = 0;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
/** More entries than any program's dynamic section has. */
const MAX_ENTRIES = 4096;

/**
 * What a 32-bit ARM program or shared object needs (System V gABI, dynamic linking). Bytes that are no such
 * ELF file need nothing. Errors: `truncated`, `corrupt`.
 */
export const elfNeeds = (bytes: Uint8Array): ElfNeeds => {
  const nothing = { interpreter: undefined, libraries: [] };
  if (bytes.length < 52 || u32(bytes, 0) !== 0x464c457f) return nothing;
  let elf;
  try {
    elf = readElf(bytes);
  } catch (error) {
    // A data file of another machine (firmware, a BPF object) is none of the dynamic linker's business.
    if (error instanceof ImageError && error.code === "wrong-architecture") return nothing;
    throw error;
  }
  const { segments } = elf;
  const offsetOf = (address: number): number | undefined => {
    const s = segments.find(
      ({ type, virtualAddress, fileSize }) =>
        type === PT_LOAD && address >= virtualAddress && address - virtualAddress < fileSize,
    );
    return s === undefined ? undefined : s.offset + address - s.virtualAddress;
  };
  const text = (at: number): string => {
    const end = bytes.indexOf(0, at);
    return new TextDecoder("latin1").decode(bytes.subarray(at, end < 0 ? bytes.length : end));
  };
  const interpreter = segments.find(({ type }) => type === PT_INTERP);
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC)?.bytes ?? new Uint8Array(0);
  const needed: number[] = [];
  let strings: number | undefined;
  for (let at = 0; at + 8 <= dynamic.length && at < MAX_ENTRIES * 8; at += 8) {
    const tag = u32(dynamic, at);
    const value = u32(dynamic, at + 4);
    if (tag === DT_NULL) break;
    if (tag === DT_NEEDED) needed.push(value);
    if (tag === DT_STRTAB) strings = offsetOf(value);
  }
  return {
    interpreter:
      interpreter === undefined ? undefined : text(interpreter.offset).replace(/^\//, ""),
    libraries: strings === undefined ? [] : needed.map((offset) => text(strings + offset)),
  };
};
