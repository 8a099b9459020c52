import { describe, expect, test } from "vitest";
import { SLOT } from "../../arch/index.js";
import { readSerial } from "../../devices/testing/read-serial.js";
import { loadImageBytes } from "../../images/index.js";
import { assemble } from "../../isa/index.js";
import { readRun, writeRun } from "../run-file.js";
import { SavedFileError } from "../saved-file.js";
import {
  beginRecording,
  describeCpus,
  fileDigest,
  readSnapshot,
  replayRun,
  Session,
  setupState,
  readSetup,
  startImage,
  virtOptionsOf,
  writeSnapshot,
  type MachineSetup,
} from "./index.js";

/** Echoes the serial line, and counts in r4; powers off when it reads a q. Second CPU: counts for ever. */
const ECHO = `
  ldr r6, =0x09000000
  mov r4, #0
  ldr r0, =0x84000003
  mov r1, #1
  ldr r2, =second
  mov r3, #0
  smc #0
${readSerial("loop", "add r4, r4, #1")}  str r0, [r6]
  cmp r0, #0x71
  bne loop
  ldr r0, =0x84000008
  smc #0
second:
  add r5, r5, #1
  b second
`;
const AT = 0x40010000;
const program = (source: string) =>
  loadImageBytes(assemble(source, { base: AT, thumb: false }).bytes, "program", {
    acceptRaw: true,
  });
const setup = (more: Partial<MachineSetup> = {}): MachineSetup => ({
  board: "virt",
  cpus: 2,
  memory: 16 << 20,
  model: "cortex-a15",
  hyp: true,
  devices: [],
  ...more,
});
const start = (s: MachineSetup, source = ECHO): Session =>
  startImage(virtOptionsOf(s), { image: program(source), milestoneEvery: 10_000 }).session;
const type = (session: Session, text: string): number =>
  session.type(new TextEncoder().encode(text));

describe("a session", () => {
  test("is entered as a boot loader does, in HYP mode or in SVC", () => {
    for (const hyp of [true, false]) {
      const { session, layout } = startImage(virtOptionsOf(setup({ hyp })), {
        image: program(ECHO),
      });
      const { cpu } = session.machine;
      expect(cpu.mode.name).toBe(hyp ? "hyp" : "svc");
      expect(cpu.state[SLOT.PC]! >>> 0).toBe(AT);
      expect([0, 1, 2].map((n) => cpu.register(n) >>> 0)).toEqual([
        0,
        0xffffffff,
        layout.dtb.address,
      ]);
      expect(session.machine.cpus[1]!.poweredOff).toBe(true);
    }
  });

  test("ends a run at the very character that completes a pattern", () => {
    const session = start(setup({ cpus: 1 }));
    session.run(1000);
    type(session, "hello");
    expect(session.run(100_000, /hel/).kind).toBe("found");
    expect(session.console.textFrom()).toBe("hel");
    expect(session.run(100_000, /never/).kind).toBe("budget");
    expect(session.console.textFrom()).toBe("hello");
    type(session, "q");
    expect(session.run(100_000)).toMatchObject({ kind: "stopped", stop: { reason: "off" } });
  });

  test("says what CPUs do that go nowhere", () => {
    const session = start(setup({ cpus: 1 }), "  udf #0\n");
    session.run(10_000);
    const words = describeCpus(session).join("\n");
    expect(words).toMatch(/CPU 0 runs in hyp mode/);
    expect(words).toMatch(/last exception.*to HYP mode: /);
    const waiting = start(setup({ cpus: 1 }), "  wfi\n  b .\n");
    expect(waiting.run(10_000)).toMatchObject({ kind: "stopped", stop: { reason: "waiting" } });
    expect(describeCpus(waiting).join("\n")).toMatch(/waits in WFI.*\n.*no interrupt is up/);
  });
});

describe("snapshots and recorded runs", () => {
  test("a snapshot goes on as the machine itself does", () => {
    const one = start(setup());
    one.run(5000);
    type(one, "ab");
    one.run(20_000);
    const { session: other, setup: found } = readSnapshot(writeSnapshot(setup(), one));
    expect(found).toEqual(setup());
    expect(other.machine.stateHash()).toBe(one.machine.stateHash());
    for (const session of [one, other]) {
      type(session, "c");
      session.run(30_000);
    }
    expect(other.machine.stateHash()).toBe(one.machine.stateHash());
    expect(one.console.textFrom()).toBe("abc");
    expect(other.console.textFrom()).toBe("c");
  });

  test("a snapshot's code is taken up by the program that made it, and changes nothing", () => {
    const one = start(setup());
    one.run(20_000);
    const without = writeSnapshot(setup(), one);
    const file = writeSnapshot(setup(), one, { program: "one" });
    expect(file.length).toBeGreaterThan(without.length);
    const hashes = [undefined, "one", "two"].map((program) => {
      const { session } = readSnapshot(file, { program });
      const known = session.machine.engine.cache.hasCode(AT >>> 12);
      expect(known).toBe(program === "one");
      session.run(50_000);
      return session.machine.stateHash();
    });
    expect(new Set(hashes).size).toBe(1);
  });

  test("looking ahead for code leaves the machine and its console as they were", () => {
    const make = setup({ devices: [{ kind: "net" }, { kind: "entropy" }] });
    const [one, other] = [start(make), start(make)];
    for (const session of [one, other]) {
      session.run(20_000);
    }
    const seen: number[] = [];
    one.console.listen((byte) => seen.push(byte));
    const translated = one.machine.engine.cache.blocks.length;
    const file = writeSnapshot(make, one, { program: "one" });
    // The guest echoes what is typed: it did so with nobody watching.
    expect(one.machine.engine.cache.blocks.length).toBeGreaterThan(translated);
    expect(seen).toEqual([]);
    expect(one.machine.stateHash()).toBe(other.machine.stateHash());
    const { session: resumed } = readSnapshot(file, { program: "one" });
    for (const session of [one, other, resumed]) {
      type(session, "c");
      session.run(30_000);
    }
    expect(one.machine.stateHash()).toBe(other.machine.stateHash());
    expect(resumed.machine.stateHash()).toBe(other.machine.stateHash());
    expect(one.console.textFrom()).toBe(other.console.textFrom());
  });

  test("a snapshot of what a snapshot gave is the same file, images of a reset included", () => {
    const one = start(setup());
    one.reboots = true;
    one.run(20_000);
    // The images are no longer in memory as they were.
    one.machine.load(AT + 8, Uint8Array.of(1, 2, 3));
    const file = writeSnapshot(setup(), one);
    const { session: other } = readSnapshot(file);
    expect(Buffer.compare(writeSnapshot(setup(), other), file)).toBe(0);
    const images = ({ restart }: Session) =>
      restart?.pieces.map(({ address, bytes }) => ({ address, bytes }));
    expect(images(other)).toEqual(images(one));
  });

  test.each([undefined, 7])(
    "a run of two CPUs replays bit for bit, its input at its moments (interleave %s)",
    (interleaveSeed) => {
      const s = setup(interleaveSeed === undefined ? {} : { interleaveSeed });
      const session = start(s);
      const recording = beginRecording(s, session);
      session.run(12_345);
      type(session, "x");
      session.run(40_000, /x/);
      type(session, "yz");
      session.run(23_456);
      const run = readRun(writeRun(recording.end()));
      expect(run.inputs.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual(["x", "yz"]);
      const replay = replayRun(run);
      expect(replay.differs).toBeUndefined();
      expect(replay.agreed).toBe(run.milestones.length);
      expect(replay.agreed).toBeGreaterThan(2);
      expect(replay.session.console.textFrom()).toBe("xyz");
      const before = replayRun(run, run.inputs[0]!.at);
      expect(before.session.machine.instructions).toBe(run.inputs[0]!.at);
      expect(before.session.console.textFrom()).toBe("");
    },
  );

  test("a replay of a run with another input is found out", () => {
    const session = start(setup());
    const recording = beginRecording(setup(), session);
    session.run(12_345);
    type(session, "x");
    session.run(30_000);
    const run = recording.end();
    const inputs = [{ ...run.inputs[0]!, bytes: Uint8Array.of(0x77) }];
    expect(replayRun({ ...run, inputs }).differs).toBeDefined();
  });

  test("a snapshot of another machine is refused", () => {
    const file = writeSnapshot(setup({ memory: 8 << 20 }), start(setup()));
    expect(() => readSnapshot(file)).toThrow(SavedFileError);
  });

  test("a machine's make-up comes back, and a drive that has changed is refused", () => {
    const drive = { kind: "drive", path: import.meta.filename, sha256: "00" } as const;
    const s = setup({ devices: [drive, { kind: "net" }], interleaveSeed: 3 });
    expect(readSetup(setupState(s))).toEqual(s);
    expect(() => readSetup({ board: "other" })).toThrow(SavedFileError);
    expect(() => virtOptionsOf(s)).toThrow(/found other contents/);
    expect(() =>
      virtOptionsOf(setup({ devices: [{ ...drive, sha256: fileDigest(drive.path) }] })),
    ).not.toThrow();
  });
});
