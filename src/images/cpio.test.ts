import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { CPIO_TYPE, type CpioEntry, readCpio, writeCpio } from "./cpio.js";
import { Random, SEED } from "./testing/random.js";
import { pipe, toolTest, withFolder } from "./testing/tools.js";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const entries: readonly CpioEntry[] = [
  { name: "bin", mode: CPIO_TYPE.directory | 0o755, bytes: new Uint8Array(0) },
  { name: "bin/program", mode: CPIO_TYPE.file | 0o755, bytes: new Random(SEED).bytes(1001) },
  { name: "bin/sh", mode: CPIO_TYPE.symlink | 0o777, bytes: text("program") },
  { name: "empty", mode: CPIO_TYPE.file | 0o644, bytes: new Uint8Array(0) },
];

describe("cpio", () => {
  test("reads what it writes, device nodes and attributes included", () => {
    const console = {
      name: "dev/console",
      mode: CPIO_TYPE.characterDevice | 0o600,
      bytes: new Uint8Array(0),
      rdev: { major: 5, minor: 1 },
      uid: 3,
      gid: 4,
      mtime: 1_500_000_000,
    };
    const back = readCpio(writeCpio([...entries, console]));
    expect(back.map((entry) => entry.name)).toEqual(
      [...entries, console].map((entry) => entry.name),
    );
    expect(back.at(-1)).toMatchObject({ ...console, bytes: expect.anything() });
    expect(Buffer.compare(back[1]!.bytes, entries[1]!.bytes)).toBe(0);
  });

  test("reads several archives one after the other, as an initramfs may be", () => {
    const both = Buffer.concat([writeCpio(entries.slice(0, 2)), writeCpio(entries.slice(2))]);
    expect(readCpio(both).map((entry) => entry.name)).toEqual(entries.map((entry) => entry.name));
  });

  test("every truncation is refused", () => {
    const archive = writeCpio([entries[0]!, entries[3]!]);
    const end = Buffer.from(archive).indexOf("TRAILER!!!") + "TRAILER!!!".length + 1;
    for (let length = 0; length < end; length++) {
      expect(() => readCpio(archive.subarray(0, length)), `${length} bytes`).toThrow(
        expect.objectContaining({ name: "ImageError" }),
      );
    }
  });

  toolTest(["cpio"], "cpio unpacks what we write", () =>
    withFolder((folder) => {
      execFileSync("cpio", ["-i", "--quiet", "-d"], { cwd: folder, input: writeCpio(entries) });
      expect(
        Buffer.compare(readFileSync(path.join(folder, "bin/program")), entries[1]!.bytes),
      ).toBe(0);
      expect(readlinkSync(path.join(folder, "bin/sh"))).toBe("program");
      const listed = Buffer.from(pipe("cpio", ["-t", "--quiet"], writeCpio(entries))).toString();
      expect(listed.trim().split("\n")).toEqual(entries.map((entry) => entry.name));
    }),
  );

  toolTest(["cpio"], "we read what cpio writes, with and without checksums", () =>
    withFolder((folder) => {
      mkdirSync(path.join(folder, "d"));
      const content = new Random(SEED).bytes(777);
      writeFileSync(path.join(folder, "d/f"), content);
      symlinkSync("f", path.join(folder, "d/l"));
      for (const format of ["newc", "crc"]) {
        const archive = new Uint8Array(
          execFileSync("cpio", ["-o", "--quiet", "-H", format], {
            cwd: folder,
            input: "d\nd/f\nd/l\n",
          }),
        );
        const back = readCpio(archive);
        expect(back.map((entry) => entry.name)).toEqual(["d", "d/f", "d/l"]);
        expect(Buffer.compare(back[1]!.bytes, content)).toBe(0);
        expect(Buffer.from(back[2]!.bytes).toString()).toBe("f");
        if (format === "newc") continue;
        const damaged = archive.slice();
        damaged[Buffer.from(damaged).indexOf(content.subarray(0, 20))]! ^= 1;
        expect(() => readCpio(damaged)).toThrow(/checksum of d\/f/);
      }
    }),
  );
});
