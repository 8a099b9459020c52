/** The engines hold the same state at every instruction count. */
import { expect, test } from "vitest";
import { MODE, SLOT, systemSlot } from "../src/arch/index.js";
import { ImageError, loadBusybox, loadImage, makeInitramfs } from "../src/images/index.js";
import { assemble } from "../src/isa/index.js";
import { startImage, USUAL_ARGUMENTS } from "../src/lab/index.js";
import { randomWords } from "../src/isa/testing/encoding-words.js";
import { Machine, type EngineChoice } from "../src/machine/index.js";
import { ourMachine } from "./lockstep/batch.js";
import { makeBatch } from "./lockstep/run.js";

/** Everything is compiled, at its first run. */
const EAGER = { threshold: 1, batch: 1 } as const;
const SEED = 20171;

test(`random sequences leave the same state on both engines (seed ${SEED})`, () => {
  const sequences = makeBatch(randomWords(SEED), 220);
  const one = ourMachine(sequences, SEED);
  const other = ourMachine(sequences, SEED, EAGER);
  const random = randomWords(SEED + 1);
  for (let n = 0; n < 1500; n++) {
    const step = 1 + (random() % 700);
    one.run(step);
    other.run(step);
    expect(other.instructions).toBe(one.instructions);
    expect(other.stateHash(), `after ${one.instructions} instructions`).toBe(one.stateHash());
  }
});

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
const LOOP = `loop: add r0, r0, r3
  tst r0, #4
  beq skip
  adds r3, r3, r0
  adc r5, r5, #0
skip: bl function
  eors r6, r6, r0, lsr #3
  bmi negative
  add r7, r7, #1
  b next
negative: sub r7, r7, #3
next: subs r4, r4, #1
  bne loop
stay: b stay
function: cmp r0, r7
  addhi r3, r3, #5
  ldr r2, [r1, #8]
  add r2, r2, #1
  str r2, [r1, #8]
  bx lr`;

test("a loop stops at the same instruction with the same state, whatever the budgets", () => {
  const machines = (["interpreter", "wasm", "auto", EAGER] as const).map((e) =>
    machineWith(LOOP, e),
  );
  const random = randomWords(7);
  for (let n = 0; n < 400; n++) {
    const step = 1 + (random() % 2000);
    for (const machine of machines) machine.run(step);
    expect(new Set(machines.map((m) => m.stateHash())).size).toBe(1);
  }
});
test("100 million instructions of a loop leave the same state", () => {
  const [one, other] = (["interpreter", "auto"] as const).map((e) => machineWith(LOOP, e));
  one!.run(100_000_000);
  other!.run(100_000_000);
  expect(other!.instructions).toBe(100_000_000);
  expect(other!.stateHash()).toBe(one!.stateHash());
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
test("a boot of Debian's kernel is in the same state at each of some moments, on one CPU and on two", async ({
  skip,
}) => {
  const made = await debian();
  if (typeof made === "string") return skip(made);
  for (const cpus of [1, 2]) {
    const [one, other] = (["interpreter", "wasm"] as const).map(
      (engine) => startImage({ cpus, memory: 256 << 20, engine }, made).session.machine,
    );
    for (const at of [1_000_003, 7_654_321, 20_000_000, 40_000_001]) {
      one!.run(at - one!.instructions);
      other!.run(at - other!.instructions);
      expect(other!.instructions).toBe(one!.instructions);
      expect(other!.stateHash(), `after ${at} instructions`).toBe(one!.stateHash());
    }
  }
}, 300_000);
