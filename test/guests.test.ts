/** Bare-metal guests of the reference board run here as they are, and say the same. */
import { describe, expect, test } from "vitest";
import {
  onOurs,
  onReference,
  program,
  referenceMissing,
  type GuestOptions,
} from "./guests/on-both.js";
import { hypervisorGuest } from "./guests/hypervisor.js";
import { GIC_AND_TIMER, PSCI_AND_SMP, SEMIHOSTING_HELLO } from "./guests/programs.js";

const missing = referenceMissing();
if (missing !== undefined)
  console.log(`bare-metal guests against the reference are skipped: ${missing}`);

const GUESTS: readonly [string, () => Uint8Array, GuestOptions][] = [
  [
    "semihosting from HYP and SVC mode, in A32 and T32",
    () => program(SEMIHOSTING_HELLO),
    { semihosting: true },
  ],
  ["timer interrupts and SGIs in HYP and SVC mode", () => program(GIC_AND_TIMER), {}],
  ["PSCI and four CPUs", () => program(PSCI_AND_SMP), { cpus: 4 }],
  ["a hypervisor whose guest traps in every way", hypervisorGuest, {}],
  ["the same on a Cortex-A7", hypervisorGuest, { model: "cortex-a7" }],
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
