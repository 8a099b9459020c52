/** PLD, PLDW and PLI: hints without effect here. */
import {
  encoding,
  instruction,
  UNDEFINED_IN_REFERENCE,
  type Encoding,
  type Instruction,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { addressElement, literalElement, oneField } from "./addressing.js";

type F = FieldMap;
const made = (
  label: Encoding["label"],
  pattern: string,
  spec: Omit<Parameters<typeof encoding<string, object>>[2], "operands">,
): Encoding<object> =>
  encoding<string, object>(label, pattern, {
    shouldBe: UNDEFINED_IN_REFERENCE,
    ...spec,
    operands: () => ({}),
  });
const fixed = { P: 1, W: 0 };
const up = { ...fixed, U: 1 };
const down = { ...fixed, U: 0 };
const imm12 = addressElement({ immediate: oneField("imm12", 12), fixed });
const register = addressElement({ register: "shifted", fixed });
const pldw = (name: string, r: number) => [
  { text: "pldw<c> <address>", when: (f: F) => f["R"] === r, fields: { R: r } },
  { text: `${name}<c> <address>`, fields: { R: 1 - r } },
];

export const PRELOAD: readonly Instruction[] = [
  instruction<object>({
    name: "PLD, PLI",
    ref: "A8.8.126",
    summary: "Hints that data or code will be used.",
    encodings: [
      // R = 0 is PLDW.
      made("A1", "11110101 U:1 R:1 01 Rn:4 (1)(1)(1)(1) imm12:12", {
        asm: pldw("pld", 0).map((f) => ({ ...f, text: f.text.replace("<c>", "") })),
        elements: { address: imm12 },
      }),
      made("A1", "11110111 U:1 R:1 01 Rn:4 (1)(1)(1)(1) imm5:5 type:2 0 Rm:4", {
        asm: pldw("pld", 0).map((f) => ({ ...f, text: f.text.replace("<c>", "") })),
        elements: { address: register },
      }),
      made("A1", "11110100 U:1 101 Rn:4 (1)(1)(1)(1) imm12:12", {
        asm: "pli <address>",
        elements: { address: imm12 },
      }),
      made("A1", "11110110 U:1 101 Rn:4 (1)(1)(1)(1) imm5:5 type:2 0 Rm:4", {
        asm: "pli <address>",
        elements: { address: register },
      }),
      made("T1", "1111100010 R:1 1 Rn:4 1111 imm12:12", {
        asm: pldw("pld", 1),
        elements: { address: addressElement({ immediate: oneField("imm12", 12), fixed: up }) },
        see: ["PLD, PLI (literal)"],
      }),
      made("T2", "1111100000 R:1 1 Rn:4 1111 1100 imm8:8", {
        asm: pldw("pld", 1),
        elements: {
          address: addressElement({ immediate: oneField("imm8", 8), fixed: down, plainZero: true }),
        },
        see: ["PLD, PLI (literal)"],
      }),
      made("T1", "1111100000 R:1 1 Rn:4 1111 000000 imm2:2 Rm:4", {
        asm: pldw("pld", 1),
        elements: { address: addressElement({ register: "imm2", fixed: up }) },
        see: ["PLD, PLI (literal)"],
      }),
      made("T1", "111110011001 Rn:4 1111 imm12:12", {
        asm: "pli<c> <address>",
        elements: { address: addressElement({ immediate: oneField("imm12", 12), fixed: up }) },
        see: ["PLD, PLI (literal)"],
      }),
      made("T2", "111110010001 Rn:4 1111 1100 imm8:8", {
        asm: "pli<c> <address>",
        elements: {
          address: addressElement({ immediate: oneField("imm8", 8), fixed: down, plainZero: true }),
        },
        see: ["PLD, PLI (literal)"],
      }),
      made("T1", "111110010001 Rn:4 1111 000000 imm2:2 Rm:4", {
        asm: "pli<c> <address>",
        elements: { address: addressElement({ register: "imm2", fixed: up }) },
        see: ["PLD, PLI (literal)"],
      }),
    ],
    execute() {},
  }),
  instruction<object>({
    name: "PLD, PLI (literal)",
    ref: "A8.8.127",
    summary: "Hints that data or code near the PC will be used.",
    encodings: [
      made("T1", "11111000 U:1 0 (0) 1 1111 1111 imm12:12", {
        asm: "pld<c> <literal>",
        shouldBe: { "cortex-a15": "execute", "reference-emulator": "execute" },
        elements: { literal: literalElement(oneField("imm12", 12)) },
      }),
      made("T1", "11111001 U:1 001 1111 1111 imm12:12", {
        asm: "pli<c> <literal>",
        elements: { literal: literalElement(oneField("imm12", 12)) },
      }),
    ],
    execute() {},
  }),
  instruction<object>({
    name: "memory hint (unallocated, literal)",
    ref: "A6.3.9",
    summary: "Unallocated memory hint: does nothing.",
    encodings: [
      made("T1", "11111001 U:1 011 1111 1111 imm12:12", {
        asm: "ldrsh<c><w> pc, <literal>",
        elements: { literal: literalElement(oneField("imm12", 12)) },
      }),
    ],
    execute() {},
  }),
  // The remaining loads of bytes and halfwords to PC are unallocated hints.
  instruction<object>({
    name: "memory hint (unallocated)",
    ref: "A6.3.9",
    summary: "Unallocated memory hint: does nothing.",
    encodings: [
      made("T1", "111110011011 Rn:4 1111 imm12:12", {
        asm: "ldrsh<c><w> pc, <address>",
        elements: { address: addressElement({ immediate: oneField("imm12", 12), fixed: up }) },
        see: ["memory hint (unallocated, literal)"],
      }),
      made("T1", "111110010011 Rn:4 1111 000000 imm2:2 Rm:4", {
        asm: "ldrsh<c><w> pc, <address>",
        elements: { address: addressElement({ register: "imm2", fixed: up }) },
        see: ["memory hint (unallocated, literal)"],
      }),
      made("T1", "111110010011 Rn:4 1111 1100 imm8:8", {
        asm: "ldrsh<c><w> pc, <address>",
        elements: {
          address: addressElement({ immediate: oneField("imm8", 8), fixed: down, plainZero: true }),
        },
        see: ["memory hint (unallocated, literal)"],
      }),
    ],
    execute() {},
  }),
];
