import { describe, expect, test } from "vitest";
import { Semihosting, SEMIHOSTING as S, type SemihostingMemory } from "./semihosting.js";
import { FakeClock, FakeMemory } from "./testing/fakes.js";

const RAM = 0x1000;

const make = () => {
  const ram = new FakeMemory(RAM, 0x2000);
  const memory: SemihostingMemory = {
    read: (at, size) => (ram.holds(at, size) ? ram.read(at, size) : undefined),
    write: (at, data) => {
      if (!ram.holds(at, data.length)) return false;
      ram.write(at, data);
      return true;
    },
  };
  const clock = new FakeClock();
  let printed = "";
  const exits: number[] = [];
  const host = new Semihosting({
    clock,
    epoch: 1000,
    print: (bytes) => (printed += new TextDecoder().decode(bytes)),
    exit: (status) => exits.push(status),
    commandLine: "prog -x",
    files: new Map([["data.txt", new TextEncoder().encode("contents")]]),
  });
  const put = (at: number, text: string) => {
    ram.write(at, new TextEncoder().encode(text));
    return at;
  };
  const block = (...words: number[]) => {
    ram.write(RAM + 0x800, new Uint8Array(Uint32Array.from(words).buffer));
    return RAM + 0x800;
  };
  const call = (operation: number, r1: number) => host.call(operation, r1, memory);
  const open = (name: string, mode = 0) =>
    call(S.SYS_OPEN, block(put(RAM, `${name}\0`), mode, name.length));
  return { ram, clock, host, exits, put, block, call, open, printed: () => printed };
};

describe("semihosting", () => {
  test("prints characters, texts and what is written to the console", () => {
    const { call, put, block, open, printed } = make();
    call(S.SYS_WRITEC, put(RAM, "a"));
    call(S.SYS_WRITE0, put(RAM + 0xff0, `${"long ".repeat(10)}end\0`));
    const handle = open(":tt", 4);
    expect(call(S.SYS_ISTTY, block(handle))).toBe(1);
    expect(call(S.SYS_WRITE, block(handle, put(RAM, "hello"), 5))).toBe(0);
    expect(printed()).toBe(`a${"long ".repeat(10)}endhello`);
  });

  test("reads the files that it was given, and no others", () => {
    const { ram, call, block, open } = make();
    const handle = open("data.txt");
    expect(handle).toBe(1);
    expect(call(S.SYS_FLEN, block(handle))).toBe(8);
    expect(call(S.SYS_SEEK, block(handle, 3))).toBe(0);
    expect(call(S.SYS_READ, block(handle, RAM + 0x100, 10))).toBe(5);
    expect(new TextDecoder().decode(ram.read(RAM + 0x100, 5))).toBe("tents");
    expect(call(S.SYS_CLOSE, block(handle))).toBe(0);
    expect(call(S.SYS_CLOSE, block(handle))).toBe(-1);
    for (const name of ["/etc/passwd", "../data.txt", ""]) {
      expect(open(name)).toBe(-1);
      expect(call(S.SYS_ERRNO, 0)).toBe(2);
    }
    expect(open("data.txt", 4)).toBe(-1);
    expect(call(S.SYS_ERRNO, 0)).toBe(13);
    expect(call(S.SYS_REMOVE, block(RAM, 8))).toBe(-1);
    expect(call(S.SYS_SYSTEM, block(RAM, 8))).toBe(-1);
  });

  test("tells the machine's time, its command line and its features", () => {
    const { ram, clock, call, block, open } = make();
    clock.advance(2_340_000_000);
    expect(call(S.SYS_CLOCK, 0)).toBe(234);
    expect(call(S.SYS_TIME, 0)).toBe(1002);
    expect(call(S.SYS_ELAPSED, RAM + 0x200)).toBe(0);
    expect(new DataView(ram.read(RAM + 0x200, 8).buffer).getBigUint64(0, true)).toBe(
      2_340_000_000n,
    );
    expect(call(S.SYS_GET_CMDLINE, block(RAM + 0x300, 80))).toBe(0);
    expect(new TextDecoder().decode(ram.read(RAM + 0x300, 8))).toBe("prog -x\0");
    expect(ram.read(RAM + 0x804, 1)[0]).toBe(7);
    expect(call(S.SYS_GET_CMDLINE, block(RAM + 0x300, 3))).toBe(-1);
    const features = open(":semihosting-features");
    expect(call(S.SYS_READ, block(features, RAM, 5))).toBe(0);
    expect([...ram.read(RAM, 5)]).toEqual([0x53, 0x48, 0x46, 0x42, 3]);
  });

  test("reads the console", () => {
    const { ram, host, call, block, open } = make();
    expect(call(S.SYS_READC, 0)).toBe(-1);
    host.receive(new TextEncoder().encode("xyz"));
    expect(call(S.SYS_READC, 0)).toBe(0x78);
    expect(call(S.SYS_READ, block(open(":tt"), RAM, 8))).toBe(6);
    const handle = open(":tt");
    expect(call(S.SYS_READ, block(handle, RAM, 8))).toBe(8);
    host.receive(new TextEncoder().encode("q"));
    expect(call(S.SYS_READ, block(handle, RAM, 8))).toBe(7);
    expect(ram.read(RAM, 1)[0]).toBe(0x71);
  });

  test("ends the program", () => {
    const { exits, call, block } = make();
    call(S.SYS_EXIT, 0x20026);
    call(S.SYS_EXIT, 0x20023);
    call(S.SYS_EXIT_EXTENDED, block(0x20026, 42));
    expect(exits).toEqual([0, 1, 42]);
  });

  test("comes back from a snapshot with its open files", () => {
    const { ram, host, call, block, open } = make();
    const handle = open("data.txt");
    open(":tt");
    call(S.SYS_READ, block(handle, RAM + 0x100, 3));
    const state = host.save();
    host.reset();
    host.restore(state);
    expect(call(S.SYS_READ, block(handle, RAM + 0x100, 2))).toBe(0);
    expect(new TextDecoder().decode(ram.read(RAM + 0x100, 2))).toBe("te");
    expect(call(S.SYS_ISTTY, block(2))).toBe(1);
    expect(() =>
      host.restore({ error: 0, input: new Uint8Array(0), handles: [["gone", 0]] }),
    ).toThrow(/gone/);
  });

  test("survives any numbers", () => {
    const { host, call, block, open } = make();
    const numbers = [0, 1, 0xffffffff, 0x7fffffff, 0x80000000, RAM, RAM + 0x1ffc];
    for (let operation = 0; operation < 0x40; operation++) {
      for (const a of numbers) {
        call(operation, a);
        for (const b of numbers) for (const c of numbers) call(operation, block(a, b, c));
      }
    }
    for (let i = 0; i < 100; i++) open(":tt");
    expect(open(":tt")).toBe(-1);
    for (let n = 0; n < 1000; n++) call(0x1000 + n, 0);
    expect(host.unknown.size).toBeLessThanOrEqual(64);
  });
});
