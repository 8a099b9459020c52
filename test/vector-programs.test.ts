/** Random loops of floating-point and Advanced SIMD instructions hold the same state on both engines, all the way. */
import { expect, test } from "vitest";
import { MODE, SLOT, systemSlot, vectorSlot } from "../src/arch/index.js";
import { assemble, DECODER } from "../src/isa/index.js";
import { NEON } from "../src/isa/neon/index.js";
import { VFP } from "../src/isa/vfp/index.js";
import { predictableWord, randomWords } from "../src/isa/testing/encoding-words.js";
import { Machine, type EngineChoice } from "../src/machine/index.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 8086);
const PROGRAMS = Number(process.env["HYPLAB_PROGRAMS"] ?? 8);
const EAGER = { threshold: 1, batch: 1 } as const;
const BASE = 0x40000000;
const CODE = 0x40008000;
const DATA = 0x40020000;
const ENCODINGS = [...VFP, ...NEON].flatMap((i) => i.encodings).filter((e) => e.set === "a32");

/** Words of instructions; those that have a base register get R1. */
const words = (random: () => number, count: number): number[] => {
  const out: number[] = [];
  while (out.length < count) {
    const e = ENCODINGS[random() % ENCODINGS.length]!;
    const found = predictableWord(DECODER, e, random);
    if (found === undefined) continue;
    const based = e.pattern.fields.some((f) => f.name === "Rn");
    const word = based ? ((found & 0xfff0ffff) | 0x10000) >>> 0 : found;
    out.push(word);
  }
  return out;
};
const machineWith = (source: string, engine: EngineChoice, random: () => number): Machine => {
  const machine = new Machine({ ram: [{ base: BASE, size: 0x200000 }], engine });
  machine.load(CODE, assemble(source, { base: CODE }).bytes);
  // Undefined instructions and aborted accesses are passed over.
  machine.load(0x40001004, assemble("movs pc, lr", { base: 0x40001004 }).bytes);
  machine.load(0x40001010, assemble("subs pc, lr, #4", { base: 0x40001010 }).bytes);
  machine.memory.write32(0x40010000 + (BASE >>> 20) * 4, BASE | 0x1c0e);
  const s = machine.cpu.state;
  s[systemSlot("TTBR0")] = 0x40010000;
  s[systemSlot("DACR")] = 1;
  s[systemSlot("SCTLR")] = s[systemSlot("SCTLR")]! | 1;
  s[systemSlot("VBAR")] = 0x40001000;
  s[systemSlot("CPACR")] = 0xf << 20;
  s[SLOT.FPEXC] = 1 << 30;
  machine.cpu.setCpsr(MODE.svc.encoding | 0x1c0);
  machine.cpu.flushTlb();
  for (let i = 0; i < 64; i++)
    s[vectorSlot(i)] = (random() & 3) === 0 ? random() : (random() & 0x83ff_ffff) | 0x3c00_0000;
  for (let i = 0; i < 256; i++) machine.memory.write32(DATA + 4 * i, random());
  s[SLOT.PC] = CODE;
  return machine;
};

test(`loops of random vector instructions are in the same state on both engines (seed ${SEED})`, () => {
  for (let p = 0; p < PROGRAMS; p++) {
    const random = randomWords(SEED + 77 * p + 1);
    const body = words(random, 40);
    const lines = body.map((w) => `.word 0x${w.toString(16)}`).join("\n");
    // FPSCR changes each time round: rounding, flush to zero, IXC.
    const source = `loop: movw r1, #${DATA & 0xffff}\nmovt r1, #${DATA >>> 16}\nadd r8, r8, #1
      ldr r9, =0x0bc0009f\nmul r10, r8, r9\nand r9, r10, r9\ntst r8, #3\nvmsreq fpscr, r9\n${lines}\nmovw r10, #1\nb loop\n.ltorg`;
    const fill = (): (() => number) => randomWords(SEED + p + 5);
    const one = machineWith(source, "interpreter", fill());
    const other = machineWith(source, EAGER, fill());
    const named = machineWith(source, "wasm", fill());
    for (let n = 0; n < 120; n++) {
      const step = 1 + (random() % 300);
      for (const machine of [one, other, named]) machine.run(step);
      const at = `program ${p} (seed ${SEED}) after ${one.instructions} instructions`;
      expect(other.stateHash(), at).toBe(one.stateHash());
      expect(named.stateHash(), at).toBe(one.stateHash());
    }
    expect(one.cpu.stopped).toBeUndefined();
    expect(one.instructions).toBeGreaterThan(10_000);
  }
});
test("floating point that is not permitted is UNDEFINED in compiled code too, at each level", () => {
  const source =
    "loop: add r8, r8, #1\nvadd.f32 s0, s1, s2\nvadd.i32 q1, q2, q3\nadd r9, r9, #1\nb loop";
  const denials: ((s: Int32Array) => void)[] = [
    (s) => (s[systemSlot("CPACR")] = 0),
    (s) => (s[systemSlot("CPACR")] = (0xf << 20) | (1 << 31)),
    (s) => (s[SLOT.FPEXC] = 0),
    (s) => (s[SLOT.FPSCR] = 1 << 16),
    (s) => (s[systemSlot("CPACR")] = 5 << 20),
  ];
  for (const deny of denials) {
    const machines = (["interpreter", EAGER] as const).map((e) =>
      machineWith(source, e, randomWords(3)),
    );
    for (const machine of machines) machine.run(1000);
    // The region is compiled; what decides changes now.
    for (const machine of machines) deny(machine.cpu.state);
    for (let n = 0; n < 50; n++) {
      for (const machine of machines) machine.run(13);
      expect(machines[1]!.stateHash()).toBe(machines[0]!.stateHash());
    }
  }
});
