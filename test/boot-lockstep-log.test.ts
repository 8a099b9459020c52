/** What the comparison of a boot with QEMU is made of, without QEMU. */
import { describe, expect, test } from "vitest";
import { SLOT } from "../src/arch/index.js";
import { makeVirt } from "../src/devices/index.js";
import { assemble } from "../src/isa/index.js";
import { compareBoots } from "./boot-lockstep/compare.js";
import type { BootEvent } from "./boot-lockstep/events.js";
import { LogParser } from "./boot-lockstep/log-parser.js";
import { watchEntries } from "./boot-lockstep/watch-entries.js";

const registers = (pc: number, psr: string): string => {
  const word = (n: number): string => (n === 15 ? pc : n).toString(16).padStart(8, "0");
  const lines = [0, 4, 8, 12].map((row) =>
    [0, 1, 2, 3].map((n) => `R${String(row + n).padStart(2, "0")}=${word(row + n)}`).join(" "),
  );
  return `${lines.join("\n")}\nPSR=${psr} -Z-- A S svc32\n`;
};
const trace = (pc: number, psr = "60000193"): string =>
  `Trace 0: 0x7f0012345678 [00000000/${pc.toString(16).padStart(8, "0")}/00000110/ff000201] \n${registers(pc, psr)}`;
const parse = (text: string): { events: BootEvent[]; complaints: readonly string[] } => {
  const events: BootEvent[] = [];
  const parser = new LogParser(
    {
      vectors: [0xffff0000],
      functions: [{ name: "schedule", address: 0xc0100000 }],
      checkpoint: undefined,
    },
    (event) => events.push(event),
  );
  // In pieces that end anywhere, as they come through a pipe.
  for (let at = 0; at < text.length; at += 37) parser.push(text.slice(at, at + 37));
  parser.push("Exception return from AArch32 irq to svc PC 0xc0400b40\n");
  return { events, complaints: parser.complaints };
};

describe("QEMU's log", () => {
  test("gives an exception with its level, fault and the registers at its vector", () => {
    const { events, complaints } = parse(
      `Taking exception 4 [Data Abort] on CPU 0\n...from EL0 to EL1\n...with DFSR 0x7 DFAR 0xbeb0dc18\n${trace(0xffff0010)}`,
    );
    expect(complaints).toEqual([]);
    expect(events).toMatchObject([
      { kind: "exception", name: "dataAbort", from: 0, fault: [7, 0xbeb0dc18 | 0] },
    ]);
    const [event] = events;
    expect(event?.kind === "exception" && [...event.registers]).toEqual([
      0,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      10,
      11,
      12,
      13,
      14,
      0xffff0010 | 0,
      0x60000193,
    ]);
  });
  test("gives entries of watched functions and no other block", () => {
    const { events } = parse(trace(0xc0100004) + trace(0xc0100000));
    expect(events.map((e) => e.kind === "entry" && e.name)).toEqual(["schedule"]);
  });
  test("tells of no block that was stopped before it ran", () => {
    const stopped = "Stopped execution of TB chain before 0x7f0012345678 [c0100000] \n";
    expect(parse(trace(0xc0100000) + stopped + trace(0xc0100000)).events).toHaveLength(1);
  });
  test("tells an SMC that the firmware answers from an exception", () => {
    const { events, complaints } = parse(
      "Taking exception 13 [Secure Monitor Call] on CPU 0\n...from EL1 to EL3\n...handled as PSCI call\n",
    );
    expect(events).toEqual([{ kind: "psci" }]);
    expect(complaints).toEqual([]);
  });
  test("complains of an exception to vectors that nobody watches, and of lines that it does not know", () => {
    const taken = "Taking exception 2 [SVC] on CPU 0\n...from EL0 to EL1\n";
    expect(parse(`${taken}${taken}what is this\n`).complaints).toEqual([
      "svc was taken to vectors that are not watched",
      "what is this",
    ]);
  });
});

const RAM = 0x4000_0000;
test("watching functions changes neither what runs nor the time that it takes", () => {
  const { bytes, symbols } = assemble(
    `
.arm
start:
  mov r4, #0
  mov r5, #200
again:
  add r4, r4, #3
  cmp r4, r5
  bl leaf
  blo again
stay:
  b stay
leaf:
  addne r6, r6, r4
  bx lr
`,
    { base: RAM },
  );
  const run = (watched: readonly string[]): { state: Int32Array; at: number[] } => {
    const { machine, start } = makeVirt({ memory: 0x10_0000 });
    machine.load(RAM, bytes);
    start(RAM);
    const at: number[] = [];
    watchEntries(machine.cpu, new Set(watched.map((name) => symbols.get(name)!)), () =>
      at.push(machine.instructions - machine.cpu.engine.ahead() - 1),
    );
    machine.run(500);
    return { state: machine.cpu.state.slice(0, SLOT.PC + 1), at };
  };
  const plain = run([]);
  const seen = run(["again", "leaf"]);
  expect(seen.state).toEqual(plain.state);
  expect(plain.at).toEqual([]);
  // Six instructions to a turn, after two: entries of `again` and, three later, of `leaf`.
  expect(seen.at.slice(0, 6)).toEqual([2, 5, 8, 11, 14, 17]);
});

test("a boot that differs is told of by its last common event and the first that differs", () => {
  const entry = (name: string, r0: number): BootEvent => ({
    kind: "entry",
    name,
    registers: Int32Array.from({ length: 17 }, (_, n) => (n === 0 ? r0 : n)),
  });
  const told = (r0: number, text: string) => ({
    events: [entry("start_kernel", 0), entry("schedule", r0)],
    console: new TextEncoder().encode(text),
  });
  const options = { nameOf: () => "rest_init+0x10", most: 3 };
  expect(compareBoots(told(1, "Booting"), told(1, "Booting Linux"), options)).toEqual([]);
  expect(compareBoots(told(1, "Booting"), told(2, "Boating"), options)).toEqual([
    "the last that agree (event 0): entry of start_kernel, R14 0xe (rest_init+0x10)",
    "event 1: ours entry of schedule, R14 0xe (rest_init+0x10); theirs entry of schedule, R14 0xe (rest_init+0x10): r0 0x1 against 0x2",
    'console, byte 2: ours "Booting", theirs "Boating"',
  ]);
});
