import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { readAr } from "./ar.js";
import { extractFromDeb, findInDeb, listDeb, readDeb } from "./deb.js";
import { readTar } from "./tar.js";
import { makeAr, makeDeb, makeTar } from "./testing/make-images.js";
import { Random, SEED } from "./testing/random.js";
import { hasTool, toolTest, withFolder } from "./testing/tools.js";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const typed = (code: string) => expect.objectContaining({ name: "ImageError", code });
const kernel = new Random(SEED).program(50_000);

describe("Debian packages", () => {
  test("give control fields, a listing and single files", () => {
    const deb = readDeb(makeDeb({ "./boot/config-1": text("x=y"), "./boot/vmlinuz-1": kernel }));
    expect(deb).toMatchObject({
      name: "linux-image-test",
      version: "1.0-1",
      architecture: "armhf",
    });
    expect(deb.control.get("Description")).toBe("a kernel\nfor tests");
    expect(listDeb(deb).map((entry) => entry.path)).toEqual(["boot/config-1", "boot/vmlinuz-1"]);
    expect(Buffer.compare(extractFromDeb(deb, "boot/vmlinuz-1"), kernel)).toBe(0);
    expect(findInDeb(deb, (file) => file.startsWith("lib/"))).toBeUndefined();
    expect(() => extractFromDeb(deb, "boot/vmlinuz-2")).toThrow(typed("no-member"));
  });

  test.each(["../etc/passwd", "/etc/passwd", "boot/../../x", "a\\..\\b"])(
    "refuse the path %s, which leads outside",
    (name) => {
      expect(() => listDeb(readDeb(makeDeb({ [name]: text("x") })))).toThrow(
        /paths inside the archive/,
      );
    },
  );

  test("are refused when a member is missing, damaged or of another format", () => {
    const version = text("2.0\n");
    const control = gzipSync(makeTar({ control: text("Package: x\n") }));
    const data = gzipSync(makeTar({}));
    expect(() => readDeb(makeAr({ "debian-binary": version }))).toThrow(typed("truncated"));
    expect(() => readDeb(makeAr({ other: version }))).toThrow(typed("corrupt"));
    const named = (format: string, controlName: string, bytes: Uint8Array): Uint8Array =>
      makeAr({ "debian-binary": text(format), [controlName]: bytes, "data.tar.gz": data });
    expect(() => readDeb(named("3.0\n", "control.tar.gz", control))).toThrow(typed("unsupported"));
    expect(() => readDeb(named("2.0\n", "control.tar.br", control))).toThrow(typed("unsupported"));
    expect(() => readDeb(named("2.0\n", "control.tar.xz", control))).toThrow(typed("corrupt"));
    expect(() => readDeb(named("2.0\n", "control.tar.gz", gzipSync(makeTar({}))))).toThrow(
      typed("corrupt"),
    );
    expect(
      readDeb(named("2.0\n", "control.tar", makeTar({ control: text("Package: x\n") }))).name,
    ).toBe("x");
  });

  test("every truncation of one is refused", () => {
    const deb = makeDeb({ "./boot/vmlinuz-1": text("kernel") });
    for (let length = 0; length < deb.length; length++) {
      const cut = deb.subarray(0, length);
      expect(() => listDeb(readDeb(cut)), `${length} bytes`).toThrow(
        expect.objectContaining({ name: "ImageError" }),
      );
    }
  });

  for (const compression of ["none", "gzip", "xz", "zstd"]) {
    toolTest(["dpkg-deb"], `built by dpkg-deb with ${compression} are read the same`, () =>
      withFolder((folder) => {
        const root = path.join(folder, "root");
        const long = `usr/share/${"a-very-long-folder-name/".repeat(8)}`;
        for (const sub of ["DEBIAN", "boot", long])
          mkdirSync(path.join(root, sub), { recursive: true });
        writeFileSync(
          path.join(root, "DEBIAN/control"),
          "Package: p\nVersion: 2\nArchitecture: armhf\nMaintainer: a <a@b>\nDescription: d\n",
        );
        writeFileSync(path.join(root, "boot/vmlinuz-2"), kernel);
        writeFileSync(path.join(root, long, "file"), "deep");
        symlinkSync("vmlinuz-2", path.join(root, "boot/vmlinuz"));
        const file = path.join(folder, "p.deb");
        execFileSync("dpkg-deb", ["--root-owner-group", `-Z${compression}`, "-b", root, file], {
          stdio: "pipe",
        });
        const deb = readDeb(readFileSync(file));
        expect(deb).toMatchObject({ name: "p", version: "2", architecture: "armhf" });
        const entries = listDeb(deb);
        expect(entries.map((entry) => entry.path)).toContain(`${long}file`);
        expect(entries.find((entry) => entry.path === "boot/vmlinuz")).toMatchObject({
          type: "symlink",
          target: "vmlinuz-2",
        });
        expect(Buffer.compare(extractFromDeb(deb, "boot/vmlinuz-2"), kernel)).toBe(0);
      }),
    );
  }
});

describe("archives", () => {
  test("ar members of odd length are followed by padding", () => {
    const members = readAr(makeAr({ odd: text("abc"), even: text("abcd") }));
    expect(members.map(({ name, bytes }) => [name, bytes.length])).toEqual([
      ["odd", 3],
      ["even", 4],
    ]);
  });

  const formats = hasTool("tar") ? ["ustar", "gnu", "pax"] : ["any"];
  for (const format of formats) {
    toolTest(["tar"], `tar archives of the ${format} format are read with their long names`, () =>
      withFolder((folder) => {
        // As long as the ustar format can split.
        const name = `${"d".repeat(90)}/${"e".repeat(40)}/${"f".repeat(90)}`;
        mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
        writeFileSync(path.join(folder, name), "content");
        const tar = execFileSync("tar", ["-c", `--format=${format}`, "-C", folder, name]);
        const [entry] = [...readTar(new Uint8Array(tar))];
        expect(entry?.path).toBe(name);
        expect(Buffer.from(entry!.bytes).toString()).toBe("content");
      }),
    );
  }

  test("a tar header with a wrong checksum is refused", () => {
    const tar = makeTar({ a: text("x") });
    tar[0]! ^= 1;
    expect(() => [...readTar(tar)]).toThrow(typed("corrupt"));
  });
});
