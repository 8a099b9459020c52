import { type Compression, compressionAt } from "./decompress.js";
import { UIMAGE_MAGIC } from "./u-image.js";
import { u16, u32, u32Big } from "./little-endian.js";

/** What a file is, judged by its content alone. */
export type Recognised =
  | { readonly kind: "empty" }
  | { readonly kind: "zImage"; readonly bigEndian: boolean }
  | { readonly kind: "raw-image"; readonly instructionSet: "A32" | "T32" }
  | {
      readonly kind: "elf";
      readonly bits: 32 | 64 | undefined;
      readonly bigEndian: boolean;
      /** `e_machine`. */
      readonly machine: number;
    }
  | { readonly kind: "dtb" }
  | { readonly kind: "deb" }
  | { readonly kind: "ar" }
  | { readonly kind: "cpio" }
  | { readonly kind: "compressed"; readonly compression: Compression }
  | { readonly kind: "bzImage" }
  | { readonly kind: "arm64-image" }
  | { readonly kind: "pe"; readonly machine: number }
  | { readonly kind: "uImage" }
  | { readonly kind: "text" }
  | { readonly kind: "unknown" };

/** The zImage's magic word, and where it stands. */
export const ZIMAGE_MAGIC = 0x016f2818;
export const ZIMAGE_MAGIC_AT = 0x24;

const MACHINES: Readonly<Record<number, string>> = {
  3: "x86",
  8: "MIPS",
  20: "PowerPC",
  21: "64-bit PowerPC",
  22: "S/390",
  40: "ARM",
  62: "x86-64",
  183: "arm64",
  243: "RISC-V",
};
const PE_MACHINES: Readonly<Record<number, string>> = {
  0x14c: "x86",
  0x1c0: "ARM",
  0x1c2: "ARM",
  0x1c4: "ARM",
  0x8664: "x86-64",
  0xaa64: "arm64",
};

/** The name of an ELF `e_machine` value. */
export const machineName = (machine: number): string =>
  MACHINES[machine] ?? `machine number ${machine}`;

const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean => {
  for (let index = 0; index < text.length; index++) {
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
};

/**
 * Tells what `bytes` are. Formats with a magic number come first; then the raw ARM kernel Image, which
 * has none and is recognised by what its head code does (`rawImageHead`); LZMA, whose header is weak,
 * after that.
 */
export const recognise = (bytes: Uint8Array): Recognised => {
  if (bytes.length === 0) return { kind: "empty" };
  if (startsWith(bytes, "\x7fELF")) return recogniseElf(bytes);
  if (u32Big(bytes, 0) === 0xd00dfeed) return { kind: "dtb" };
  if (startsWith(bytes, "!<arch>\n")) {
    return { kind: startsWith(bytes, "debian-binary", 8) ? "deb" : "ar" };
  }
  if (startsWith(bytes, "070701") || startsWith(bytes, "070702")) return { kind: "cpio" };
  // BE8 kernels keep the magic little-endian and swap the flag at 0x30; BE32 kernels swap both.
  if (u32(bytes, ZIMAGE_MAGIC_AT) === ZIMAGE_MAGIC) {
    return { kind: "zImage", bigEndian: u32(bytes, 0x30) === 0x01020304 };
  }
  if (u32Big(bytes, ZIMAGE_MAGIC_AT) === ZIMAGE_MAGIC) return { kind: "zImage", bigEndian: true };
  if (startsWith(bytes, "ARM\x64", 0x38)) return { kind: "arm64-image" };
  if (startsWith(bytes, "HdrS", 0x202) && u16(bytes, 0x1fe) === 0xaa55) return { kind: "bzImage" };
  if (startsWith(bytes, "MZ")) {
    const header = u32(bytes, 0x3c);
    if (startsWith(bytes, "PE\0\0", header)) return { kind: "pe", machine: u16(bytes, header + 4) };
  }
  if (u32Big(bytes, 0) === UIMAGE_MAGIC) return { kind: "uImage" };
  const compression = compressionAt(bytes);
  if (compression !== undefined && compression !== "lzma") {
    return { kind: "compressed", compression };
  }
  const instructionSet = rawImageHead(bytes);
  if (instructionSet !== undefined) return { kind: "raw-image", instructionSet };
  if (compression !== undefined) return { kind: "compressed", compression };
  return { kind: isText(bytes) ? "text" : "unknown" };
};

const recogniseElf = (bytes: Uint8Array): Recognised => {
  const bigEndian = bytes[5] === 2;
  const machine = bigEndian ? (bytes[18] ?? 0) * 256 + (bytes[19] ?? 0) : u16(bytes, 18);
  const bits = bytes[4] === 1 ? 32 : bytes[4] === 2 ? 64 : undefined;
  return { kind: "elf", bits, bigEndian, machine };
};

/** How far the head code is searched, in bytes. */
const HEAD = 0x100;

/**
 * The instruction set of a raw ARM kernel Image, or undefined when `bytes` do not begin like one.
 *
 * A heuristic: every ARM kernel's first instructions bring the CPU into SVC with interrupts masked and
 * identify it, that is, they write CPSR_c and read MIDR, within the first 256 bytes. Kernels built for
 * Thumb-2 enter in A32 and change over with BX within the first words. Nothing else about the bytes is
 * assumed. A bare-metal program that starts the same way passes too, and can be run the same way.
 */
export const rawImageHead = (bytes: Uint8Array): "A32" | "T32" | undefined => {
  if (bytes.length < HEAD) return undefined;
  let readsMidr = false;
  let writesCpsr = false;
  let change = -1;
  for (let at = 0; at < HEAD; at += 4) {
    const word = u32(bytes, at);
    // MRC p15, 0, Rt, c0, c0, 0.
    if ((word & 0xffff0fff) >>> 0 === 0xee100f10) readsMidr = true;
    // MSR CPSR_c, Rn and MSR CPSR_c, #imm.
    if ((word & 0xfffffff0) >>> 0 === 0xe121f000 || (word & 0xfffff000) >>> 0 === 0xe321f000) {
      writesCpsr = true;
    }
    // BX Rm.
    if (at < 0x20 && change < 0 && (word & 0xfffffff0) >>> 0 === 0xe12fff10) change = at + 4;
  }
  if (readsMidr && writesCpsr) return "A32";
  if (change < 0) return undefined;
  readsMidr = false;
  writesCpsr = false;
  for (let at = change; at < HEAD; at += 2) {
    const first = u16(bytes, at);
    const second = u16(bytes, at + 2);
    if (first === 0xee10 && (second & 0x0fff) === 0x0f10) readsMidr = true;
    if ((first & 0xfff0) === 0xf380 && second === 0x8100) writesCpsr = true;
  }
  return readsMidr && writesCpsr ? "T32" : undefined;
};

const isText = (bytes: Uint8Array): boolean => {
  for (const byte of bytes.subarray(0, 512)) {
    if (byte < 9 || (byte > 13 && byte < 32) || byte === 127) return false;
  }
  return true;
};

/** What was recognised, in words for a message ("found ..."). */
export const describeRecognised = (what: Recognised): string => {
  switch (what.kind) {
    case "empty":
      return "an empty file";
    case "zImage":
      return what.bigEndian ? "a big-endian ARM zImage" : "an ARM zImage";
    case "raw-image":
      return `a raw ARM kernel Image (${what.instructionSet})`;
    case "elf": {
      const bits = what.bits === undefined ? "" : `${what.bits}-bit `;
      return `a ${what.bigEndian ? "big-endian " : ""}${bits}ELF file for ${machineName(what.machine)}`;
    }
    case "dtb":
      return "a device tree blob";
    case "deb":
      return "a Debian package";
    case "ar":
      return "an ar archive";
    case "cpio":
      return "a cpio archive (an initrd?)";
    case "compressed":
      return `a stream compressed with ${what.compression}`;
    case "bzImage":
      return "an x86 Linux kernel (bzImage)";
    case "arm64-image":
      return "an arm64 Linux kernel (Image)";
    case "pe":
      return `a PE program for ${PE_MACHINES[what.machine] ?? `machine 0x${what.machine.toString(16)}`}`;
    case "uImage":
      return "a U-Boot uImage";
    case "text":
      return "text";
    default:
      return "bytes of no known format";
  }
};
