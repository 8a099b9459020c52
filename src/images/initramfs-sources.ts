/** Where the contents of an initramfs come from: the host's files, Debian packages and what they need. */
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import path from "node:path";
import { type DebianOptions, fetchDebianPackage } from "./debian.js";
import { listDeb, readDeb } from "./deb.js";
import { readElf } from "./elf.js";
import { elfNeeds } from "./elf-needs.js";
import { ImageError } from "./image-error.js";
import { fileError, readInputFile } from "./input-file.js";
import type { InitramfsItem } from "./initramfs.js";
import { type TarEntry } from "./tar.js";

const DEBIAN = "debian:";
/** Documentation and translations: nothing that a program in a laboratory reads. */
const LEFT_OUT = /^usr\/share\/(?:doc|man|locale|lintian|bug|info|doc-base)(?:\/|$)/;
/** Where Debian's dynamic linker looks (ldconfig's own list, for armhf). */
const LIBRARY_FOLDERS = [
  "lib/arm-linux-gnueabihf",
  "usr/lib/arm-linux-gnueabihf",
  "lib",
  "usr/lib",
  "usr/lib/arm-linux-gnueabihf/systemd",
];
/** Parts of glibc that are files of their own (Debian policy 8.1 would name packages after them). */
const GLIBC = /^(?:ld-linux-armhf|lib(?:c|m|dl|rt|pthread|resolv|util|nsl|anl))\.so\.\d+$/;
const MAX_LINKS = 8;

/** The package that a shared object's name asks for: Debian names it after the object (policy 8.1). */
const namedAfter = (library: string): string => {
  if (GLIBC.test(library)) return "libc6";
  const [name = "", version = ""] = library.split(".so.");
  return `${name}${/\d$/.test(name) ? "-" : ""}${version}`.toLowerCase().replaceAll("_", "-");
};
/**
 * Packages that may have a library: what the package of the program depends on, the one named after the
 * library first.
 */
const candidates = (library: string, depends: readonly string[]): string[] => {
  const likely = namedAfter(library);
  const libraries = depends.filter((name) => /^(?:lib|zlib)/.test(name) && name !== likely);
  return GLIBC.test(library) || depends.includes(likely) ? [likely, ...libraries] : libraries;
};

/** Puts the file's name in front of what is wrong with it. */
const about = <T>(source: string, act: () => T): T => {
  try {
    return act();
  } catch (error) {
    throw error instanceof ImageError ? error.about(source) : error;
  }
};

/** A file of the host, or a folder with all that is in it; permission bits are kept. */
export const hostItems = (guest: string, host: string): InitramfsItem[] => {
  let stat;
  try {
    stat = statSync(host);
  } catch (error) {
    throw fileError(error, `the file for ${guest}`, host);
  }
  const mode = stat.mode & 0o7777;
  if (stat.isFile()) return [{ kind: "file", path: guest, mode, bytes: readFileSync(host) }];
  if (!stat.isDirectory()) {
    throw new ImageError(
      "unreadable",
      {
        expected: "a file or a folder",
        found: "a device, pipe or socket",
        advice: "copy its contents to a file first",
      },
      { source: host },
    );
  }
  const inside = readdirSync(host)
    .toSorted()
    .flatMap((name): InitramfsItem[] => {
      const from = path.join(host, name);
      // Links in a folder stay links: what they mean is the guest's affair.
      if (lstatSync(from).isSymbolicLink())
        return [{ kind: "symlink", path: `${guest}/${name}`, target: readlinkSync(from) }];
      return hostItems(`${guest}/${name}`, from);
    });
  return [{ kind: "directory", path: guest, mode }, ...inside];
};

interface Unpacked {
  readonly entries: readonly TarEntry[];
  /** Names of the packages that it depends on; of alternatives the first. */
  readonly depends: readonly string[];
}

/** Packages by name, each read once. */
class Packages {
  readonly #unpacked = new Map<string, Unpacked>();
  readonly #options: DebianOptions;

  constructor(options: DebianOptions) {
    this.#options = options;
  }
  /** A package: `debian:NAME`, or the path of a .deb file. */
  async open(spec: string): Promise<Unpacked> {
    const known = this.#unpacked.get(spec);
    if (known !== undefined) return known;
    const file = spec.startsWith(DEBIAN)
      ? (await fetchDebianPackage(spec.slice(DEBIAN.length), this.#options)).file
      : spec;
    const bytes = readInputFile(file, { expected: "a Debian package (.deb)" });
    this.#options.progress?.(`unpacking ${path.basename(file)}`);
    const deb = about(spec, () => readDeb(bytes));
    const depends = ["Pre-Depends", "Depends"]
      .flatMap((field) => (deb.control.get(field) ?? "").split(","))
      .map((dependency) => dependency.trim().split(/[ (:|]/)[0]!)
      .filter((name) => name !== "");
    const unpacked = { entries: listDeb(deb), depends };
    this.#unpacked.set(spec, unpacked);
    return unpacked;
  }
}

const itemOf = (entry: TarEntry, all: readonly TarEntry[]): InitramfsItem[] => {
  switch (entry.type) {
    case "file":
      return [{ kind: "file", path: entry.path, mode: entry.mode, bytes: entry.bytes }];
    case "directory":
      return [{ kind: "directory", path: entry.path, mode: entry.mode }];
    case "symlink":
      return [{ kind: "symlink", path: entry.path, target: entry.target }];
    case "hardlink": {
      const target = all.find(
        (e) => e.type === "file" && e.path === entry.target.replace(/^\.\//, ""),
      );
      return target === undefined ? [] : [{ ...itemOf(target, all)[0]!, path: entry.path }];
    }
    case "other":
      return [];
  }
};

/** The entry at a path, its links followed, and the links on the way. */
const follow = (
  entries: readonly TarEntry[],
  start: string,
): { readonly file: TarEntry; readonly links: readonly TarEntry[] } | undefined => {
  const links: TarEntry[] = [];
  let at = start;
  for (let n = 0; n < MAX_LINKS; n++) {
    const entry = entries.find((e) => e.path === at && e.type !== "directory");
    if (entry === undefined) return undefined;
    if (entry.type !== "symlink") return { file: entry, links };
    links.push(entry);
    at = entry.target.startsWith("/")
      ? path.posix.normalize(entry.target).slice(1)
      : path.posix.join(path.posix.dirname(at), entry.target);
  }
  return undefined;
};

/**
 * The files of Debian packages (`debian:NAME` or the path of a .deb), without documentation, and the shared
 * objects that their programs need, taken from the packages that have them; nothing else of those.
 * Errors: those of `fetchDebianPackage` and `readDeb`, and `no-member` for a library that no package has.
 */
export const packageItems = async (
  specs: readonly string[],
  options: DebianOptions = {},
): Promise<InitramfsItem[]> => {
  const packages = new Packages(options);
  const items: InitramfsItem[] = [];
  /** Paths in the guest that are there. */
  const present = new Set<string>();
  const queue: {
    readonly bytes: Uint8Array;
    readonly of: string;
    readonly depends: readonly string[];
  }[] = [];
  const add = (entry: TarEntry, { entries, depends }: Unpacked): void => {
    for (const item of itemOf(entry, entries)) {
      items.push(item);
      present.add(item.path);
      if (item.kind === "file") queue.push({ bytes: item.bytes, of: item.path, depends });
    }
  };
  for (const spec of specs) {
    const opened = await packages.open(spec);
    for (const entry of opened.entries) {
      if (entry.path !== "" && !LEFT_OUT.test(entry.path)) add(entry, opened);
    }
  }
  const addLibrary = async (
    library: string,
    places: readonly string[],
    depends: readonly string[],
  ): Promise<boolean> => {
    for (const name of candidates(library, depends)) {
      const opened = await packages.open(`${DEBIAN}${name}`);
      for (const place of places) {
        const found = follow(opened.entries, place);
        if (found === undefined) continue;
        for (const entry of [...found.links, found.file])
          if (!present.has(entry.path)) add(entry, opened);
        return true;
      }
    }
    return false;
  };
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { of, depends } = next;
    const { interpreter, libraries } = elfNeeds(next.bytes);
    const wanted = libraries.map((name) => ({
      name,
      places: LIBRARY_FOLDERS.map((folder) => `${folder}/${name}`),
    }));
    if (interpreter !== undefined)
      wanted.unshift({ name: path.posix.basename(interpreter), places: [interpreter] });
    for (const { name, places } of wanted) {
      if (places.some((place) => present.has(place))) continue;
      if (await addLibrary(name, places, depends)) continue;
      throw new ImageError("no-member", {
        expected: `the library ${name}, which ${of} needs`,
        found: `none in ${candidates(name, depends).join(", ") || "any package that it depends on"}`,
        advice: "add it with --file or --package",
      });
    }
  }
  return items;
};

/**
 * A busybox for 32-bit ARM: `debian` takes Debian's static one, else the path of the program itself or of a
 * .deb that has it. Errors: as above; `wrong-architecture` from `readElf`.
 */
export const loadBusybox = async (
  spec: string,
  options: DebianOptions = {},
): Promise<Uint8Array> => {
  const from = spec === "debian" ? `${DEBIAN}busybox-static` : spec;
  if (from.startsWith(DEBIAN) || from.endsWith(".deb")) {
    const entries = (await new Packages(options).open(from)).entries;
    const entry = entries.find((e) => e.type === "file" && /^(?:usr\/)?bin\/busybox$/.test(e.path));
    if (entry !== undefined) return entry.bytes.slice();
    throw new ImageError(
      "no-member",
      {
        expected: "a package with bin/busybox",
        found: "none in it",
        advice: "give busybox-static, or the path of a busybox program",
      },
      { source: spec },
    );
  }
  const bytes = readInputFile(from, { expected: "a static busybox for 32-bit ARM, or its .deb" });
  about(spec, () => readElf(bytes));
  if (elfNeeds(bytes).interpreter !== undefined) {
    throw new ImageError(
      "unsupported",
      {
        expected: "a statically linked busybox",
        found: "one that needs shared libraries",
        advice: "give Debian's busybox-static (--busybox debian)",
      },
      { source: spec },
    );
  }
  return bytes;
};
