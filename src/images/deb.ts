import { type ArMember, readAr } from "./ar.js";
import { type Compression, compressionAt, decompress } from "./decompress.js";
import { corrupt, ImageError, truncated } from "./image-error.js";
import { DEFAULT_OUTPUT_LIMIT } from "./output-buffer.js";
import { readTar, type TarEntry } from "./tar.js";

/** A Debian binary package (deb(5), format 2.0), its members not yet unpacked. */
export interface DebPackage {
  /** Fields of the control file; names as written there ("Package", "Depends", ...). */
  readonly control: ReadonlyMap<string, string>;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** The data archive as it is in the package. */
  readonly data: ArMember;
}

/** Limits for unpacking a package. */
export interface DebOptions {
  /** The most bytes of the data archive to unpack; default 512 MiB. */
  readonly limit?: number;
}

const MEMBER_COMPRESSION: Readonly<Record<string, Compression>> = {
  ".gz": "gzip",
  ".xz": "xz",
  ".lzma": "lzma",
  ".zst": "zstd",
};
/** A control archive is a handful of short files. */
const CONTROL_LIMIT = 32 * 1024 * 1024;

/** Reads a package's control data. Errors: `truncated`, `corrupt`, `unsupported`. */
export const readDeb = (bytes: Uint8Array): DebPackage => {
  const [version, ...members] = readAr(bytes);
  if (version?.name !== "debian-binary") {
    throw corrupt("a Debian package that begins with debian-binary", version?.name ?? "nothing");
  }
  const format = new TextDecoder("latin1").decode(version.bytes).trim();
  if (!format.startsWith("2.")) {
    throw new ImageError("unsupported", {
      expected: "a Debian package of format 2",
      found: `format ${format.slice(0, 20)}`,
      advice: "unpack it with dpkg-deb and give the kernel's path",
    });
  }
  const controlMember = members.find((member) => member.name.startsWith("control.tar"));
  const data = members.find((member) => member.name.startsWith("data.tar"));
  if (controlMember === undefined || data === undefined) {
    throw truncated("a Debian package with control.tar and data.tar", "only some of its members");
  }
  const archive = unpackMember(controlMember, CONTROL_LIMIT);
  for (const entry of readTar(archive)) {
    if (entry.path !== "control") continue;
    const control = readControl(new TextDecoder().decode(entry.bytes));
    return {
      control,
      name: control.get("Package") ?? "",
      version: control.get("Version") ?? "",
      architecture: control.get("Architecture") ?? "",
      data,
    };
  }
  throw corrupt("a control file in the Debian package", "none");
};

/** All entries of the package's data archive. */
export const listDeb = (deb: DebPackage, options: DebOptions = {}): TarEntry[] => [
  ...readTar(unpackMember(deb.data, options.limit ?? DEFAULT_OUTPUT_LIMIT)),
];

/**
 * The first entry that is a file and that `wanted` accepts, or undefined. XZ data is unpacked only as
 * far as needed, block by block, each block verified.
 */
export const findInDeb = (
  deb: DebPackage,
  wanted: (path: string) => boolean,
  options: DebOptions = {},
): TarEntry | undefined => {
  const search = (archive: Uint8Array, partial: boolean): TarEntry | undefined => {
    for (const entry of readTar(archive, { partial })) {
      if (entry.type === "file" && wanted(entry.path)) return entry;
    }
    return undefined;
  };
  const limit = options.limit ?? DEFAULT_OUTPUT_LIMIT;
  let early = false;
  const archive = unpackMember(deb.data, limit, (soFar) => {
    early = search(soFar, true) !== undefined;
    return early;
  });
  const entry = search(archive, early);
  // A view would keep the whole archive in memory.
  return entry === undefined ? undefined : { ...entry, bytes: entry.bytes.slice() };
};

/** The file at `path` (no leading slash). Errors: `no-member`. */
export const extractFromDeb = (
  deb: DebPackage,
  path: string,
  options: DebOptions = {},
): Uint8Array => {
  const entry = findInDeb(deb, (candidate) => candidate === path, options);
  if (entry !== undefined) return entry.bytes;
  throw new ImageError("no-member", {
    expected: `the file ${path} in the package ${deb.name}`,
    found: "none of that name",
    advice: "look at the package's contents with dpkg-deb -c",
  });
};

const unpackMember = (
  member: ArMember,
  limit: number,
  enough?: (soFar: Uint8Array) => boolean,
): Uint8Array => {
  if (member.name.endsWith(".tar")) return member.bytes;
  const compression = MEMBER_COMPRESSION[member.name.slice(member.name.lastIndexOf("."))];
  if (compression === undefined) {
    throw new ImageError("unsupported", {
      expected: "package members packed with gzip, XZ, LZMA or Zstandard",
      found: member.name,
      advice: "unpack it with dpkg-deb and give the kernel's path",
    });
  }
  if (compressionAt(member.bytes) !== compression) {
    throw corrupt(`${compression} data in ${member.name}`, "other bytes");
  }
  return decompress(member.bytes, compression, {
    limit,
    ...(enough === undefined ? {} : { enough }),
  });
};

/** Fields of a control file; continuation lines keep their newline. */
const readControl = (text: string): Map<string, string> => {
  const fields = new Map<string, string>();
  let last: string | undefined;
  for (const line of text.split("\n")) {
    const match = /^([!-9;-~]+):[ \t]*(.*)$/.exec(line);
    if (match !== null) {
      last = match[1]!;
      fields.set(last, match[2]!.trimEnd());
    } else if (last !== undefined && /^[ \t]/.test(line)) {
      fields.set(last, `${fields.get(last)!}\n${line.trim()}`);
    }
  }
  return fields;
};
