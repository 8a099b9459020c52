/** Translated code that one machine keeps and another takes up. */
import { expect, test } from "vitest";
import { MODE, registerSlot, SLOT, systemSlot } from "../arch/index.js";
import { assemble } from "../isa/index.js";
import { Machine, type EngineChoice } from "./index.js";

const BASE = 0x40000000;
const VECTORS = 0x40001000;
const CODE = 0x40008000;
const OTHER = 0x4000a000;

/** Loops, skips, calls another page, makes system calls and runs T32 with IT blocks, for ever. */
const PROGRAM = `
loop:
  add r4, r4, #1
  tst r4, #3
  addeq r5, r5, r4
  ldrne r6, [sp]
  strne r4, [sp]
  ldr r3, =${OTHER}
  blx r3
  cmp r4, #0x100
  svclo #0
  ldr r3, =halfwords + 1
  blx r3
  b loop
  .ltorg
  .thumb
halfwords:
  lsls r0, r4, #31
  ite eq
  addeq r7, r7, #1
  subne r7, r7, #2
  bx lr
`;
const options = { ram: [{ base: BASE, size: 0x200000 }] };
const machineWith = (engine: EngineChoice = "interpreter"): Machine => {
  const machine = new Machine({ ...options, engine });
  const put = (address: number, source: string): void =>
    machine.load(address, assemble(source, { base: address }).bytes);
  put(VECTORS + 8, "  add r8, r8, #1\n  movs pc, lr\n");
  put(CODE, PROGRAM);
  put(OTHER, "  eor r9, r9, r4, ror #3\n  bx lr\n");
  const { cpu } = machine;
  cpu.setCpsr(MODE.svc.encoding | 0x1c0);
  cpu.state[SLOT.PC] = CODE;
  cpu.state[systemSlot("VBAR")] = VECTORS;
  cpu.state[registerSlot(13, MODE.svc)] = BASE;
  cpu.flushTlb();
  return machine;
};
/** A machine that goes on where another is, and how many blocks it translates. */
const goOn = (from: Machine, engine: EngineChoice = "interpreter") => {
  const machine = new Machine({ ...options, engine });
  machine.restoreFrom(from.save());
  machine.adoptCode(from.keepCode());
  let translated = 0;
  machine.cpu.events = { newCode: () => translated++ };
  return { machine, translated: () => translated };
};

test.each(["interpreter", "wasm"] as const)(
  "a machine that takes code up translates nothing that ran, and goes on as the other does (%s)",
  (engine) => {
    const one = machineWith(engine);
    one.run(50_000);
    const { machine: other, translated } = goOn(one, engine);
    one.run(100_000);
    other.run(100_000);
    // It began within a block, and single instructions at the end of a budget are not kept.
    expect(translated()).toBeLessThan(6);
    for (const steps of [0, 1, 7, 100, 12_345]) {
      one.run(steps);
      other.run(steps);
      expect(other.stateHash(), `${steps} more`).toBe(one.stateHash());
    }
  },
);

test("a store to a page whose code is kept and did not run yet makes it be translated", () => {
  const one = machineWith();
  one.run(5000);
  const { machine: other, translated } = goOn(one);
  const changed = assemble("  eor r9, r9, r4\n  add r9, r9, #1\n  bx lr\n", { base: OTHER });
  // By a device's way, and by the guest's own.
  other.load(OTHER, changed.bytes);
  one.load(OTHER, changed.bytes);
  for (const machine of [one, other]) machine.run(20_000);
  expect(translated()).toBeGreaterThan(0);
  expect(other.stateHash()).toBe(one.stateHash());

  const writer = machineWith();
  writer.load(
    CODE,
    assemble(
      `  mov r0, #0\nwait:\n  add r0, r0, #1\n  cmp r0, #0x400\n  blo wait
  ldr r3, =${OTHER}\n  blx r3\n  ldr r1, =0xe2899001\n  str r1, [r3]\n  blx r3\n  b .\n`,
      { base: CODE },
    ).bytes,
  );
  writer.load(
    CODE + 0x100,
    assemble(`  ldr r3, =${OTHER}\n  bx r3\n`, { base: CODE + 0x100 }).bytes,
  );
  // The other page's code runs once and is kept; then the machine goes on from where it has not yet changed it.
  writer.cpu.state[SLOT.PC] = CODE + 0x100;
  writer.cpu.state[registerSlot(14, MODE.svc)] = CODE;
  writer.run(500);
  const { machine: reader } = goOn(writer);
  for (const machine of [writer, reader]) machine.run(10_000);
  expect(reader.stateHash()).toBe(writer.stateHash());
  expect(reader.memory.read32(OTHER) >>> 0).toBe(0xe2899001);
});

test("an emptied cache takes nothing up any more", () => {
  const one = machineWith();
  one.run(5000);
  const { machine: other, translated } = goOn(one);
  other.engine.clear();
  for (const machine of [one, other]) machine.run(5000);
  expect(translated()).toBeGreaterThan(5);
  expect(other.stateHash()).toBe(one.stateHash());
});

test("kept bytes that end too soon are refused by name", () => {
  const one = machineWith();
  one.run(5000);
  const kept = one.keepCode();
  const machine = new Machine({ ...options, engine: "interpreter" });
  machine.restoreFrom(one.save());
  machine.adoptCode({ ...kept, blocks: (n) => kept.blocks(n).subarray(0, 20) });
  expect(() => machine.run(1000)).toThrow(RangeError);
});
