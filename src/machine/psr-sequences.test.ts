import { expect, test } from "vitest";
import {
  ConcreteState,
  cpsrOf,
  cpsrReadByInstruction,
  enterHyp,
  HYP_VECTOR,
  MODE,
  MODES,
  readCpsr,
  returnFromException,
  returnModes,
  SLOT,
  SLOT_COUNT,
  SLOT_NAMES,
  systemSlot,
  writeCpsrBytes,
} from "../arch/index.js";
import { randomWords } from "../isa/testing/encoding-words.js";
import { hvcSyndrome, Machine, prefetchAbortSyndrome } from "./index.js";

const SEED = 1946;
const ROUNDS = 400;
const machine = new Machine({ ram: [{ base: 0x40000000, size: 0x10000 }], policy: "stop" });
const { cpu } = machine;

/** Random registers and PSRs in a mode; translation stays off and no interrupt is pending. */
const shuffle = (random: () => number, mode: number): void => {
  cpu.reset();
  const { state } = cpu;
  for (let n = 0; n < SLOT_COUNT; n++)
    if (/^(?:R\d|SP_|LR_|SPSR_|ELR)/.test(SLOT_NAMES[n]!)) state[n] = random();
  cpu.setCpsr((random() & ~31 & ~0x100_0000) | mode);
  state[SLOT.IT] = 0;
  state[SLOT.PC] = random() & ~3;
  state[systemSlot("HVBAR")] = random() & ~31;
  state[systemSlot("HSCTLR")] = random() & ((1 << 30) | (1 << 25));
};
/** The state that a sequence makes of the CPU's, against what the machine makes of it. */
const compare = (sequence: (m: ConcreteState) => void, run: () => void): void => {
  const ours = new ConcreteState(cpu.state.slice(0, SLOT_COUNT));
  sequence(ours);
  run();
  for (let n = 0; n < SLOT_COUNT; n++)
    if (ours.words[n] !== cpu.state[n])
      expect.fail(
        `seed ${SEED}: ${SLOT_NAMES[n]} is ${ours.words[n]}, the machine has ${cpu.state[n]}`,
      );
};
const modesFrom = (random: () => number): number =>
  [MODE.svc, MODE.hyp, MODE.und, MODE.irq][random() & 3]!.encoding;

test("an HVC leaves the machine as its sequence says, from PL1 and from HYP mode", () => {
  const random = randomWords(SEED);
  for (let n = 0; n < ROUNDS; n++) {
    const mode = modesFrom(random);
    shuffle(random, mode);
    const immediate = random() & 0xffff;
    const next = (cpu.state[SLOT.PC]! + 4) | 0;
    compare(
      (m) =>
        enterHyp(m, {
          vector: mode === MODE.hyp.encoding ? HYP_VECTOR.hypervisorCall : HYP_VECTOR.hypTrap,
          syndrome: hvcSyndrome(immediate),
          returnAddress: next,
        }),
      () => cpu.takeException("hvc", immediate, next >>> 0),
    );
  }
});
test("a prefetch abort of HYP mode leaves the machine as its sequence says", () => {
  const random = randomWords(SEED + 1);
  for (let n = 0; n < ROUNDS; n++) {
    shuffle(random, MODE.hyp.encoding);
    const pc = cpu.state[SLOT.PC]! & 0x3ffffffc;
    cpu.state[SLOT.PC] = pc;
    compare(
      (m) => {
        m.put(systemSlot("HIFAR"), pc);
        const syndrome = prefetchAbortSyndrome("external", 0, false);
        enterHyp(m, { vector: HYP_VECTOR.prefetchAbort, syndrome, returnAddress: pc });
      },
      () => {
        expect(cpu.codePage(pc)).toBe(-1);
        cpu.takePending(0, 4);
      },
    );
  }
});
test("an exception return leaves the machine as its sequence says, and stops where that has no mode", () => {
  const random = randomWords(SEED + 2);
  let stopped = 0;
  for (let n = 0; n < ROUNDS * 2; n++) {
    const mode = modesFrom(random);
    shuffle(random, mode);
    const psr = random();
    const target = random();
    const allowed = (returnModes(mode === MODE.hyp.encoding ? 2 : 1) >>> (psr & 31)) & 1;
    if (allowed === 1)
      compare(
        (m) => returnFromException(m, target, psr),
        () => cpu.exceptionReturn(target, psr),
      );
    else {
      cpu.exceptionReturn(target, psr);
      expect(cpu.stopped?.reason).toBe("unpredictable");
      stopped++;
    }
  }
  expect(stopped).toBeGreaterThan(100);
});
test("CPSR is read and written by instructions as the sequences say", () => {
  const random = randomWords(SEED + 3);
  for (let n = 0; n < ROUNDS; n++) {
    const mode = MODES.filter((m) => m.name !== "mon")[(random() >>> 0) % 8]!;
    shuffle(random, mode.encoding);
    cpu.state[SLOT.IT] = random() & 0xff;
    const now = new ConcreteState(cpu.state);
    expect(cpsrOf(now)).toBe(readCpsr(cpu.state));
    expect(cpsrReadByInstruction(now)).toBe(cpu.readCpsr());
    const byteMask = random() & 15;
    const value = (random() & ~31) | mode.encoding;
    compare(
      (m) => writeCpsrBytes(m, value, byteMask, mode.pl !== 0),
      () => cpu.writeCpsr(value, byteMask),
    );
  }
});
