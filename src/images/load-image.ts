import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { decompress } from "./decompress.js";
import {
  type DebianOptions,
  type DebianPackage,
  fetchDebianKernel,
  isKernelMember,
} from "./debian.js";
import { findInDeb, readDeb } from "./deb.js";
import { type ElfImage, readElf } from "./elf.js";
import { ImageError, truncated } from "./image-error.js";
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

const DEFAULT_FILE_LIMIT = 512 * 1024 * 1024;
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
    const bytes = readWhole(spec, options.fileLimit ?? DEFAULT_FILE_LIMIT);
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

const readWhole = (file: string, limit: number): Uint8Array => {
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch (error) {
    throw fileError(error);
  }
  try {
    const stat = fstatSync(handle);
    if (stat.isDirectory()) {
      throw new ImageError("directory", {
        expected: WANTED,
        found: "a directory",
        advice: "name a file in it",
      });
    }
    if (!stat.isFile()) {
      throw new ImageError("unreadable", {
        expected: "a regular file",
        found: "a device, pipe or socket",
        advice: "copy its contents to a file first",
      });
    }
    if (stat.size > limit) {
      throw new ImageError("too-large", {
        expected: `a file of at most ${limit} bytes`,
        found: `${stat.size} bytes`,
        advice: "give the kernel, not a disk image",
      });
    }
    const bytes = new Uint8Array(stat.size);
    let at = 0;
    while (at < bytes.length) {
      const count = readSync(handle, bytes, at, bytes.length - at, at);
      if (count === 0)
        throw truncated(`${bytes.length} bytes`, `${at}: the file shrank while it was read`);
      at += count;
    }
    return bytes;
  } catch (error) {
    throw error instanceof ImageError ? error : fileError(error);
  } finally {
    closeSync(handle);
  }
};

const fileError = (error: unknown): unknown => {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) return error;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new ImageError(
      "not-found",
      { expected: WANTED, found: "no such file", advice: "check the path" },
      { cause: error },
    );
  }
  return new ImageError(
    "unreadable",
    { expected: "a readable file", found: `the error ${code}`, advice: "check its permissions" },
    { cause: error },
  );
};

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
      if (options.acceptRaw === true)
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
