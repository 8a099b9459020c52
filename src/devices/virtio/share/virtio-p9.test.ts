import { execFileSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { P9Client } from "../testing/p9-client.js";
import { TestDriver } from "../testing/test-driver.js";
import { HostFolder, type HostFolderOptions } from "./host-folder.js";
import { P9Server } from "./p9-server.js";
import { isShareName, ShareError } from "./share-backend.js";
import { VirtioP9 } from "./virtio-p9.js";

let top: string;
let root: string;
const folders: HostFolder[] = [];
const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const string = (b: Uint8Array): string => new TextDecoder().decode(b);

beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), "hyplab-share-"));
  root = path.join(top, "root");
  mkdirSync(path.join(root, "sub", "deep"), { recursive: true });
  writeFileSync(path.join(root, "hello"), "hello, guest");
  writeFileSync(path.join(root, "sub", "inner"), "inside");
  writeFileSync(path.join(top, "secret"), "outside");
  mkdirSync(path.join(top, "secrets"));
  writeFileSync(path.join(top, "secrets", "key"), "outside");
  symlinkSync("../secret", path.join(root, "link-out"));
  symlinkSync(path.join(top, "secrets"), path.join(root, "folder-out"));
  symlinkSync("sub", path.join(root, "link-in"));
  symlinkSync("missing", path.join(root, "dangling"));
});
afterEach(() => {
  for (const folder of folders.splice(0)) folder.close();
  rmSync(top, { recursive: true });
});
const share = (options: HostFolderOptions = {}): HostFolder => {
  const folder = new HostFolder(root, options);
  folders.push(folder);
  return folder;
};
const serve = (options: HostFolderOptions = {}) => {
  const backend = share(options);
  const server = new P9Server(backend);
  const client = new P9Client((message) => server.answer(message, 1 << 20));
  client.start();
  return { backend, server, client };
};

const WAYS = existsSync("/proc/self/fd") ? [true, false] : [false];
if (WAYS.length === 1) console.log("no /proc/self/fd here: walking by descriptors is not tested");

describe.each(WAYS)("a folder of the host, by descriptors: %s", (byDescriptor) => {
  it("is read: walk, open, read, getattr, readdir", () => {
    const { client } = serve({ byDescriptor });
    expect(client.walk(1, "hello")).toBe(0);
    expect(client.open(1)).toBe("ok");
    expect(string(client.read(1))).toBe("hello, guest");
    expect(string(client.read(1, 7, 3))).toBe("gue");
    expect(client.read(1, 100)).toHaveLength(0);
    const attributes = client.getattr(1);
    expect(attributes.size).toBe(12);
    expect(attributes.mode & 0o170000).toBe(0o100000);
    expect(attributes.uid).toBe(0);
    expect(client.walk(2)).toBe(0x80);
    expect(client.open(2)).toBe("ok");
    const all = [".", "..", "dangling", "folder-out", "hello", "link-in", "link-out", "sub"];
    expect(client.names(2)).toEqual(all);
    expect(client.names(2, 40)).toEqual(all);
    expect(client.walk(3, "sub", "..", "..", "..", "hello")).toBe(0);
    expect(client.clunk(3)).toBe("ok");
    expect(client.clunk(3)).toBe("EBADF");
    expect(client.outcome("statfs", (w) => w.u32(0))).toBe("ok");
  });
  it("gives links as links, and never what is behind them", () => {
    const { client, backend } = serve({ byDescriptor, writable: true });
    for (const [i, name] of ["link-out", "folder-out", "link-in", "dangling"].entries()) {
      const fid = 10 + i;
      expect(client.walk(fid, name)).toBe(2);
      expect(client.open(fid)).toBe("ELOOP");
      expect(client.open(fid, 2)).toBe("ELOOP");
      expect(client.walk(99, name, "key")).toBe("walked 1 of 2");
      expect(client.getattr(fid).mode & 0o170000).toBe(0o120000);
      expect(() => backend.open([name], false)).toThrow(ShareError);
      expect(() => backend.open([name, "key"], false)).toThrow(ShareError);
      expect(() => backend.list([name])).toThrow(ShareError);
      expect(() => backend.create([name], 0o644, false)).toThrow(ShareError);
      expect(() => backend.create([name, "new"], 0o644, false)).toThrow(ShareError);
      expect(() => backend.change([name], { size: 0 })).toThrow(ShareError);
      expect(() => backend.change([name], { mode: 0o777 })).toThrow(ShareError);
      expect(() => backend.makeDirectory([name, "new"], 0o755)).toThrow(ShareError);
      expect(() => backend.remove([name, "key"], false)).toThrow(ShareError);
      expect(() => backend.rename(["hello"], [name, "hello"])).toThrow(ShareError);
    }
    const reply = client.ask("readlink", (w) => w.u32(10));
    expect(typeof reply === "string" ? reply : reply.text()).toBe("../secret");
    expect(readFileSync(path.join(top, "secret"), "utf8")).toBe("outside");
    expect(existsSync(path.join(root, "missing"))).toBe(false);
  });
  it("takes no name that leads elsewhere", () => {
    const { client, backend } = serve({ byDescriptor, writable: true });
    const bad = ["..", ".", "", "../secret", "/etc/passwd", "sub/inner", "a\0b", "x".repeat(256)];
    for (const name of bad) {
      expect(isShareName(name)).toBe(false);
      if (name !== "..") expect(client.walk(5, name)).toBe("ENOENT");
      expect(client.outcome("mkdir", (w) => w.u32(0).text(name).u32(0o755).u32(0))).toBe("EINVAL");
      expect(client.outcome("unlinkat", (w) => w.u32(0).text(name).u32(0))).toBe("EINVAL");
      const rename = (a: string, b: string) =>
        client.outcome("renameat", (w) => w.u32(0).text(a).u32(0).text(b));
      expect(rename("hello", name)).toBe("EINVAL");
      expect(rename(name, "there")).toBe("EINVAL");
      for (const names of [[name], ["sub", name], [name, "secret"]]) {
        expect(() => backend.stat(names)).toThrow(ShareError);
        expect(() => backend.open(names, false)).toThrow(ShareError);
      }
    }
    expect(client.walk(6, "..", "..", "secret")).toBe("walked 2 of 3");
    expect(() => backend.remove([], true)).toThrow(ShareError);
  });
  it("is not changed unless it is writable", () => {
    const { client } = serve({ byDescriptor });
    client.walk(1, "hello");
    expect(client.open(1, 1)).toBe("EROFS");
    expect(client.open(1, 0o1000)).toBe("EROFS");
    expect(client.open(1)).toBe("ok");
    expect(client.write(1, 0, text("x"))).toBe("EBADF");
    client.walk(2);
    const refused = [
      client.outcome("lcreate", (w) => w.u32(2).text("new").u32(0o102).u32(0o644).u32(0)),
      client.outcome("mkdir", (w) => w.u32(0).text("new").u32(0o755).u32(0)),
      client.outcome("unlinkat", (w) => w.u32(0).text("hello").u32(0)),
      client.outcome("renameat", (w) => w.u32(0).text("hello").u32(0).text("bye")),
      client.outcome("setattr", (w) => {
        w.u32(1).u32(8).u32(0).u32(0).u32(0);
        for (let i = 0; i < 5; i++) w.u64(0);
        return w;
      }),
    ];
    expect(refused).toEqual(Array.from(refused, () => "EROFS"));
    expect(readFileSync(path.join(root, "hello"), "utf8")).toBe("hello, guest");
  });
  it("is written when it is: create, write, truncate, rename, remove", () => {
    const { client } = serve({ byDescriptor, writable: true });
    const setattr = (
      fid: number,
      valid: number,
      mode: number,
      uid: number,
      size: number,
      mtime: number,
    ) =>
      client.outcome("setattr", (w) =>
        w.u32(fid).u32(valid).u32(mode).u32(uid).u32(0).u64(size).u64(0).u64(0).u64(mtime).u64(5),
      );
    client.walk(1, "sub");
    expect(
      client.outcome("lcreate", (w) => w.u32(1).text("new").u32(0o102).u32(0o4444).u32(0)),
    ).toBe("ok");
    expect(client.write(1, 2, text("data"))).toBe("ok");
    const file = path.join(root, "sub", "new");
    expect(readFileSync(file, "utf8")).toBe("\0\0data");
    expect(statSync(file).mode & 0o7777).toBe(0o444);
    expect(setattr(1, 1, 0o4755, 0, 0, 0)).toBe("ok");
    expect(statSync(file).mode & 0o7777).toBe(0o755);
    expect(setattr(1, 8 | 32 | 256, 0, 0, 3, 1000)).toBe("ok");
    expect(statSync(file).size).toBe(3);
    expect(statSync(file).mtimeMs).toBeCloseTo(1000000, 0);
    expect(setattr(1, 2, 0, 0, 0, 0)).toBe("ok");
    expect(setattr(1, 2, 0, 1000, 0, 0)).toBe("EPERM");
    expect(setattr(1, 32, 0, 0, 0, 0)).toBe("ok");
    expect(client.outcome("fsync", (w) => w.u32(1).u32(0))).toBe("ok");
    client.walk(2, "sub", "inner");
    expect(client.outcome("renameat", (w) => w.u32(0).text("sub").u32(0).text("moved"))).toBe("ok");
    // Fids follow the rename, open ones too.
    expect(client.getattr(2).size).toBe(6);
    expect(client.write(1, 0, text("ABC"))).toBe("ok");
    expect(readFileSync(path.join(root, "moved", "new"), "utf8")).toBe("ABC");
    client.walk(3, "moved");
    expect(client.outcome("unlinkat", (w) => w.u32(3).text("new").u32(0))).toBe("ok");
    // Its name is gone and the open file is not.
    expect(string(client.read(1))).toBe("ABC");
    expect(client.getattr(1).size).toBe(3);
    expect(client.outcome("mkdir", (w) => w.u32(3).text("d").u32(0o755).u32(0))).toBe("ok");
    expect(client.outcome("unlinkat", (w) => w.u32(3).text("d").u32(0))).not.toBe("ok");
    expect(client.outcome("unlinkat", (w) => w.u32(3).text("d").u32(0x200))).toBe("ok");
    expect(client.outcome("unlinkat", (w) => w.u32(0).text("moved").u32(0x200))).toBe("ENOTEMPTY");
    expect(client.outcome("remove", (w) => w.u32(2))).toBe("ok");
    expect(existsSync(path.join(root, "moved", "inner"))).toBe(false);
    expect(client.clunk(2)).toBe("EBADF");
  });
  it("appends, truncates and creates exclusively as the flags say", () => {
    const { client } = serve({ byDescriptor, writable: true });
    const file = path.join(root, "hello");
    client.walk(1, "hello");
    client.open(1, 0o2001);
    client.write(1, 0, text("!"));
    expect(readFileSync(file, "utf8")).toBe("hello, guest!");
    client.walk(2, "hello");
    expect(client.open(2, 0o1001)).toBe("ok");
    expect(readFileSync(file, "utf8")).toBe("");
    client.walk(3);
    const create = (flags: number) =>
      client.outcome("lcreate", (w) => w.u32(3).text("hello").u32(flags).u32(0o644).u32(0));
    expect(create(0o302)).toBe("EEXIST");
    expect(create(0o102)).toBe("ok");
  });
  it("does not show what is neither file, folder nor link, and does not wait for it", () => {
    execFileSync("mkfifo", [path.join(root, "fifo")]);
    const { client, backend } = serve({ byDescriptor, writable: true });
    expect(client.walk(1, "fifo")).toBe("ENOENT");
    expect(backend.list([]).map((e) => e.name)).not.toContain("fifo");
    expect(() => backend.open(["fifo"], false)).toThrow(ShareError);
    expect(() => backend.create(["fifo"], 0o644, false)).toThrow(ShareError);
  });
  it("makes no links and no devices, and no file larger than it may", () => {
    const { client } = serve({ byDescriptor, writable: true, largestFile: 1000 });
    expect(client.outcome("symlink", (w) => w.u32(0).text("l").text("/etc").u32(0))).toBe("EPERM");
    expect(client.outcome("link", (w) => w.u32(0).u32(0).text("l"))).toBe("EPERM");
    expect(
      client.outcome("mknod", (w) => w.u32(0).text("n").u32(0o20644).u32(1).u32(3).u32(0)),
    ).toBe("EPERM");
    expect(client.outcome("xattrwalk", (w) => w.u32(0).u32(9).text("user.x"))).toBe("EOPNOTSUPP");
    client.walk(1, "hello");
    client.open(1, 2);
    expect(client.write(1, 996, text("12345"))).toBe("EFBIG");
    expect(client.write(1, 2 ** 52, text("1"))).toBe("EFBIG");
    expect(client.write(1, 995, text("12345"))).toBe("ok");
  });
  it("stays inside while a folder is swapped for a link to the outside", () => {
    const { backend } = serve({ byDescriptor });
    const folder = path.join(root, "sub");
    for (let i = 0; i < 200; i++) {
      renameSync(folder, path.join(root, "aside"));
      symlinkSync(path.join(top, "secrets"), folder);
      expect(() => backend.open(["sub", "key"], false)).toThrow(ShareError);
      unlinkSync(folder);
      renameSync(path.join(root, "aside"), folder);
      expect(backend.stat(["sub", "inner"]).size).toBe(6);
    }
  });
});

describe("the 9P server", () => {
  it("speaks 9P2000.L only, and bounds the message", () => {
    const { client, server } = serve();
    const version = (size: number, name: string) => {
      const reply = client.ask("version", (w) => w.u32(size).text(name));
      return typeof reply === "string" ? reply : `${reply.u32()} ${reply.text()}`;
    };
    expect(version(8192, "9P2000")).toBe("8192 unknown");
    expect(version(0xffffffff, "9P2000.L")).toBe("524288 9P2000.L");
    expect(version(100, "9P2000.L")).toBe("EINVAL");
    const raw = Uint8Array.of(255, 255, 255, 255, 120, 1, 0);
    expect(server.answer(raw, 100)[4]).toBe(7);
    expect(server.answer(Uint8Array.of(7, 0, 0, 0, 99, 1, 0), 100)[4]).toBe(7);
  });
  it("bounds its fids, its open files and its walks", () => {
    const { client } = serve();
    let outcome: number | string = 0x80;
    let fid = 1;
    for (; outcome === 0x80; fid++) outcome = client.walk(fid);
    expect([outcome, fid]).toEqual(["EMFILE", 4097]);
    expect(client.walk(7, "hello")).toBe("EINVAL");
    expect(client.walk(8888, ...Array.from({ length: 17 }, () => ".."))).toBe("EINVAL");
    const other = serve().client;
    let open = 0;
    for (; open < 1000; open++) {
      other.walk(open + 1, "hello");
      if (other.open(open + 1) !== "ok") break;
    }
    expect(open).toBe(512);
    other.clunk(1);
    expect(other.open(513)).toBe("ok");
  });
  it("lists a folder to its end while its entries are removed", () => {
    for (let i = 0; i < 50; i++) writeFileSync(path.join(root, "sub", `f${i}`), "");
    const { client } = serve({ writable: true });
    client.walk(1, "sub");
    client.open(1);
    const seen = client.names(1, 200, (names) => {
      for (const name of names.filter((n) => n.startsWith("f")))
        client.outcome("unlinkat", (w) => w.u32(1).text(name).u32(0));
    });
    expect(seen).toHaveLength(54);
    client.walk(2, "sub");
    client.open(2);
    expect(client.names(2)).toEqual([".", "..", "deep", "inner"]);
  });
  it("goes on after save and restore, with its open files", () => {
    const one = serve();
    one.client.walk(1, "hello");
    one.client.open(1);
    one.client.walk(2);
    one.client.open(2);
    one.client.names(2);
    one.client.walk(3, "sub", "inner");
    one.client.open(3);
    const state = structuredClone(one.server.save());
    rmSync(path.join(root, "sub", "inner"));
    const two = serve();
    two.server.restore(state);
    expect(structuredClone(two.server.save())).toEqual(state);
    expect(string(two.client.read(1))).toBe("hello, guest");
    expect(() => two.client.read(3)).toThrow("EIO");
    expect(two.client.clunk(3)).toBe("ok");
  });
  it("gives the same numbers for the same names on every host", () => {
    utimesSync(path.join(root, "hello"), 1000, 1000);
    const { client } = serve();
    const reply = client.ask("walk", (w) => w.u32(0).u32(1).u16(1).text("hello"));
    if (typeof reply === "string") throw new Error(reply);
    // Count, type, version, and the path: its low word is FNV-1a of "hello", 4f9f2cab.
    const bytes = Buffer.from(reply.bytes(15)).toString("hex");
    expect(bytes.slice(0, 22)).toBe("010000e4030000ab2c9f4f");
  });
  it("shows a hard link as the file that it is: the host made it", () => {
    linkSync(path.join(top, "secret"), path.join(root, "hard"));
    const { client } = serve();
    expect(client.walk(1, "hard")).toBe(0);
  });
  it("survives two hundred thousand random messages and changes nothing outside", () => {
    const seed = 77;
    let state = seed;
    const random = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    const { server } = serve({ writable: true, largestFile: 65536 });
    const types = [
      8, 12, 14, 18, 20, 22, 24, 26, 30, 40, 50, 52, 54, 72, 74, 76, 104, 110, 116, 118, 120, 122,
    ];
    const names = ["hello", "sub", "..", "link-out", "folder-out", "key", "/", "new", "secret"];
    const versionMessage = Uint8Array.from([
      19,
      0,
      0,
      0,
      100,
      0,
      0,
      0,
      0,
      1,
      0,
      8,
      0,
      ...text("9P2000.L"),
    ]);
    versionMessage[0] = versionMessage.length;
    const attach = Uint8Array.from([
      0, 0, 0, 0, 104, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
    attach[0] = attach.length;
    for (let i = 0; i < 200000; i++) {
      if (i % 5000 === 0) {
        server.answer(versionMessage, 65536);
        server.answer(attach, 65536);
      }
      const body: number[] = [];
      const fid = () => body.push(random(4), 0, 0, 0);
      const name = () => {
        const n = text(names[random(names.length)]!);
        body.push(n.length, 0, ...n);
      };
      fid();
      for (let k = random(5); k >= 0; k--) {
        const kind = random(4);
        if (kind === 0) fid();
        else if (kind === 1) name();
        else if (kind === 2) body.push(random(4), 0);
        else for (let j = random(12); j >= 0; j--) body.push(random(4) === 0 ? random(256) : 0);
      }
      const message = Uint8Array.from([0, 0, 0, 0, types[random(types.length)]!, 0, 0, ...body]);
      message[0] = message.length;
      message[1] = message.length >> 8;
      const reply = server.answer(message, 65536);
      if (reply.length < 7 || reply.length > 65536) throw new Error(`seed ${seed}, message ${i}`);
    }
    server.reset();
    expect(readFileSync(path.join(top, "secret"), "utf8")).toBe("outside");
    expect(readFileSync(path.join(top, "secrets", "key"), "utf8")).toBe("outside");
  });
});

describe.each([1, 2] as const)("9P over virtio-mmio version %i", (version) => {
  it("tells its tag and answers on its queue", () => {
    const device = new VirtioP9({ backend: share(), tag: "host" });
    const driver = new TestDriver(device, { version, features: [0] }).start();
    expect(driver.get("DeviceID")).toBe(9);
    expect(driver.mmio.read(0x100, 2)).toBe(4);
    expect([2, 3, 4, 5].map((i) => driver.mmio.read(0x100 + i, 1))).toEqual([...text("host")]);
    const client = new P9Client((m) => driver.request(0, [m.slice(0, 9), m.slice(9)], [11, 8192]));
    expect(client.start(8192)).toBe("9P2000.L");
    client.walk(1, "hello");
    client.open(1);
    expect(string(client.read(1))).toBe("hello, guest");
  });
  it("stops at messages without a header and replies without room", () => {
    for (const [readable, writable] of [
      [[new Uint8Array(3)], [100]],
      [[Uint8Array.of(11, 0, 0, 0, 120, 0, 0, 1, 0, 0, 0)], [5]],
    ] as const) {
      const device = new VirtioP9({ backend: share(), tag: "host" });
      const driver = new TestDriver(device, { version }).start();
      expect(() => driver.request(0, readable, writable)).toThrow("no answer");
      expect(driver.mmio.fault).toBeDefined();
    }
  });
});
