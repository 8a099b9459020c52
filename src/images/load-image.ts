import { decompress } from "./decompress.js";
import {
  type DebianOptions,
  type DebianPackage,
  fetchDebianKernel,
  isKernelMember,
} from "./debian.js";
import { findInDeb, readDeb } from "./deb.js";
import { type ElfImage, readElf } from "./elf.js";
import { ImageError } from "./image-error.js";
import { readInputFile } from "./input-file.js";
import { DEFAULT_OUTPUT_LIMIT } from "./output-buffer.js";
import { describeRecognised, recognise } from "./recognise.js";
import { readUImage } from "./u-image.js";
import { readZImage, type ZImage } from "./zimage.js";

/** Where an image came from. */
export interface ImageSource {
  /** What the user gave: a path or `debian:PACKAGE`. */
  readonly spec: string;
  /** The package, when there was one. */
  readonly package?: { readonly name: string; readonly version: string };
  /** The path inside the package. */
  readonly member?: string;
}

/** An image that a 32-bit ARM machine can run. `bytes` is what to put into memory, or to load from. */
export type LoadedImage = {
  readonly source: ImageSource;
  readonly bytes: Uint8Array;
  /** Where a uImage asks to be loaded and entered. */
  readonly placement?: { readonly load: number; readonly entry: number };
} & (
  | { readonly kind: "zImage"; readonly zImage: ZImage }
  | {
      readonly kind: "raw-image";
      readonly instructionSet: "A32" | "T32";
      /** False: a flat program of which nothing is known. */
      readonly linux: boolean;
    }
  | { readonly kind: "elf"; readonly elf: ElfImage }
);

/** How `loadImage` works; every field may be left out. */
export interface LoadOptions extends DebianOptions {
  /** Files above this many bytes are refused before they are read; default 512 MiB. */
  readonly fileLimit?: number;
  /** The most bytes to unpack from a package or a compressed file; default 512 MiB. */
  readonly limit?: number;
  /** Take a file of no known format as a raw program that starts in A32 at its first byte. */
  readonly acceptRaw?: boolean;
}

const DEBIAN = "debian:";
/** A package or compressed file inside another one is followed this far. */
const MAX_DEPTH = 3;
const WANTED = "a 32-bit ARM kernel or hypervisor (zImage, raw Image, ELF, .deb or debian:PACKAGE)";
const ARM_ARCHITECTURES = ["armhf", "armel", "arm"];

/**
 * Loads what `spec` names: a path, or `debian:PACKAGE`. Packages and compressed files are opened. Every
 * failure is an `ImageError` of one line that begins with `spec`.
 */
export const loadImage = async (spec: string, options: LoadOptions = {}): Promise<LoadedImage> => {
  try {
    if (spec.startsWith(DEBIAN)) {
      const kernel = await fetchDebianKernel(spec.slice(DEBIAN.length), options);
      return classify(kernel.bytes, sourceOf(spec, kernel.package, kernel.member), options, 0);
    }
    const bytes = readInputFile(spec, {
      expected: WANTED,
      tooLarge: "give the kernel, not a disk image",
      ...(options.fileLimit !== undefined && { limit: options.fileLimit }),
    });
    return classify(bytes, { spec }, options, 0);
  } catch (error) {
    throw error instanceof ImageError ? error.about(spec) : error;
  }
};

/** As `loadImage`, for bytes that are in memory already; `spec` only names them in messages. */
export const loadImageBytes = (
  bytes: Uint8Array,
  spec: string,
  options: LoadOptions = {},
): LoadedImage => {
  try {
    return classify(bytes, { spec }, options, 0);
  } catch (error) {
    throw error instanceof ImageError ? error.about(spec) : error;
  }
};

const sourceOf = (
  spec: string,
  { name, version }: Pick<DebianPackage, "name" | "version">,
  member: string,
): ImageSource => ({ spec, package: { name, version }, member });

const classify = (
  bytes: Uint8Array,
  source: ImageSource,
  options: LoadOptions,
  depth: number,
): LoadedImage => {
  const what = recognise(bytes);
  const limit = options.limit ?? DEFAULT_OUTPUT_LIMIT;
  switch (what.kind) {
    case "zImage":
      return { kind: "zImage", source, bytes, zImage: readZImage(bytes) };
    case "raw-image":
      return { kind: "raw-image", source, bytes, instructionSet: what.instructionSet, linux: true };
    case "elf":
      return { kind: "elf", source, bytes, elf: runnableElf(bytes) };
    case "deb":
      if (depth < MAX_DEPTH) return fromPackage(bytes, source, options, depth);
      break;
    case "compressed":
      if (depth < MAX_DEPTH) {
        return classify(decompress(bytes, what.compression, { limit }), source, options, depth + 1);
      }
      break;
    case "uImage": {
      const { bytes: inside, load, entry, linux } = readUImage(bytes, { limit });
      const placement = { load, entry };
      if (linux && recognise(inside).kind === "zImage")
        return { ...classify(inside, source, options, depth + 1), placement };
      return { kind: "raw-image", source, bytes: inside, instructionSet: "A32", linux, placement };
    }
    case "empty":
      throw new ImageError("empty", {
        expected: WANTED,
        found: "an empty file",
        advice: "get it again",
      });
    case "bzImage":
    case "arm64-image":
    case "pe":
      throw new ImageError("wrong-architecture", {
        expected: WANTED,
        found: describeRecognised(what),
        advice: "give one built for 32-bit ARM",
      });
    case "unknown":
    case "text":
      // Nearly every A32 word has a byte above 127, its condition; text in ASCII has none and is a wrong name.
      if (options.acceptRaw === true && (what.kind === "unknown" || !isAscii(bytes)))
        return { kind: "raw-image", source, bytes, instructionSet: "A32", linux: false };
      break;
    default:
      break;
  }
  throw new ImageError("unrecognised", {
    expected: WANTED,
    found: describeRecognised(what),
    advice: "check which file you meant",
  });
};

const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 0x80);

const ET_REL = 1;
const ET_CORE = 4;

const runnableElf = (bytes: Uint8Array): ElfImage => {
  const elf = readElf(bytes);
  if (elf.type === ET_REL || elf.type === ET_CORE || !elf.segments.some(({ type }) => type === 1)) {
    throw new ImageError("unsupported", {
      expected: "an ELF program with segments to load",
      found: elf.type === ET_REL ? "an object file" : elf.type === ET_CORE ? "a core dump" : "none",
      advice: "give the linked program (vmlinux)",
    });
  }
  return elf;
};

const fromPackage = (
  bytes: Uint8Array,
  source: ImageSource,
  options: LoadOptions,
  depth: number,
): LoadedImage => {
  const deb = readDeb(bytes);
  if (!ARM_ARCHITECTURES.includes(deb.architecture)) {
    throw new ImageError("wrong-architecture", {
      expected: "a Debian package for armhf",
      found: `one for ${deb.architecture === "" ? "no architecture" : deb.architecture}`,
      advice: "get the armhf package of the kernel",
    });
  }
  const limit = options.limit ?? DEFAULT_OUTPUT_LIMIT;
  const entry = findInDeb(deb, isKernelMember, { limit });
  if (entry === undefined) {
    throw new ImageError("no-member", {
      expected: "a package with /boot/vmlinuz-... or /boot/xen-...",
      found: `${deb.name} without one`,
      advice: "give the package with the kernel itself (linux-image-VERSION-armmp-lpae)",
    });
  }
  return classify(entry.bytes, sourceOf(source.spec, deb, entry.path), options, depth + 1);
};
