/** Bare-metal guests of the reference board run here as they are, and say the same. */
import { describe, expect, test } from "vitest";
import { assemble } from "../src/isa/index.js";
import { qemuMissing } from "../src/isa/testing/bare-guest.js";
import { makeUImage } from "../src/images/testing/make-images.js";
import { elfPieces, onOurs, onReference, program, type GuestOptions } from "./guests/on-both.js";
import { exceptions } from "./guests/exceptions.js";
import { GIC_AND_TIMER } from "./guests/gic-and-timer.js";
import { hypervisorGuest } from "./guests/hypervisor.js";
import { LIBRARY } from "./guests/library.js";
import { PSCI_AND_SMP } from "./guests/psci-and-smp.js";
import { SEMIHOSTING_HELLO } from "./guests/semihosting.js";

const missing = qemuMissing();
if (missing !== undefined)
  console.log(`bare-metal guests against the reference are skipped: ${missing}`);

/** Runs out of flash, its data in RAM. The reference keeps the first megabyte for its device tree. */
const FLASH = 0x0020_0000;
const IN_FLASH = `
.arm
  b start
.space 60
start:
  ldr sp, =0x40200000
  ldr r0, =0x40300000
  ldr r0, [r0]
  bl hex
  mrs r0, cpsr
  bic r0, r0, #0xf0000000
  bl hex
  adr r0, start
  bl hex
  bl line
  b off
.ltorg
${LIBRARY}`;
const inFlash = (): Uint8Array =>
  elfPieces(
    [
      { address: FLASH, bytes: assemble(IN_FLASH, { base: FLASH }).bytes },
      { address: 0x4030_0000, bytes: Uint8Array.of(1, 2, 3, 4) },
    ],
    FLASH,
  );
/** A flat program that says by its header where it goes; it prints where it is and what it was given. */
const PLACED = `
.arm
  nop
  mov r4, r1
  ldr sp, =0x40200000
here:
  adr r0, here
  bl hex
  mov r0, r4
  bl hex
  ldr r0, [r2]
  bl hex
  bl line
  b off
.ltorg
${LIBRARY}`;
const placed = (): Uint8Array => {
  const load = 0x4100_0000;
  return makeUImage(assemble(PLACED, { base: load }).bytes, { load, entry: load + 4 });
};

const GUESTS: readonly [string, () => Uint8Array, GuestOptions][] = [
  [
    "semihosting from HYP and SVC mode, in A32 and T32",
    () => program(SEMIHOSTING_HELLO),
    { semihosting: true },
  ],
  ["timer interrupts and SGIs in HYP and SVC mode", () => program(GIC_AND_TIMER), {}],
  ["exceptions and faults without HYP", () => program(exceptions("hvc")), { hyp: false }],
  ["exceptions and faults below HYP", () => program(exceptions("smc")), {}],
  ["PSCI and four CPUs", () => program(PSCI_AND_SMP), { cpus: 4 }],
  ["a hypervisor whose guest traps in every way", hypervisorGuest, {}],
  ["the same on a Cortex-A7", hypervisorGuest, { model: "cortex-a7" }],
  ["an ELF program in flash", inFlash, {}],
  ["a flat program in a uImage", placed, {}],
];

describe("bare-metal guests", () => {
  for (const [name, make, options] of GUESTS) {
    test(`${name}: ends by itself${missing === undefined ? ", with the output of the reference" : ""}`, () => {
      const elf = make();
      const ours = onOurs(elf, options);
      expect(ours.end, ours.output).toMatchObject({ kind: "stopped", stop: { reason: "off" } });
      if (missing === undefined) expect(ours.output).toBe(onReference(elf, options));
      else expect(ours.output).not.toBe("");
    });
  }
});
