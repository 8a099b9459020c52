/** The engines hold the same state at every instruction count. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MODE, SLOT, systemSlot } from "../src/arch/index.js";
import { ImageError, loadBusybox, loadImage, makeInitramfs } from "../src/images/index.js";
import { assemble } from "../src/isa/index.js";
import { startImage, USUAL_ARGUMENTS } from "../src/lab/index.js";
import { randomWords } from "../src/isa/testing/encoding-words.js";
import { Machine, type EngineChoice } from "../src/machine/index.js";
import { ourMachine, symbol } from "./lockstep/batch.js";
import { CONTROL } from "./lockstep/layout.js";
import { batchSeed, makeBatch } from "./lockstep/run.js";

/** Everything is compiled, at its first run. */
const EAGER = { threshold: 1, batch: 1 } as const;
/** The same without the optimiser. */
const AS_WRITTEN: EngineChoice = { ...EAGER, optimisations: new Set() };
const SEED = Number(process.env["HYPLAB_SEED"] ?? 20171);
/** Six of each setting in both instruction sets. HYPLAB_SEQUENCES=2200 runs so many, of other seeds too. */
const SEQUENCES = Number(process.env["HYPLAB_SEQUENCES"] ?? 132);
const MOST_IN_BATCH = 220;

test(
  `random sequences leave the same state on both engines, optimised or not (seed ${SEED})`,
  () => {
    const done = symbol("done");
    for (let first = 0; first < SEQUENCES; first += MOST_IN_BATCH) {
      const seed = first === 0 ? SEED : batchSeed(SEED, first / MOST_IN_BATCH);
      const count = Math.min(MOST_IN_BATCH, SEQUENCES - first);
      const sequences = makeBatch(randomWords(seed), count);
      const one = ourMachine(sequences, seed);
      const others = [EAGER, AS_WRITTEN].map((engine) => ourMachine(sequences, seed, engine));
      const random = randomWords(seed + 1);
      // A sequence that runs for ever keeps those behind it from running.
      const limit = count * 2000;
      while (one.cpu.state[SLOT.PC] !== done && one.instructions < limit) {
        const step = 1 + (random() % 700);
        one.run(step);
        for (const other of others) {
          other.run(step);
          const where = `seed ${seed}, after ${one.instructions} instructions`;
          expect(other.instructions, where).toBe(one.instructions);
          expect(other.stateHash(), where).toBe(one.stateHash());
        }
      }
      if (first === 0 && process.env["HYPLAB_SEED"] === undefined)
        expect(one.cpu.state[SLOT.PC]).toBe(done);
      else if (one.cpu.state[SLOT.PC] !== done)
        console.log(`seed ${seed}: sequence ${one.memory.read32(CONTROL)} of ${count} has no end`);
    }
  },
  60_000 + SEQUENCES * 1000,
);

const BASE = 0x40000000;
const CODE = 0x40008000;
const machineWith = (source: string, engine: EngineChoice): Machine => {
  const machine = new Machine({ ram: [{ base: BASE, size: 0x200000 }], engine });
  machine.load(CODE, assemble(source, { base: CODE }).bytes);
  // One section of normal memory, short descriptors.
  machine.memory.write32(0x40010000 + (BASE >>> 20) * 4, BASE | 0x1c0e);
  const s = machine.cpu.state;
  s[systemSlot("TTBR0")] = 0x40010000;
  s[systemSlot("DACR")] = 1;
  s[systemSlot("SCTLR")] = s[systemSlot("SCTLR")]! | 1;
  s[systemSlot("VBAR")] = 0x40001000;
  machine.cpu.setCpsr(MODE.svc.encoding | 0x1c0);
  machine.cpu.flushTlb();
  machine.cpu.setRegister(1, 0x40020000);
  machine.cpu.setRegister(4, 0x7fffffff);
  s[SLOT.PC] = CODE;
  return machine;
};
/** The loop that is timed, too. */
const LOOP = readFileSync(new URL("../bench/loops/branchy.s", import.meta.url), "utf8");

test("a loop stops at the same instruction with the same state, whatever the budgets", () => {
  const machines = (["interpreter", "wasm", "auto", EAGER, AS_WRITTEN] as const).map((e) =>
    machineWith(LOOP, e),
  );
  const random = randomWords(7);
  for (let n = 0; n < 400; n++) {
    const step = 1 + (random() % 2000);
    for (const machine of machines) machine.run(step);
    expect(new Set(machines.map((m) => m.stateHash())).size).toBe(1);
  }
});
/** Words that are not aligned, and two that lie on either side of a page's end. */
const AWKWARD = `loop: ldr r2, [r1, #1]
  add r0, r0, r2
  str r0, [r1, #5]
  ldr r3, [r8]
  ldr r5, [r8, #8]
  eor r3, r3, r5
  str r3, [r8, #4]
  str r0, [r8]
  strex r6, r0, [r8]
  ldrex r7, [r8]
  strex r6, r0, [r8]
  subs r4, r4, #1
  bne loop
stay: b stay`;
test("accesses that compiled code leaves to the interpreter have the same outcome, and are left only so often", () => {
  const machines = (["interpreter", "wasm", "auto", EAGER, AS_WRITTEN] as const).map((e) =>
    machineWith(AWKWARD, e),
  );
  for (const { cpu } of machines) cpu.setRegister(8, 0x40020ffc);
  const random = randomWords(8);
  const run = (most: number): void => {
    const step = 1 + (random() % most);
    for (const machine of machines) machine.run(step);
    expect(new Set(machines.map((m) => m.stateHash())).size).toBe(1);
  };
  for (let n = 0; n < 100; n++) run(500);
  for (let n = 0; n < 20; n++) run(200_000);
  const left = (m: Machine): number =>
    m.engineStatistics.get("left: next access is not at hand, about") ?? 0;
  const before = machines.map(left);
  run(1);
  for (const machine of machines) machine.run(1_000_000);
  expect(machines.map(left)).toEqual(before);
  expect(before[3]).toBeGreaterThan(0);
});
test("100 million instructions of a loop leave the same state", () => {
  const unoptimised: EngineChoice = { threshold: 1000, batch: 1, optimisations: new Set() };
  const hashes = (["interpreter", "auto", unoptimised] as const).map((e) => {
    const machine = machineWith(LOOP, e);
    machine.run(100_000_000);
    expect(machine.instructions).toBe(100_000_000);
    return machine.stateHash();
  });
  expect(new Set(hashes).size).toBe(1);
});
/** Calls in calls, returns by POP and BX, a switch, a call through a pointer, literals, conditional moves. */
const CALLS = `loop: push {r4, r5, lr}
  mov r5, #3
again: bl outer
  subs r5, r5, #1
  bne again
  pop {r4, r5, lr}
  subs r4, r4, #1
  bne loop
stay: b stay
outer: push {r6, lr}
  and r6, r0, #3
  ldr r3, =table
  ldr pc, [r3, r6, lsl #2]
zero: bl leaf
  b done
one: add r0, r0, #7
  b done
two: ldr r3, =leaf
  blx r3
  b done
three: cmp r0, r7
  addhi r7, r7, #5
  movls r7, r0, lsr #1
  bl leaf
done: pop {r6, pc}
leaf: ldr r2, =0x12345678
  ldrd r8, r9, [r1, #8]
  eor r0, r0, r2, ror #5
  add r8, r8, r0
  strd r8, r9, [r1, #8]
  ldmia r1, {r2, r3, r8}
  add r0, r0, r8, lsl #1
  mrc p15, 0, r9, c13, c0, 4
  mrc p15, 0, r9, c0, c0, 1
  bx lr
table: .word zero, one, two, three
.ltorg`;
test("calls, returns and switches stop at the same instruction with the same state", () => {
  const machines = (["interpreter", EAGER, AS_WRITTEN] as const).map((e) => machineWith(CALLS, e));
  for (const machine of machines) machine.cpu.setRegister(13, 0x40040000);
  const random = randomWords(11);
  for (let n = 0; n < 600; n++) {
    const step = 1 + (random() % 500);
    for (const machine of machines) machine.run(step);
    expect(new Set(machines.map((m) => m.stateHash())).size, `after ${n} steps`).toBe(1);
  }
});
test("a stack and data that cross pages are read as in the interpreter", () => {
  const machines = (["interpreter", EAGER, AS_WRITTEN] as const).map((e) => machineWith(CALLS, e));
  for (const machine of machines) {
    machine.cpu.setRegister(13, 0x40041004);
    machine.cpu.setRegister(1, 0x40020ffc);
  }
  for (let n = 0; n < 200; n++) {
    for (const machine of machines) machine.run(211);
    expect(new Set(machines.map((m) => m.stateHash())).size, `after ${n} steps`).toBe(1);
  }
});
test("code that rewrites itself, in its own region and behind it, runs as in the interpreter", () => {
  const source = `loop: add r0, r0, #1
  ldr r2, =patch
  ldr r3, [r2]
  eor r3, r3, #7
  tst r0, #0x1f
  bne patch
  str r3, [r2]
patch: add r5, r5, #3
  ldr r6, [r1]
  add r6, r6, r5
  str r6, [r1]
  b loop
  .ltorg`;
  const [one, other] = (["interpreter", EAGER] as const).map((e) => machineWith(source, e));
  for (let n = 0; n < 500; n++) {
    one!.run(97);
    other!.run(97);
    expect(other!.stateHash()).toBe(one!.stateHash());
  }
});
test("CPSR is read and written in compiled code as by the machine, and what it unmasks is taken at once", () => {
  const source = `loop: adds r0, r0, r4, lsr #3
  mrs r2, cpsr
  eor r6, r6, r2, ror #27
  cpsid if
  adds r5, r5, r0
  msr cpsr_fs, r6
  adc r5, r5, #0
  cpsie i
  add r7, r7, #1
  sev
  tst r0, #8
  biceq r2, r2, #0x80
  msr cpsr_c, r2
  tst r0, #0x70
  bne loop
  cps #31
  add r3, r3, #1
  cps #19
  b loop`;
  const handler = assemble("add r8, r8, #1\nsubs pc, lr, #4", { base: 0x40001018 }).bytes;
  const [one, ...others] = (["interpreter", EAGER, AS_WRITTEN] as const).map((e) =>
    machineWith(source, e),
  );
  one!.load(0x40001018, handler);
  for (const other of others) other.load(0x40001018, handler);
  for (let n = 0; n < 600; n++) {
    for (const machine of [one!, ...others]) {
      machine.cpu.interrupts.lines.irq.set(n % 5 === 3);
      machine.run(53);
    }
    for (const other of others) expect(other.stateHash()).toBe(one!.stateHash());
  }
  expect(one!.cpu.register(8)).toBeGreaterThan(0);
});
test("a fault in a compiled loop names its instruction and keeps what ran before it", () => {
  const source = `loop: adds r0, r0, r0, lsl #1
  add r1, r1, #0x1000
  ldr r2, [r1]
  add r3, r3, r2
  subs r4, r4, #1
  bne loop`;
  const [one, other] = (["interpreter", EAGER] as const).map((e) => machineWith(source, e));
  one!.load(
    0x40001010,
    assemble("sub r1, r1, #0x40000\nsubs pc, lr, #4", { base: 0x40001010 }).bytes,
  );
  other!.load(
    0x40001010,
    assemble("sub r1, r1, #0x40000\nsubs pc, lr, #4", { base: 0x40001010 }).bytes,
  );
  for (let n = 0; n < 500; n++) {
    one!.run(41);
    other!.run(41);
    expect(other!.stateHash()).toBe(one!.stateHash());
  }
});
/** What to boot, or why the archive cannot be had: the machine's doing, not ours. */
const debian = async (): Promise<Parameters<typeof startImage>[1] | string> => {
  try {
    const image = await loadImage("debian:linux-image-armmp-lpae");
    const ramDisk = makeInitramfs(await loadBusybox("debian"), { end: "shell", modules: [] });
    return { image, payload: true, ramDisk, bootArguments: USUAL_ARGUMENTS };
  } catch (error) {
    const ours =
      !(error instanceof ImageError) ||
      !["no-apt", "fetch-failed", "package-not-found"].includes(error.code);
    if (ours) throw error;
    return error.message;
  }
};
// `npm run engine-agreement` goes to the shell.
test("a boot of Debian's kernel is in the same state at each of some moments, on one CPU and on two", async ({
  skip,
}) => {
  const made = await debian();
  if (typeof made === "string") return skip(made);
  for (const cpus of [1, 2]) {
    const [one, other] = (["interpreter", "wasm"] as const).map(
      (engine) => startImage({ cpus, memory: 256 << 20, engine }, made).session.machine,
    );
    for (const at of [1_000_003, 7_654_321, 20_000_001]) {
      one!.run(at - one!.instructions);
      other!.run(at - other!.instructions);
      expect(other!.instructions).toBe(one!.instructions);
      expect(other!.stateHash(), `after ${at} instructions`).toBe(one!.stateHash());
    }
  }
}, 300_000);
