/** Loadable modules of a Debian kernel, with those that they depend on, in the order to load them. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { listDeb, readDeb } from "./deb.js";
import { type DebianOptions, fetchDebianPackage } from "./debian.js";
import { readElf } from "./elf.js";
import { ImageError } from "./image-error.js";
import { writeWholeFile } from "./whole-file.js";

export interface KernelModule {
  /** As `lsmod` shows it. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** `-` and `_` are the same in a module's name. */
const moduleName = (text: string): string => text.replace(/\.ko$/, "").replaceAll("-", "_");

/** Names of the modules that a module depends on: `depends=` of its .modinfo. Errors: those of `readElf`. */
export const moduleDepends = (bytes: Uint8Array): string[] => {
  const info = readElf(bytes).sections.find(({ name }) => name === ".modinfo")?.bytes;
  const records = new TextDecoder("latin1").decode(info ?? new Uint8Array(0)).split("\0");
  const depends = records.find((record) => record.startsWith("depends="))?.slice(8) ?? "";
  return depends
    .split(",")
    .filter((name) => name !== "")
    .map((name) => moduleName(name));
};

/**
 * The named modules of a kernel package (`debian:linux-image-...` without the prefix, or what it stands for),
 * each behind what it depends on. They are kept beside the package in the cache: unpacking it takes long.
 * Errors: those of `fetchDebianPackage`; `no-member` for a module that the package does not have.
 */
export const debianModules = async (
  packageName: string,
  names: readonly string[],
  options: DebianOptions = {},
): Promise<KernelModule[]> => {
  const { file, name: real } = await fetchDebianPackage(packageName, options);
  const folder = `${file.replace(/\.deb$/, "")}.modules`;
  let unpacked: ReadonlyMap<string, Uint8Array> | undefined;
  const unpack = (): ReadonlyMap<string, Uint8Array> => {
    options.progress?.(`taking modules out of ${path.basename(file)}`);
    const found = new Map<string, Uint8Array>();
    for (const entry of listDeb(readDeb(readFileSync(file)))) {
      if (entry.type === "file" && /^(?:usr\/)?lib\/modules\/.*\.ko$/.test(entry.path))
        found.set(moduleName(path.posix.basename(entry.path)), entry.bytes);
    }
    return found;
  };
  const read = (name: string): Uint8Array => {
    const kept = path.join(folder, `${name}.ko`);
    if (existsSync(kept)) return readFileSync(kept);
    unpacked ??= unpack();
    const bytes = unpacked.get(name);
    if (bytes === undefined) {
      throw new ImageError("no-member", {
        expected: `the module ${name} in ${real}`,
        found: "none of that name",
        advice: "it may be built into the kernel; look with dpkg-deb -c",
      });
    }
    writeWholeFile(kept, bytes);
    return bytes;
  };
  const done = new Map<string, KernelModule>();
  const add = (name: string): void => {
    if (done.has(name)) return;
    // It becomes a file's name in the cache.
    if (!/^[A-Za-z0-9_]+$/.test(name)) {
      throw new ImageError("bad-request", {
        expected: "a module's name, of letters, digits, - and _",
        found: JSON.stringify(name),
        advice: "give it as lsmod shows it",
      });
    }
    const bytes = read(name);
    for (const needed of moduleDepends(bytes)) add(needed);
    done.set(name, { name, bytes });
  };
  for (const name of names) add(moduleName(name));
  return [...done.values()];
};
