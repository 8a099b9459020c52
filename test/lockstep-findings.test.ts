/** What the comparison with the reference emulator found once, each as a test that needs no emulator. */
import { expect, test } from "vitest";
import { MODE, modeOf, registerSlot, SLOT, spsrSlot, systemSlot } from "../src/arch/index.js";
import { assemble, DECODER, extractFields, judge } from "../src/isa/index.js";
import { Machine } from "../src/machine/index.js";

const RAM = 0x4000_0000;
const CODE = RAM + 0x2000;
const SVC_VECTOR = 0x4000_0008;
const TABLE = RAM + 0x1_0000;

/** A machine in SVC mode with low vectors at the start of RAM, about to run the program. */
const machineOf = (source: string, thumb = false): Machine => {
  const machine = new Machine({
    ram: [{ base: RAM, size: 0x10_0000 }],
    policy: "reference-emulator",
  });
  machine.load(CODE, assemble(source, { base: CODE, thumb }).bytes);
  machine.cpu.setCpsr(MODE.svc.encoding | 0x1c0 | (thumb ? 0x20 : 0));
  machine.cpu.state[SLOT.PC] = CODE;
  machine.cpu.state[systemSlot("VBAR")] = RAM;
  return machine;
};
/** Short descriptors: the first half megabyte as pages, of which only `pages` are mapped, and nothing else. */
const mapPages = (machine: Machine, pages: readonly number[]): void => {
  machine.memory.write32(TABLE + (RAM >>> 20) * 4, (TABLE + 0x4000) | 1);
  for (const page of pages)
    machine.memory.write32(TABLE + 0x4000 + page * 4, (RAM + page * 4096) | 0x3e);
  const { state } = machine.cpu;
  state[systemSlot("TTBR0")] = TABLE;
  state[systemSlot("DACR")] = 1;
  state[systemSlot("SCTLR")] = state[systemSlot("SCTLR")]! | 1;
  machine.cpu.flushTlb();
};

test("SVC within an IT block saves the IT state of the instruction behind it", () => {
  const machine = machineOf(".thumb\n itt eq\n svceq #0\n moveq r0, #1\n", true);
  machine.cpu.state[SLOT.Z] = 1;
  machine.run(2);
  expect((machine.cpu.state[SLOT.PC]! >>> 0).toString(16)).toBe(SVC_VECTOR.toString(16));
  // ITSTATE 00001000: the last of the block, still EQ.
  const saved = machine.cpu.state[spsrSlot(MODE.svc)!]!;
  expect(((saved >>> 10) & 0x3f) * 4 + ((saved >>> 25) & 3)).toBe(0x08);
});

test("an unaligned store that faults on its second page names that page's first byte in DFAR", () => {
  const machine = machineOf("str r0, [r1]\n");
  mapPages(machine, [0, 2, 5]);
  machine.cpu.setRegister(1, RAM + 0x5ffe);
  machine.run(1);
  expect(machine.cpu.mode.name).toBe("abt");
  expect((machine.cpu.state[systemSlot("DFAR")]! >>> 0).toString(16)).toBe(
    (RAM + 0x6000).toString(16),
  );
});

test.each(["ldrexd r2, r3, [r1]", "strexd r0, r2, r3, [r1]"])(
  "%s at a word that is no doubleword faults though the page is known",
  (text) => {
    const machine = machineOf(
      `ldr r4, [r1]\n str r4, [r1]\n ldrex r4, [r1]\n ${text.startsWith("strexd") ? "ldrexd r6, r7, [r5]\n" : ""} ${text}\n`,
    );
    machine.cpu.setRegister(1, RAM + 0x5004);
    machine.cpu.setRegister(5, RAM + 0x5000);
    // The monitor must hold the address for the store to get as far as its access.
    machine.run(text.startsWith("strexd") ? 4 : 3);
    machine.cpu.state[SLOT.exclusiveAddress] = RAM + 0x5004;
    machine.run(1);
    expect(machine.cpu.mode.name).toBe("abt");
    expect(machine.cpu.state[systemSlot("DFSR")]! & 0x40f).toBe(1);
  },
);

test("MSR SPSR leaves the reserved bits 23 to 21 as they are", () => {
  const machine = machineOf("mvn r0, #0\n msr SPSR_fsxc, r0\n");
  machine.cpu.state[spsrSlot(MODE.svc)!] = 0;
  machine.run(2);
  expect((machine.cpu.state[spsrSlot(MODE.svc)!]! >>> 0).toString(16)).toBe("ff1fffff");
});

test("a misaligned A32 fetch from a page that is not mapped is a translation fault", () => {
  const machine = machineOf("bx r1\n");
  mapPages(machine, [0, 2]);
  machine.cpu.setRegister(1, RAM + 0x5002);
  machine.run(2);
  expect(machine.cpu.mode.name).toBe("abt");
  expect(machine.cpu.state[systemSlot("IFSR")]! & 0x40f).toBe(7);
  expect(machine.cpu.state[registerSlot(14, MODE.abt)]).toBe(RAM + 0x5006);
});

test("a stage 2 abort of a store of the PC has no valid instruction syndrome", () => {
  const machine = machineOf("str pc, [r1]\n");
  const { state } = machine.cpu;
  // Stage 2 maps the first 2 MB of RAM for reading alone.
  machine.memory.write32(TABLE + 8, (TABLE + 0x1000) | 3);
  machine.memory.write32(TABLE + 0x1000, RAM | (1 << 10) | (1 << 6) | (15 << 2) | 1);
  state[systemSlot("VTTBR")] = TABLE;
  state[systemSlot("VTCR")] = 0x40;
  state[systemSlot("HCR")] = 1;
  machine.cpu.flushTlb();
  machine.cpu.setRegister(1, RAM + 0x5000);
  machine.run(1);
  expect(machine.cpu.mode.name).toBe("hyp");
  expect((state[systemSlot("HSR")]! >>> 0).toString(16)).toBe("9000004e");
});

test.each([
  ["a32", 0xe4a10004],
  ["a32", 0xe0e100b4],
  ["t32", 0xf8410e04],
] as const)("an unprivileged access in HYP mode is UNPREDICTABLE (%s %i)", (set, word) => {
  const e = DECODER.find(set, word)!;
  const verdict = (mode: number) =>
    judge(
      e,
      word,
      extractFields(e.pattern, word),
      { inIT: false, lastInIT: false, cpu: "cortex-a15", mode: modeOf(mode)! },
      "stop",
    );
  expect(verdict(MODE.svc.encoding)).toBeUndefined();
  expect(verdict(MODE.hyp.encoding)?.kind).toBe("stop");
});
