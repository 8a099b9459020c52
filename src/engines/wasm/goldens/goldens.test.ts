/** What some guest code becomes: IR as translated, IR after the optimiser, and the WebAssembly of its region. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { SLOT_COUNT, SLOT_NAMES } from "../../../arch/index.js";
import {
  ALL_OPTIMISATIONS,
  CODE_ENTRIES,
  CODE_TLB_BASE,
  CODE_TLB_WORDS,
  CONTROL,
  LANE_LOCALS,
  printBlock,
  TLB_BASE,
  TLB_WORDS,
  tlbTable,
  VECTOR_OP_NAMES,
} from "../../../ir/index.js";
import {
  CONSTANTS,
  MEMORY_OPCODES,
  SCALAR,
  SIMD,
  SIMD_CONSTANT,
  SIMD_PREFIX,
  TRUNCATION_PREFIX,
  TRUNCATIONS,
} from "../../../ir/wasm-opcodes.js";
import { OPCODES } from "../../../ir/wat.js";
import { IMPORTS, TYPES } from "../abi.js";
import { compileRegion } from "../compile.js";
import { Bytes, encodeModule, OP } from "../../module/encoder.js";
import { ADDEND, BASE, BUDGET, ENTRY, FIRST_HOME, LINK, PC, RESULT } from "../frame.js";
import { LAZY_LOCALS } from "../lazy-flags.js";
import { homesOf, lazyOpsOf, livenessOf } from "../liveness.js";
import { placesOf } from "../places.js";
import { type Region } from "../region.js";
import { disassembleFunction, type Names } from "../testing/disassemble.js";
import { regionOf, type GuestProgram } from "../testing/region-of.js";
import { OPCODE_NAMES, operandCount } from "../testing/opcode-names.js";

const FOLDER = import.meta.dirname;

const GOLDENS: Readonly<Record<string, GuestProgram>> = {
  "conditional-loop": {
    source: `loop: adds r0, r0, r1
  addcs r2, r2, #1
  subs r3, r3, #1
  bne loop
  bx lr`,
  },
  "load-store": {
    source: `ldr r0, [r1, #4]
  add r0, r0, #1
  strh r0, [r2], #2
  bx lr`,
  },
  "call-return": {
    source: `again: bl leaf
  subs r1, r1, #1
  bne again
stay: b stay
leaf: add r0, r0, r1
  bx lr`,
  },
  "it-block": {
    thumb: true,
    source: `cmp r0, #5
  ite lo
  movlo r1, #1
  addhs r1, r1, r2
  bx lr`,
  },
  constants: {
    source: `movw r0, #0x5678
  movt r0, #0x1234
  ldr r1, =0xcafef00d
  eor r0, r0, r1
  bx lr
  .ltorg`,
  },
  "vfp-add": {
    source: `vadd.f32 s0, s1, s2
  bx lr`,
  },
};

const reversed = (row: Readonly<Record<string, number>>): Map<number, string> =>
  new Map(Object.entries(row).map(([name, n]) => [n, name]));
const CONTROL_NAMES = reversed(CONTROL);
const TLB_NAMES = new Map(
  [0, 1, 2].flatMap((level) =>
    [false, true].map((write): [number, string] => [
      tlbTable(level, write) * 4,
      `TLB.PL${level}.${write ? "write" : "read"}`,
    ]),
  ),
);
const wordName = (word: number): string | undefined => {
  if (word < SLOT_COUNT) return SLOT_NAMES[word];
  if (word >= CODE_TLB_BASE && word < CODE_TLB_BASE + CODE_TLB_WORDS) {
    const physical = ((word - CODE_TLB_BASE) / CODE_ENTRIES) & 1;
    return `codePage${physical === 1 ? ".physical" : ""}`;
  }
  return CONTROL_NAMES.get(word);
};
const namesOf = (region: Region): Names => {
  const frame = reversed({ BASE, BUDGET, RESULT, PC, ENTRY, ADDEND, LINK });
  const vectors = region.blocks.some((b) => b.source.nodes.some((n) => n.kind === "vector"));
  const lanes = vectors ? Object.keys(LANE_LOCALS) : [];
  const slots = homesOf(region);
  const homes = slots.slots.map((slot) => SLOT_NAMES[slot]!);
  if (lazyOpsOf(region, livenessOf(region, slots, true)).size > 0) homes.push(...LAZY_LOCALS);
  for (const { slot, write } of placesOf(region, true).kept)
    homes.push(`${SLOT_NAMES[slot]!}.${write ? "written" : "read"}`);
  const local = (n: number): string => {
    const lane = lanes[n - FIRST_HOME];
    const home = homes[n - FIRST_HOME - lanes.length];
    if (n < FIRST_HOME) return `$${frame.get(n)!.toLowerCase()}`;
    return (
      lane ??
      (home === undefined ? `$t${n - FIRST_HOME - lanes.length - homes.length}` : `$${home}`)
    );
  };
  return {
    local,
    offset(address, bytes) {
      if (address === "(local.get $base)") return wordName(bytes >>> 2) ?? String(bytes);
      if (bytes >= TLB_BASE * 4 && bytes < (TLB_BASE + TLB_WORDS) * 4)
        return TLB_NAMES.get(bytes) ?? `${TLB_NAMES.get(bytes - 4)!}.addend`;
      return bytes === 0 ? "" : String(bytes);
    },
    argument(callee, position, n) {
      if (callee !== "vector" || position > 3) return undefined;
      return position === 0 ? VECTOR_OP_NAMES[n] : SLOT_NAMES[n];
    },
  };
};

const text = (name: string, golden: GuestProgram): string => {
  const { region, machine } = regionOf(golden);
  const bytes = encodeModule({
    types: TYPES,
    imports: IMPORTS,
    table: true,
    functions: [compileRegion(region, ALL_OPTIMISATIONS, machine.cpu)],
    memoryPages: 1,
  });
  expect(WebAssembly.validate(bytes)).toBe(true);
  const translated = region.blocks.map(({ cached }) => printBlock(cached.source));
  const optimised = region.blocks.map(({ source }, n) => {
    const lines = printBlock(source);
    return lines.join() === translated[n]!.join() ? ["  as translated"] : lines;
  });
  const blocks = (lines: readonly (readonly string[])[]): string[] =>
    lines.flatMap((block, n) => [`block ${n}`, ...block]);
  return [
    `; ${name}`,
    ...golden.source.split("\n").map((line) => `;   ${line.trim()}`),
    "",
    "; IR as translated",
    ...blocks(translated),
    "",
    "; IR after the optimiser",
    ...blocks(optimised),
    "",
    "; WebAssembly of the region",
    "(func (param $base i32) (result i32)",
    ...disassembleFunction(bytes, 0, namesOf(region)),
    ")",
    "",
  ].join("\n");
};

test.each(Object.entries(GOLDENS))("the golden of %s is what is made now", (name, golden) => {
  const file = path.join(FOLDER, `${name}.golden.txt`);
  const now = text(name, golden);
  if (process.env["HYPLAB_ACCEPT"] === "1") {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, now);
  }
  expect(
    now,
    `${name}.golden.txt is stale; HYPLAB_ACCEPT=1 npx vitest run src/engines/wasm/goldens writes it, then read the diff`,
  ).toBe(readFileSync(file, "utf8"));
});

test("every opcode that the tables of the engine have is read back by its name", () => {
  const tables: [number, Readonly<Record<string, number>>][] = [
    [0, OPCODES],
    [0, SCALAR],
    [0, CONSTANTS],
    [SIMD_PREFIX, SIMD],
    [TRUNCATION_PREFIX, TRUNCATIONS],
  ];
  for (const [prefix, table] of tables)
    for (const [name, opcode] of Object.entries(table))
      expect(OPCODE_NAMES.get(prefix)!.get(opcode)?.name).toBe(name);
  for (const [name, { opcode, simd }] of Object.entries(MEMORY_OPCODES))
    expect(OPCODE_NAMES.get(simd ? SIMD_PREFIX : 0)!.get(opcode)?.name).toBe(name);
  for (const opcode of Object.values(OP)) expect(OPCODE_NAMES.get(0)!.has(opcode)).toBe(true);
});
/** A constant of each type, as bytes. */
const ZEROS: readonly (readonly number[])[] = [
  [CONSTANTS["i32.const"], 0],
  [CONSTANTS["f32.const"], 0, 0, 0, 0],
  [CONSTANTS["i64.const"], 0],
  [CONSTANTS["f64.const"], 0, 0, 0, 0, 0, 0, 0, 0],
  [SIMD_PREFIX, SIMD_CONSTANT, ...Array.from({ length: 16 }, () => 0)],
];
const DROP = 0x1a;
/** Whether a function may consist of this code. */
const isValid = (code: readonly number[]): boolean => {
  const b = new Bytes();
  for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10])
    b.byte(byte);
  const body = [0, ...code, OP.end];
  for (const byte of [body.length + 2, 1, body.length, ...body]) b.byte(byte);
  return WebAssembly.validate(b.view());
};
const operandLists = (count: number): number[][] =>
  count === 0
    ? [[]]
    : operandLists(count - 1).flatMap((list) => ZEROS.map((zero) => [...list, ...zero]));
test("the disassembler pops as many operands as V8 wants", () => {
  const immediates = { none: 0, lane: 1, bytes16: 16 } as Readonly<Record<string, number>>;
  let checked = 0;
  for (const [prefix, table] of OPCODE_NAMES)
    for (const [opcode, { name, immediates: kind }] of table) {
      const follow = immediates[kind];
      if (follow === undefined || name.endsWith(".const") || !/\.|select/.test(name)) continue;
      const b = new Bytes();
      if (prefix !== 0) b.byte(prefix);
      b.leb(opcode);
      const code = [...(prefix === 0 ? [opcode] : b.view())];
      for (let i = 0; i < follow; i++) code.push(0);
      const lists = operandLists(operandCount(name));
      expect(
        lists.some((operands) => isValid([...operands, ...code, DROP])),
        name,
      ).toBe(true);
      checked++;
    }
  expect(checked).toBeGreaterThan(250);
});
