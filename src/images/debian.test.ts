import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { fetchDebianKernel, fetchDebianPackage } from "./debian.js";
import type { CommandResult, CommandRunner } from "./run-command.js";
import { makeDeb, makeRawImage, makeZImage } from "./testing/make-images.js";
import { Random, SEED } from "./testing/random.js";
import { withFolder } from "./testing/tools.js";

const kernel = makeZImage(makeRawImage(new Random(SEED).program(3000)));
const typed = (code: string) => expect.objectContaining({ name: "ImageError", code });
const ok = (stdout = ""): CommandResult => ({ status: 0, stdout, stderr: "" });
const failed = (stderr: string): CommandResult => ({ status: 100, stdout: "", stderr });

/** An archive that plays apt's part: packages with their dependencies, and the files they hold. */
interface Archive {
  readonly packages: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** What the n-th update answers; beyond the list it succeeds. */
  readonly updates?: readonly CommandResult[];
  /** False: no list arrives at all. */
  readonly lists?: boolean;
}

const playApt = (archive: Archive): { run: CommandRunner; calls: string[] } => {
  const calls: string[] = [];
  let updates = 0;
  const run: CommandRunner = (program, args, { cwd }) => {
    const verb = args.slice(args.lastIndexOf("-o") + 2);
    calls.push([program, ...verb].join(" "));
    if (verb[0] === "update") {
      const lists = args.find((arg) => arg.startsWith("Dir::State::Lists="))!.split("=")[1]!;
      if (archive.lists ?? true) writeFileSync(path.join(lists, "x_binary-armhf_Packages"), "");
      return Promise.resolve(archive.updates?.[updates++] ?? ok());
    }
    const name = verb.at(-1)!;
    const depends = archive.packages[name];
    if (depends === undefined) return Promise.resolve(failed("E: No packages found"));
    if (program === "apt-cache") {
      return Promise.resolve(ok(`Package: ${name}\nArchitecture: armhf\nDepends: ${depends}\n`));
    }
    writeFileSync(
      path.join(cwd, `${name}_1.0-1_armhf.deb`),
      makeDeb(archive.files ?? { "./boot/vmlinuz-1": kernel }),
    );
    return Promise.resolve(ok());
  };
  return { run, calls };
};

const packages = {
  "linux-image-armmp": "linux-image-1-armmp (= 1.0-1)",
  "linux-image-1-armmp": "kmod, linux-base (>= 4.3~), initramfs-tools | linux-initramfs-tool",
  "xen-system-armhf": "xen-hypervisor-4-armhf, xen-utils-4",
  "xen-hypervisor-4-armhf": "xen-utils",
};

const noNetwork: CommandRunner = () => Promise.reject(new Error("apt must not run"));

const none: CommandRunner = () => Promise.resolve({ status: undefined, stdout: "", stderr: "" });

describe("debian:PACKAGE", () => {
  test("follows a meta package to the kernel and keeps both for the next time", () =>
    withFolder(async (cacheFolder) => {
      const { run, calls } = playApt({ packages });
      const said: string[] = [];
      const progress = (message: string): void => void said.push(message);
      const first = await fetchDebianKernel("linux-image-armmp", { cacheFolder, run, progress });
      expect(first.package).toMatchObject({ name: "linux-image-1-armmp", version: "1.0-1" });
      expect(first.member).toBe("boot/vmlinuz-1");
      expect(Buffer.compare(first.bytes, kernel)).toBe(0);
      expect(said).toContain("linux-image-armmp stands for linux-image-1-armmp");
      expect(calls.at(-1)).toBe("apt-get download linux-image-1-armmp");

      const second = await fetchDebianKernel("linux-image-armmp", { cacheFolder, run: noNetwork });
      expect(Buffer.compare(second.bytes, kernel)).toBe(0);
      expect(second.package).toEqual(first.package);
    }));

  test("leaves nothing half done in the cache", () =>
    withFolder(async (cacheFolder) => {
      const { run } = playApt({ packages });
      await fetchDebianKernel("linux-image-armmp", { cacheFolder, run });
      await expect(fetchDebianPackage("nothing", { cacheFolder, run })).rejects.toThrow();
      const names = readdirSync(cacheFolder, { recursive: true, encoding: "utf8" });
      expect(names.filter((name) => name.includes(".tmp"))).toEqual([]);
      expect(readdirSync(cacheFolder).toSorted()).toEqual(["apt", "debian"]);
    }));

  test("resolves the hypervisor's meta package too", () =>
    withFolder(async (cacheFolder) => {
      const { run } = playApt({
        packages,
        files: { "./boot/xen-4": kernel, "./boot/xen-4.config": kernel },
      });
      const xen = await fetchDebianKernel("xen-system-armhf", { cacheFolder, run });
      expect(xen).toMatchObject({
        member: "boot/xen-4",
        package: { name: "xen-hypervisor-4-armhf" },
      });
    }));

  test("goes on when one suite cannot be read, tries again and says so", () =>
    withFolder(async (cacheFolder) => {
      const broken = failed(
        "E: Failed to fetch http://mirror.example/debian-security/dists/stable-security/main/binary-armhf/Packages.xz  File has unexpected size (1 != 2). [IP: 192.0.2.1 80]\nE: Some index files failed to download.",
      );
      const { run, calls } = playApt({ packages, updates: [broken, broken, broken] });
      const said: string[] = [];
      await fetchDebianPackage("linux-image-armmp", {
        cacheFolder,
        run,
        progress: (text) => said.push(text),
      });
      expect(calls.filter((call) => call === "apt-get update")).toHaveLength(3);
      expect(said.join("\n")).toContain(
        "stable-security/main could not be read: File has unexpected size (1 != 2).",
      );
      expect(said.join("\n")).not.toContain("example");
      expect(said).toContain("going on with the suites that could be read");
    }));

  test("says what is missing when the package is not found", () =>
    withFolder(async (cacheFolder) => {
      const broken = failed(
        "E: Failed to fetch http://mirror.example/dists/stable/main/binary-armhf/Packages.xz  404",
      );
      const { run } = playApt({ packages, updates: [broken, broken, broken] });
      const wanted = fetchDebianPackage("linux-image-other", { cacheFolder, run });
      await expect(wanted).rejects.toThrow(typed("package-not-found"));
      await expect(wanted).rejects.toThrow(/stable\/main could not be read/);
    }));

  test("says what to do without apt, and without network", () =>
    withFolder(async (cacheFolder) => {
      const wanted = fetchDebianPackage("linux-image-armmp", { cacheFolder, run: none });
      await expect(wanted).rejects.toThrow(typed("no-apt"));
      await expect(wanted).rejects.toThrow(/download the package's \.deb/);
      const offline = failed("W: Temporary failure resolving 'mirror.example'");
      const { run } = playApt({ packages, lists: false, updates: [offline, offline, offline] });
      await expect(fetchDebianPackage("linux-image-armmp", { cacheFolder, run })).rejects.toThrow(
        typed("fetch-failed"),
      );
    }));

  test("reads the index again when an old one names a package that is gone", () =>
    withFolder(async (cacheFolder) => {
      await fetchDebianPackage("linux-image-1-armmp", { cacheFolder, ...playApt({ packages }) });
      const newer = { ...packages, "linux-image-2-armmp": "kmod" };
      let updated = false;
      const { run } = playApt({ packages: newer });
      const late: CommandRunner = (program, args, options) => {
        if (args.at(-1) === "update") updated = true;
        else if (!updated) return Promise.resolve(failed("E: No packages found"));
        return run(program, args, options);
      };
      const found = await fetchDebianPackage("linux-image-2-armmp", { cacheFolder, run: late });
      expect(found.name).toBe("linux-image-2-armmp");
      expect(updated).toBe(true);
    }));

  test("unpacks again when the kept kernel was damaged", () =>
    withFolder(async (cacheFolder) => {
      const { run } = playApt({ packages });
      const { package: found } = await fetchDebianKernel("linux-image-armmp", { cacheFolder, run });
      const kept = path.join(found.file.replace(/\.deb$/, ".kernel"), "vmlinuz-1");
      expect(existsSync(kept)).toBe(true);
      writeFileSync(kept, readFileSync(kept).subarray(0, 100));
      const again = await fetchDebianKernel("linux-image-armmp", { cacheFolder, run });
      expect(Buffer.compare(again.bytes, kernel)).toBe(0);
    }));

  test("fetches again when a record of the cache is damaged", () =>
    withFolder(async (cacheFolder) => {
      mkdirSync(path.join(cacheFolder, "debian"), { recursive: true });
      writeFileSync(path.join(cacheFolder, "debian", "linux-image-armmp.json"), '{"name": ');
      const { run } = playApt({ packages });
      const found = await fetchDebianPackage("linux-image-armmp", { cacheFolder, run });
      expect(found.name).toBe("linux-image-1-armmp");
    }));

  test.each(["", "-o", "--help", "../x", "Linux", "a b", "x;y", "x=1"])(
    "refuses the name %j",
    async (name) => {
      await expect(
        fetchDebianPackage(name, { cacheFolder: "unused", run: noNetwork }),
      ).rejects.toThrow(typed("bad-request"));
    },
  );

  test("a package without a kernel is named as such", () =>
    withFolder(async (cacheFolder) => {
      const { run } = playApt({ packages, files: { "./bin/sh": kernel } });
      await expect(fetchDebianKernel("linux-image-armmp", { cacheFolder, run })).rejects.toThrow(
        typed("no-member"),
      );
    }));
});
