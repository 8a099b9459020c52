/** Hints and barriers. */
import type { HintName } from "../../ir/index.js";
import { composedEncoding } from "../composed-encoding.js";
import { encoding, instruction, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { type Element } from "../syntax/element.js";

const HINTS: readonly [string, HintName, string][] = [
  ["NOP", "nop", "0000"],
  ["YIELD", "yield", "0001"],
  ["WFE", "wfe", "0010"],
  ["WFI", "wfi", "0011"],
  ["SEV", "sev", "0100"],
];
const named = HINTS.map(([name, hint, op]) =>
  instruction<object>({
    name,
    ref: "A8.8.119",
    summary: "Hint.",
    encodings: [
      composedEncoding("A1", `cond:4 001100100000 (1)(1)(1)(1)(0)(0)(0)(0) 0000 ${op}`, {
        asm:
          name === "NOP"
            ? [{ text: "nop<c> {0}" }, { text: "nop<c>", parseOnly: true }]
            : `${name.toLowerCase()}<c>`,
        operands: () => ({}),
      }),
      composedEncoding("T1", `10111111 ${op} 0000`, {
        asm: `${name.toLowerCase()}<c>`,
        operands: () => ({}),
      }),
      composedEncoding("T2", `111100111010 (1)(1)(1)(1) 10 (0) 0 (0) 000 0000 ${op}`, {
        asm: `${name.toLowerCase()}<c><w>`,
        operands: () => ({}),
      }),
    ],
    execute: (ir) => ir.hint(hint),
  }),
);
const plain = (field: string): Element => ({
  print: (f) => `{${f[field]!}}`,
  parse(text, at) {
    const match = /^\{(\d+)\}/.exec(text.slice(at));
    return match === null
      ? []
      : [{ fields: { [field]: Number(match[1]) }, end: at + match[0].length }];
  },
});
const all = ["NOP", "YIELD", "WFE", "WFI", "SEV", "DBG"];
const reserved = instruction<object>({
  name: "hint (reserved)",
  ref: "A5.2.11",
  summary: "Unallocated hint: does nothing.",
  encodings: [
    encoding("A1", "cond:4 001100100000 (1)(1)(1)(1)(0)(0)(0)(0) hint:8", {
      asm: "nop<c> <hint>",
      elements: { hint: plain("hint") },
      see: all,
      operands: () => ({}),
    }),
    encoding("T1", "10111111 hint:4 0000", {
      asm: "nop<c> <hint>",
      elements: { hint: plain("hint") },
      see: all,
      operands: () => ({}),
    }),
    encoding("T2", "111100111010 (1)(1)(1)(1) 10 (0) 0 (0) 000 hint:8", {
      asm: "nop<c><w> <hint>",
      elements: { hint: plain("hint") },
      see: all,
      operands: () => ({}),
    }),
  ],
  execute: (ir) => ir.hint("nop"),
});
const option: Element = {
  print: (f) => `#${f["option"]!}`,
  parse(text, at) {
    const match = /^#(\d+)/.exec(text.slice(at));
    return match === null
      ? []
      : [{ fields: { option: Number(match[1]) }, end: at + match[0].length }];
  },
};
const DBG = instruction<object>({
  name: "DBG",
  ref: "A8.8.42",
  summary: "Debug hint.",
  encodings: [
    encoding("A1", "cond:4 001100100000 (1)(1)(1)(1)(0)(0)(0)(0) 1111 option:4", {
      asm: "dbg<c> <option>",
      elements: { option },
      operands: () => ({}),
    }),
    encoding("T1", "111100111010 (1)(1)(1)(1) 10 (0) 0 (0) 000 1111 option:4", {
      asm: "dbg<c> <option>",
      elements: { option },
      operands: () => ({}),
    }),
  ],
  execute: (ir) => ir.hint("dbg"),
});

/** The ld forms are ARMv8's; ARMv7 takes them for the full barrier, and objdump names them. */
const SCOPES: Readonly<Record<number, string>> = {
  15: "sy",
  14: "st",
  11: "ish",
  10: "ishst",
  7: "un",
  6: "unst",
  3: "osh",
  2: "oshst",
  13: "ld",
  9: "ishld",
  5: "nshld",
  1: "oshld",
};
const scope = (onlySy: boolean): Element => ({
  print: (f) => {
    const name = SCOPES[f["option"]!];
    return name === undefined || (onlySy && name !== "sy") ? `#${f["option"]!}` : name;
  },
  parse(text, at) {
    const rest = text.slice(at);
    const match = /^(?:#(\w+)|([a-z]+))/i.exec(rest);
    if (match === null) return rest.trim() === "" ? [{ fields: { option: 15 }, end: at }] : [];
    const word = match[2]?.toLowerCase();
    // UAL's nsh and nshst are what objdump calls un and unst.
    const name = word === "nsh" ? "un" : word === "nshst" ? "unst" : word;
    const found =
      name === undefined
        ? Number(match[1])
        : Number(Object.keys(SCOPES).find((k) => SCOPES[Number(k)] === name) ?? NaN);
    return Number.isInteger(found) && found < 16
      ? [{ fields: { option: found }, end: at + match[0].length }]
      : [];
  },
});
const barriers = (["DSB", "DMB", "ISB"] as const).map((name, i) =>
  instruction<object>({
    name,
    ref: "A8.8.44",
    summary: "Barrier: memory is sequentially consistent here, so only ISB does anything.",
    encodings: [
      composedEncoding(
        "A1",
        `111101010111 (1)(1)(1)(1)(1)(1)(1)(1)(0)(0)(0)(0) 01${["00", "01", "10"][i]!} option:4`,
        {
          asm: `${name.toLowerCase()} <option>`,
          elements: { option: scope(name === "ISB") },
          operands: () => ({}),
        },
      ),
      composedEncoding(
        "T1",
        `111100111011 (1)(1)(1)(1) 10 (0) 0 (1)(1)(1)(1) 01${["00", "01", "10"][i]!} option:4`,
        {
          asm: `${name.toLowerCase()}<c> <option>`,
          elements: { option: scope(name === "ISB") },
          operands: (_f: FieldMap) => ({}),
        },
      ),
    ],
    execute: (ir) => {
      if (name === "ISB") ir.endBlock();
    },
  }),
);
const CLREX = instruction<object>({
  name: "CLREX",
  ref: "A8.8.32",
  summary: "Opens the exclusive monitor.",
  encodings: [
    encoding("A1", "111101010111 (1)(1)(1)(1)(1)(1)(1)(1)(0)(0)(0)(0) 0001 (1)(1)(1)(1)", {
      asm: "clrex",
      operands: () => ({}),
    }),
    encoding("T1", "111100111011 (1)(1)(1)(1) 10 (0) 0 (1)(1)(1)(1) 0010 (1)(1)(1)(1)", {
      asm: "clrex<c>",
      operands: () => ({}),
    }),
  ],
  execute: (ir) => ir.clearExclusive(),
});

export const HINT_INSTRUCTIONS: readonly Instruction[] = [
  ...named,
  reserved,
  DBG,
  ...barriers,
  CLREX,
];
