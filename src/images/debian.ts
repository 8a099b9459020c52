import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { defaultCacheFolder } from "./cache-folder.js";
import { findInDeb, readDeb } from "./deb.js";
import { ImageError } from "./image-error.js";
import { type CommandRunner, runCommand } from "./run-command.js";
import { temporaryName, writeWholeFile } from "./whole-file.js";

/** How packages are fetched; every field may be left out. */
export interface DebianOptions {
  /** Where packages are kept; default `$XDG_CACHE_HOME/hyplab`. */
  readonly cacheFolder?: string;
  /** Ask the archive again, although the package is in the cache. */
  readonly refresh?: boolean;
  /** Told what is going on, one sentence at a time. */
  readonly progress?: (message: string) => void;
  /** Runs apt; for tests. */
  readonly run?: CommandRunner;
}

/** A package in the cache. */
export interface DebianPackage {
  /** The name after meta packages were resolved. */
  readonly name: string;
  readonly version: string;
  /** Path of the .deb file. */
  readonly file: string;
}

/** A kernel or hypervisor taken out of a package. */
export interface DebianKernel {
  readonly package: DebianPackage;
  /** Path inside the package ("boot/vmlinuz-..."). */
  readonly member: string;
  readonly bytes: Uint8Array;
}

const ARCHITECTURE = "armhf";
/** Package names as Debian policy 5.6.1 has them; so no name can be mistaken for an option. */
const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]+$/;
/** What meta packages of kernels and hypervisors depend on. */
const KERNEL_DEPENDENCY = /^(?:linux-image|xen-hypervisor)-[a-z0-9+.-]+$/;
const META_DEPTH = 4;
const INDEX_TRIES = 3;
const INDEX_MAX_AGE = 24 * 60 * 60 * 1000;
const TIMEOUT = 15 * 60 * 1000;

/** True for the path of a kernel or hypervisor in a package. */
export const isKernelMember = (member: string): boolean =>
  /^boot\/(?:vmlinu[xz]|xen)-[^/]+$/.test(member) && !/\.(?:config|map|efi)$/.test(member);

const advice = "download the package's .deb for armhf on another machine and give its path";

/**
 * Fetches a package for armhf with the machine's own apt and its own sources, in a private state folder:
 * nothing of the system is changed and no root is needed. A meta package of a kernel or of Xen stands
 * for what it depends on. What is in the cache is taken from there, without network.
 *
 * Errors: `bad-request`, `no-apt`, `package-not-found`, `fetch-failed`.
 */
export const fetchDebianPackage = async (
  name: string,
  options: DebianOptions = {},
): Promise<DebianPackage> => {
  if (!PACKAGE_NAME.test(name)) {
    throw new ImageError("bad-request", {
      expected: "a Debian package name in lower case (debian:linux-image-armmp-lpae)",
      found: JSON.stringify(name),
      advice: "look for the name with apt-cache search",
    });
  }
  const cache = options.cacheFolder ?? defaultCacheFolder();
  const record = path.join(cache, "debian", `${name}.json`);
  if (options.refresh !== true) {
    const known = readRecord(record, cache);
    if (known !== undefined) return known;
  }
  const fetched = await new Apt(cache, options).fetch(name);
  const { file, ...rest } = fetched;
  writeWholeFile(record, `${JSON.stringify({ ...rest, file: path.basename(file) }, null, 2)}\n`);
  return fetched;
};

/**
 * The kernel or hypervisor of a package, fetched with `fetchDebianPackage`. It is kept beside the
 * package, so that the next call need not unpack. Errors: as there, and `no-member`.
 */
export const fetchDebianKernel = async (
  name: string,
  options: DebianOptions = {},
): Promise<DebianKernel> => {
  const found = await fetchDebianPackage(name, options);
  const folder = `${found.file.replace(/\.deb$/, "")}.kernel`;
  const kept = readKept(folder);
  if (kept !== undefined) return { package: found, ...kept };
  options.progress?.(`taking the kernel out of ${path.basename(found.file)}`);
  const entry = findInDeb(readDeb(readFileSync(found.file)), isKernelMember);
  if (entry === undefined) {
    throw new ImageError("no-member", {
      expected: "a package with /boot/vmlinuz-... or /boot/xen-...",
      found: `${found.name} without one`,
      advice: "name a kernel package (debian:linux-image-armmp-lpae)",
    });
  }
  const digest = createHash("sha256").update(entry.bytes).digest("hex");
  writeWholeFile(path.join(folder, path.basename(entry.path)), entry.bytes);
  // Written last: whoever sees it can rely on the other file.
  writeWholeFile(
    path.join(folder, "record.json"),
    `${JSON.stringify({ member: entry.path, sha256: digest }, null, 2)}\n`,
  );
  return { package: found, member: entry.path, bytes: entry.bytes };
};

const readJson = (file: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // Absent or damaged: the cache is then filled again.
    return undefined;
  }
};

const readRecord = (record: string, cache: string): DebianPackage | undefined => {
  const { name, version, file } = readJson(record) ?? {};
  if (typeof name !== "string" || typeof version !== "string" || typeof file !== "string") {
    return undefined;
  }
  const found = path.join(cache, "debian", path.basename(file));
  return existsSync(found) ? { name, version, file: found } : undefined;
};

const readKept = (folder: string): { member: string; bytes: Uint8Array } | undefined => {
  const { member, sha256 } = readJson(path.join(folder, "record.json")) ?? {};
  if (typeof member !== "string") return undefined;
  const file = path.join(folder, path.basename(member));
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  return createHash("sha256").update(bytes).digest("hex") === sha256
    ? { member, bytes }
    : undefined;
};

/** The machine's apt with a state folder of its own. */
class Apt {
  private readonly cache: string;
  private readonly state: string;
  private readonly run: CommandRunner;
  private readonly progress: (message: string) => void;
  private readonly refresh: boolean;
  /** Suites whose index could not be read, for the message when the package is not found. */
  private missing: readonly string[] = [];

  constructor(cache: string, options: DebianOptions) {
    this.cache = cache;
    this.state = path.join(cache, "apt");
    this.run = options.run ?? runCommand;
    this.progress = options.progress ?? (() => {});
    this.refresh = options.refresh ?? false;
  }

  async fetch(name: string): Promise<DebianPackage> {
    mkdirSync(path.join(this.cache, "debian"), { recursive: true });
    const fresh = this.refresh || this.indexAge() > INDEX_MAX_AGE;
    if (fresh) await this.update(name);
    try {
      return await this.download(await this.resolve(name, META_DEPTH));
    } catch (error) {
      if (fresh || !(error instanceof ImageError) || error.code === "no-apt") throw error;
      // The package may be newer than the index, or the archive may have dropped what it names.
      await this.update(name);
      return this.download(await this.resolve(name, META_DEPTH));
    }
  }

  private indexAge(): number {
    const stamp = statSync(path.join(this.state, "status"), { throwIfNoEntry: false });
    return stamp === undefined ? Number.POSITIVE_INFINITY : Date.now() - stamp.mtimeMs;
  }

  private async apt(program: string, state: string, args: readonly string[], cwd: string) {
    const settings = {
      "APT::Architecture": ARCHITECTURE,
      "APT::Architectures": ARCHITECTURE,
      "Dir::State": state,
      "Dir::State::Lists": path.join(state, "lists"),
      "Dir::State::status": path.join(state, "status"),
      "Dir::Cache": path.join(state, "cache"),
      // Kept in memory, so that several processes can read one state.
      "Dir::Cache::pkgcache": "",
      "Dir::Cache::srcpkgcache": "",
      "Acquire::Languages": "none",
      "Acquire::Retries": "2",
      // Nothing is installed; apt's own user could not write to a private folder.
      "APT::Sandbox::User": "root",
      "Debug::NoLocking": "1",
    };
    const flags = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
    const result = await this.run(program, [...flags, ...args], { cwd, timeout: TIMEOUT });
    if (result.status === undefined) {
      throw new ImageError("no-apt", {
        expected: `${program} to fetch Debian packages`,
        found: "none on this machine",
        advice,
      });
    }
    return result;
  }

  /** Reads the archive's index into a new state folder, and puts that in the place of the old one. */
  private async update(name: string): Promise<void> {
    const fresh = temporaryName(this.state);
    try {
      for (const folder of ["lists/partial", "cache/archives/partial"]) {
        mkdirSync(path.join(fresh, folder), { recursive: true });
      }
      writeFileSync(path.join(fresh, "status"), "");
      let reason = "";
      for (let attempt = 1; attempt <= INDEX_TRIES; attempt++) {
        this.progress(
          attempt === 1
            ? `reading the archive's index for ${ARCHITECTURE}`
            : `reading the archive's index again (try ${attempt} of ${INDEX_TRIES})`,
        );
        const result = await this.apt("apt-get", fresh, ["update"], fresh);
        this.missing = missingSuites(result.stderr);
        if (result.status === 0 && this.missing.length === 0) break;
        reason = firstError(result.stderr);
        const suites = this.missing.length === 0 ? "an index" : this.missing.join(", ");
        this.progress(`${suites} could not be read: ${reason}`);
      }
      if (!hasIndex(path.join(fresh, "lists"))) {
        throw new ImageError("fetch-failed", {
          expected: `the archive's index for ${ARCHITECTURE}, to find ${name}`,
          found: reason === "" ? "no source that has packages for it" : reason,
          advice: `check the network and apt's sources, or ${advice}`,
        });
      }
      if (this.missing.length > 0) this.progress("going on with the suites that could be read");
      const old = temporaryName(this.state);
      if (existsSync(this.state)) renameSync(this.state, old);
      renameSync(fresh, this.state);
      rmSync(old, { recursive: true, force: true });
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }

  /** Follows meta packages to the package that has the kernel. */
  private async resolve(name: string, depth: number): Promise<string> {
    const shown = await this.apt(
      "apt-cache",
      this.state,
      ["--no-all-versions", "show", name],
      this.cache,
    );
    const depends = /^Depends: (.*)$/m.exec(shown.stdout)?.[1] ?? "";
    if (shown.status !== 0 || !shown.stdout.includes(`Package: ${name}\n`)) {
      const gap =
        this.missing.length === 0 ? "" : ` (${this.missing.join(", ")} could not be read)`;
      throw new ImageError("package-not-found", {
        expected: `the package ${name} for ${ARCHITECTURE} in apt's sources`,
        found: `none of that name${gap}`,
        advice: `check the name (apt-cache search linux-image), or ${advice}`,
      });
    }
    for (const dependency of depends.split(",")) {
      const real = dependency.trim().split(/[ (:|]/)[0]!;
      if (!KERNEL_DEPENDENCY.test(real) || real === name || depth === 0) continue;
      this.progress(`${name} stands for ${real}`);
      return this.resolve(real, depth - 1);
    }
    return name;
  }

  private async download(name: string): Promise<DebianPackage> {
    const folder = path.join(this.cache, "debian");
    const work = temporaryName(path.join(folder, name));
    mkdirSync(work, { recursive: true });
    try {
      this.progress(`downloading ${name}`);
      const result = await this.apt("apt-get", this.state, ["download", name], work);
      const deb = readdirSync(work).find((file) => file.endsWith(".deb"));
      if (result.status !== 0 || deb === undefined) {
        throw new ImageError("fetch-failed", {
          expected: `the package ${name} from the archive`,
          found: firstError(result.stderr),
          advice: `try again later, or ${advice}`,
        });
      }
      const { version } = readDeb(readFileSync(path.join(work, deb)));
      const file = path.join(folder, deb);
      renameSync(path.join(work, deb), file);
      return { name, version, file };
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
}

/** True when apt has stored a package list, whatever it calls it. */
const hasIndex = (lists: string): boolean =>
  readdirSync(lists).some((file) => file.includes(`binary-${ARCHITECTURE}_Packages`));

/** "suite/component" of every index that apt complains about. */
const missingSuites = (stderr: string): string[] => {
  const suites = new Set<string>();
  for (const match of stderr.matchAll(
    /Failed to fetch \S*?\/dists\/(\S+?)\/(?:binary-|In?Release|Release)/g,
  )) {
    suites.add(match[1]!);
  }
  return [...suites];
};

/** apt's first complaint, without the address it concerns. */
const firstError = (stderr: string): string => {
  const lines = stderr.split("\n").map((line) => line.trim());
  const line = lines.find((text) => text.startsWith("E: ")) ?? lines.find((text) => text !== "");
  if (line === undefined) return "no answer";
  return line
    .replace(/^E: /, "")
    .replace(/Failed to fetch \S+\s*/, "")
    .replace(/\b[a-z+]+:\/\/\S+/g, "the archive")
    .replace(/\[IP: [^\]]*\]/g, "")
    .trim();
};
