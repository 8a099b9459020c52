import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { CPIO_TYPE, readCpio } from "./cpio.js";
import { elfNeeds } from "./elf-needs.js";
import { hostItems, loadBusybox, packageItems } from "./initramfs-sources.js";
import { initScript, makeInitramfs, type InitramfsItem } from "./initramfs.js";
import { ImageError } from "./image-error.js";
import { pipe, toolTest, withFolder } from "./testing/tools.js";

const busybox = new TextEncoder().encode("a program");
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const file = (at: string, contents = "x"): InitramfsItem => ({
  kind: "file",
  path: at,
  mode: 0o640,
  bytes: new TextEncoder().encode(contents),
});
/** Why an archive cannot be had: the machine's doing, not ours. */
const NOT_OURS = new Set(["no-apt", "fetch-failed", "package-not-found"]);

describe("the initramfs", () => {
  test("has the console's device node, busybox with a shell, and an /init", () => {
    const entries = readCpio(makeInitramfs(busybox, { end: "shell" }));
    const named = (name: string) => entries.find((entry) => entry.name === name);
    expect(named("dev/console")).toMatchObject({
      mode: CPIO_TYPE.characterDevice | 0o600,
      rdev: { major: 5, minor: 1 },
    });
    expect(named("bin/busybox")).toMatchObject({ mode: CPIO_TYPE.file | 0o755 });
    expect(text(named("bin/sh")!.bytes)).toBe("busybox");
    expect(named("init")!.mode).toBe(CPIO_TYPE.file | 0o755);
    expect(text(named("init")!.bytes)).toMatch(/^#!\/bin\/busybox sh\n/);
  });

  test("mounts proc, sys and devtmpfs, runs the commands, and then powers off", () => {
    const script = initScript({ run: "echo hello", end: "poweroff" });
    const places = [
      "proc /proc",
      "sysfs /sys",
      "devtmpfs /dev",
      "sh /etc/hyplab/run",
      "poweroff -f",
    ];
    const found = places.map((place) => script.indexOf(place));
    expect(found.every((at) => at > 0)).toBe(true);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    const entries = readCpio(makeInitramfs(busybox, { run: "echo hello", end: "poweroff" }));
    expect(text(entries.find(({ name }) => name === "etc/hyplab/run")!.bytes)).toBe("echo hello\n");
  });

  test("is the same bytes for the same items in another order, with parents before what they hold", () => {
    const items = [file("a/b/c"), file("/a/d"), file("a-b")];
    const one = makeInitramfs(busybox, { end: "shell" }, items);
    const other = makeInitramfs(busybox, { end: "shell" }, items.toReversed());
    expect(Buffer.compare(one, other)).toBe(0);
    const names = readCpio(one).map((entry) => entry.name);
    for (const name of names) {
      const parent = path.posix.dirname(name);
      if (parent !== ".") expect(names.indexOf(parent)).toBeLessThan(names.indexOf(name));
    }
    expect(
      readCpio(one).every(({ mtime, uid, gid }) => mtime === 0 && uid === 0 && gid === 0),
    ).toBe(true);
  });

  test("a later item takes an earlier one's place; a path outside or under a file is refused", () => {
    const own = readCpio(makeInitramfs(busybox, { end: "shell" }, [file("init", "mine")]));
    expect(text(own.find(({ name }) => name === "init")!.bytes)).toBe("mine");
    for (const wrong of ["../x", "a/../../x", "init/x"]) {
      expect(() => makeInitramfs(busybox, { end: "shell" }, [file(wrong)]), wrong).toThrow(
        ImageError,
      );
    }
  });

  toolTest(["cpio"], "cpio lists it", () => {
    const archive = makeInitramfs(busybox, { end: "shell" }, [file("opt/tool")]);
    const listed = text(pipe("cpio", ["-t", "--quiet"], archive))
      .trim()
      .split("\n");
    expect(listed).toEqual(readCpio(archive).map((entry) => entry.name));
    expect(listed).toContain("opt/tool");
  });
});

describe("sources", () => {
  test("files of the host keep their modes, folders their links", () =>
    withFolder((folder) => {
      writeFileSync(path.join(folder, "tool"), "#!");
      chmodSync(path.join(folder, "tool"), 0o751);
      mkdirSync(path.join(folder, "d"));
      symlinkSync("../tool", path.join(folder, "d/link"));
      expect(hostItems("opt/tool", path.join(folder, "tool"))).toMatchObject([
        { kind: "file", path: "opt/tool", mode: 0o751 },
      ]);
      expect(hostItems("opt", folder)).toMatchObject([
        { kind: "directory", path: "opt" },
        { kind: "directory", path: "opt/d" },
        { kind: "symlink", path: "opt/d/link", target: "../tool" },
        { kind: "file", path: "opt/tool" },
      ]);
      expect(() => hostItems("x", path.join(folder, "absent"))).toThrow(/no such file/);
    }));

  test("a busybox that is no ARM program is refused", () =>
    withFolder(async (folder) => {
      const wrong = path.join(folder, "busybox");
      writeFileSync(wrong, "#!/bin/sh\n".repeat(20));
      await expect(loadBusybox(wrong)).rejects.toThrow(ImageError);
    }));

  test("bytes that are no ELF file need nothing", () => {
    expect(elfNeeds(new Uint8Array(100))).toEqual({ interpreter: undefined, libraries: [] });
  });

  test("Debian's kexec-tools bring the libraries that they need, and their links", async ({
    skip,
  }) => {
    let items: InitramfsItem[];
    try {
      items = await packageItems(["debian:kexec-tools"]);
    } catch (error) {
      if (error instanceof ImageError && NOT_OURS.has(error.code)) return skip(error.message);
      throw error;
    }
    const names = items.map((item) => item.path);
    expect(names).toContain("sbin/kexec");
    expect(names).toContain("lib/ld-linux-armhf.so.3");
    expect(names).toContain("lib/arm-linux-gnueabihf/libc.so.6");
    expect(names.some((name) => name.startsWith("usr/share/doc"))).toBe(false);
    const files = items.flatMap((item) => (item.kind === "file" ? [item] : []));
    const provided = new Set(items.map((item) => path.posix.basename(item.path)));
    for (const { bytes } of files)
      for (const library of elfNeeds(bytes).libraries) expect(provided).toContain(library);
  });
});
