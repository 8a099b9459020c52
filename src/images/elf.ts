import { corrupt, ImageError, truncated } from "./image-error.js";
import { u16, u32 } from "./little-endian.js";
import { machineName } from "./recognise.js";

/** A program header: what is loaded where. */
export interface ElfSegment {
  /** `p_type`: 1 is PT_LOAD. */
  readonly type: number;
  readonly offset: number;
  readonly virtualAddress: number;
  readonly physicalAddress: number;
  readonly fileSize: number;
  readonly memorySize: number;
  /** `p_flags`: 1 execute, 2 write, 4 read. */
  readonly flags: number;
  readonly align: number;
  /** The bytes in the file; memory behind them up to `memorySize` is zero. */
  readonly bytes: Uint8Array;
}

/** A section header. */
export interface ElfSection {
  readonly name: string;
  /** `sh_type`: 2 is SHT_SYMTAB, 8 is SHT_NOBITS. */
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly entrySize: number;
  /** The bytes in the file; empty for SHT_NOBITS. */
  readonly bytes: Uint8Array;
}

/** A symbol. Bit 0 of a T32 function's value is set. */
export interface ElfSymbol {
  readonly name: string;
  readonly value: number;
  readonly size: number;
  readonly type: "none" | "object" | "function" | "section" | "file" | "other";
  readonly binding: "local" | "global" | "weak" | "other";
  /** `st_shndx`: 0 is undefined, 0xfff1 is absolute. */
  readonly section: number;
}

/** A 32-bit little-endian ELF file for ARM. */
export interface ElfImage {
  /** `e_type`: 1 relocatable, 2 executable, 3 shared, 4 core. */
  readonly type: number;
  readonly entry: number;
  /** `e_flags`. */
  readonly flags: number;
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
}

const HEADER = 52;
const EM_ARM = 40;
const SHT_SYMTAB = 2;
const SHT_NOBITS = 8;
const SHT_DYNSYM = 11;
const TYPES = ["none", "object", "function", "section", "file"] as const;
const BINDINGS = ["local", "global", "weak"] as const;

/**
 * Reads an ELF file (System V gABI; ELF for the Arm Architecture, IHI 0044). Errors:
 * `wrong-architecture` (machine or 64 bits), `big-endian`, `truncated`, `corrupt`.
 */
export const readElf = (bytes: Uint8Array): ElfImage => {
  checkIdentity(bytes);
  const table = (
    offsetAt: number,
    sizeAt: number,
    countAt: number,
    least: number,
    what: string,
  ) => {
    const offset = u32(bytes, offsetAt);
    const size = u16(bytes, sizeAt);
    const count = u16(bytes, countAt);
    if (count > 0 && size < least) throw corrupt(`${what} of ${least} bytes`, `${size} bytes`);
    if (count > 0) inside(bytes, offset, size * count, `the ELF file's ${what}s`);
    return Array.from({ length: count }, (_, index) => offset + index * size);
  };
  const segments = table(28, 42, 44, 32, "program header").map((at): ElfSegment => {
    const offset = u32(bytes, at + 4);
    const fileSize = u32(bytes, at + 16);
    return {
      type: u32(bytes, at),
      offset,
      virtualAddress: u32(bytes, at + 8),
      physicalAddress: u32(bytes, at + 12),
      fileSize,
      memorySize: u32(bytes, at + 20),
      flags: u32(bytes, at + 24),
      align: u32(bytes, at + 28),
      bytes: inside(bytes, offset, fileSize, "an ELF segment"),
    };
  });
  for (const segment of segments) {
    if (segment.type === 1 && segment.memorySize < segment.fileSize) {
      throw corrupt("an ELF segment that fits its memory", `${segment.fileSize} bytes in less`);
    }
  }
  const sections = readSections(bytes, table(32, 46, 48, 40, "section header"));
  return {
    type: u16(bytes, 16),
    entry: u32(bytes, 24),
    flags: u32(bytes, 36),
    segments,
    sections,
    symbols: readSymbols(sections),
  };
};

const checkIdentity = (bytes: Uint8Array): void => {
  if (u32(bytes, 0) !== 0x464c457f) throw corrupt("an ELF file (7f 45 4c 46)", "other bytes");
  if (bytes.length < 20) throw truncated("an ELF header", `${bytes.length} bytes`);
  const elfClass = bytes[4];
  const data = bytes[5];
  const machine = data === 2 ? bytes[18]! * 256 + bytes[19]! : u16(bytes, 18);
  if (elfClass !== 1 || machine !== EM_ARM) {
    const bits = elfClass === 1 ? "32-bit " : elfClass === 2 ? "64-bit " : "";
    throw new ImageError("wrong-architecture", {
      expected: "a 32-bit ELF file for ARM",
      found: `a ${bits}ELF file for ${machineName(machine)}`,
      advice: "give a program or kernel built for 32-bit ARM",
    });
  }
  if (data !== 1) {
    throw new ImageError("big-endian", {
      expected: "a little-endian ELF file",
      found: data === 2 ? "a big-endian one" : `data encoding ${data}`,
      advice: "big-endian programs are not supported: build it little-endian",
    });
  }
  if (bytes.length < HEADER) throw truncated("an ELF header of 52 bytes", `${bytes.length} bytes`);
};

const inside = (bytes: Uint8Array, offset: number, size: number, what: string): Uint8Array => {
  if (offset + size > bytes.length) {
    throw truncated(
      `${what} at bytes ${offset} to ${offset + size}`,
      `a file of ${bytes.length} bytes`,
    );
  }
  return bytes.subarray(offset, offset + size);
};

/** Names longer than this are cut: a damaged table must not make every symbol as long as the file. */
const MAX_NAME = 4096;
const latin1 = new TextDecoder("latin1");

const stringAt = (table: Uint8Array, at: number): string => {
  const name = table.subarray(at, at + MAX_NAME);
  const end = name.indexOf(0);
  return latin1.decode(end < 0 ? name : name.subarray(0, end));
};

const readSections = (bytes: Uint8Array, headers: readonly number[]): ElfSection[] => {
  const raw = headers.map((at) => {
    const type = u32(bytes, at + 4);
    const offset = u32(bytes, at + 16);
    const size = u32(bytes, at + 20);
    const empty = type === SHT_NOBITS || type === 0;
    return {
      nameAt: u32(bytes, at),
      type,
      flags: u32(bytes, at + 8),
      address: u32(bytes, at + 12),
      offset,
      size,
      link: u32(bytes, at + 24),
      entrySize: u32(bytes, at + 36),
      bytes: empty ? bytes.subarray(0, 0) : inside(bytes, offset, size, "an ELF section"),
    };
  });
  const names = raw[u16(bytes, 50)]?.bytes ?? new Uint8Array(0);
  return raw.map(({ nameAt, ...section }) => ({ name: stringAt(names, nameAt), ...section }));
};

/** The symbols of the full table, or of the dynamic one in a stripped file. */
const readSymbols = (sections: readonly ElfSection[]): ElfSymbol[] => {
  const table =
    sections.find((section) => section.type === SHT_SYMTAB) ??
    sections.find((section) => section.type === SHT_DYNSYM);
  if (table === undefined) return [];
  const names = sections[table.link]?.bytes ?? new Uint8Array(0);
  const symbols: ElfSymbol[] = [];
  for (let at = 16; at + 16 <= table.bytes.length; at += 16) {
    const info = table.bytes[at + 12]!;
    symbols.push({
      name: stringAt(names, u32(table.bytes, at)),
      value: u32(table.bytes, at + 4),
      size: u32(table.bytes, at + 8),
      type: TYPES[info & 15] ?? "other",
      binding: BINDINGS[info >> 4] ?? "other",
      section: u16(table.bytes, at + 14),
    });
  }
  return symbols;
};
