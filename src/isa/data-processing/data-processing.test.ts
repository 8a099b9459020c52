import { expect, test } from "vitest";
import { MODE, MODES } from "../../arch/index.js";
import { IrBuilder, type Block } from "../../ir/index.js";
import {
  AssemblyError,
  DECODER,
  disassemble,
  extractFields,
  LineAssembler,
  translateBlock,
  type BoundEncoding,
  type InstructionSet,
  type UnpredictablePolicy,
} from "../index.js";
import { composeWord } from "../pattern.js";
import { randomWords } from "../testing/encoding-words.js";
import { objdumpLines, objdumpMissing, STRIDE } from "../testing/objdump.js";
import { DIFFERENCES } from "../testing/differences.js";
import { judge } from "../translate.js";
import { DATA_PROCESSING } from "./index.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 8081);
const SETS = ["a32", "t16", "t32"] as const;
const NAMES = new Set(DATA_PROCESSING.map((i) => i.name));
const ENCODINGS = DECODER.encodings.filter((e) => NAMES.has(e.instruction.name));

/** Words whose fields are often at an edge: 0, 1, all ones, SP, LR, PC; `any` keeps the UNPREDICTABLE ones. */
const edgeWords = (
  e: BoundEncoding,
  count: number,
  random: () => number,
  any: boolean,
): number[] => {
  const words: number[] = [];
  for (let tries = 0; tries < count * 20 && words.length < count; tries++) {
    const fields: Record<string, number> = {};
    for (const { name, width } of e.pattern.fields) {
      const limit = 2 ** width;
      const edges = [0, 1, limit - 1, 13, 14, 15, limit / 2].filter((v) => v < limit);
      fields[name] = random() % 3 === 0 ? edges[random() % edges.length]! : random() % limit;
    }
    if (e.set === "a32") fields["cond"] = random() % 2 === 0 ? 14 : fields["cond"]! % 15;
    let word = composeWord(e.pattern, fields);
    if (any && random() % 4 === 0) word = (word ^ (random() & e.pattern.shouldMask)) >>> 0;
    if (DECODER.find(e.set, word) !== e) continue;
    const context = { inIT: false, lastInIT: false, cpu: "cortex-a15", mode: MODE.svc } as const;
    if (!any && judge(e, word, extractFields(e.pattern, word), context, "stop") !== undefined)
      continue;
    words.push(word);
  }
  return words;
};
const wordsOf = (set: InstructionSet, any = false): { word: number; e: BoundEncoding }[] => {
  const random = randomWords(SEED);
  return ENCODINGS.filter((e) => e.set === set).flatMap((e) =>
    edgeWords(e, 150, random, any).map((word) => ({ word, e })),
  );
};
const translate = (
  set: InstructionSet,
  word: number,
  mode: (typeof MODES)[number],
  policy: UnpredictablePolicy,
  it = 0,
): Block => {
  const thumb = set !== "a32";
  const halves =
    set === "t16" ? [word] : thumb ? [word >>> 16, word & 0xffff] : [word & 0xffff, word >>> 16];
  return translateBlock(
    0x8000,
    { thumb, it, bigEndian: false, mode },
    {
      decoder: DECODER,
      cpu: "cortex-a15",
      policy,
      fetch: (address) => halves[(address - 0x8000) / 2] ?? -1,
      limit: 1,
    },
  );
};
const kinds = (block: Block): string[] => block.nodes.map((n) => n.kind);

test.each(SETS)(
  "%s: words with fields at their edges are disassembled as GNU objdump does",
  (set) => {
    const missing = objdumpMissing();
    if (missing !== undefined) {
      console.log(`skipped: ${missing}`);
      return;
    }
    const words = wordsOf(set);
    const expected = objdumpLines(
      words.map(({ word }) => word),
      set,
    );
    const wrong = new Map<string, string>();
    words.forEach(({ word, e }, i) => {
      const { text } = disassemble(DECODER, set, word, i * STRIDE[set]);
      const known = DIFFERENCES.some((d) => d.set === set && d.matches(text, expected[i]!));
      if (text !== expected[i] && !known) {
        wrong.set(e.id, `${word.toString(16)}: ours "${text}", objdump "${expected[i]!}"`);
      }
    });
    expect(Object.fromEntries(wrong), `seed ${SEED}, ${words.length} words`).toEqual({});
  },
);

/** The word of a line, or undefined where no encoding reads it. */
const readable = (
  assembler: LineAssembler,
  ...[line, context]: Parameters<LineAssembler["assemble"]>
): ReturnType<LineAssembler["assemble"]> | undefined => {
  try {
    return assembler.assemble(line, context);
  } catch (error) {
    if (error instanceof AssemblyError) return undefined;
    throw error;
  }
};
test.each(SETS)("%s: text at the edges is assembled to words of the same text", (set) => {
  const assembler = new LineAssembler(DECODER);
  const wrong = new Map<string, string>();
  for (const { word, e } of wordsOf(set)) {
    const { text } = disassemble(DECODER, set, word, 0x8000);
    const context = { pc: 0x8000, thumb: set !== "a32", itCondition: undefined, evaluate: Number };
    // MOV r0, r0 is printed as a NOP; the assembler makes the hint of it.
    if (text === "nop") continue;
    const wide = set === "t32" && !/^\S+\.w/.test(text) ? text.replace(/^\S+/, "$&.w") : text;
    try {
      const made = readable(assembler, wide, context) ?? assembler.assemble(text, context);
      const again = disassemble(DECODER, made.encoding.set, made.word, 0x8000).text;
      if (again !== text && again.replace(/\.w/, "") !== text.replace(/\.w/, "")) {
        wrong.set(e.id, `${word.toString(16)} "${text}" came back as "${again}"`);
      }
    } catch (error) {
      wrong.set(e.id, `${word.toString(16)} "${text}": ${(error as Error).message}`);
    }
  }
  expect(Object.fromEntries(wrong), `seed ${SEED}`).toEqual({});
});

test("every word, UNPREDICTABLE or not, is translated in every mode under every policy", () => {
  const failures = new Map<string, string>();
  for (const set of SETS) {
    for (const { word, e } of wordsOf(set, true)) {
      for (const policy of ["cortex-a15", "reference-emulator", "stop"] as const) {
        for (const mode of [MODE.usr, MODE.svc, MODE.hyp, MODE.sys]) {
          try {
            translate(set, word, mode, policy, set === "a32" ? 0 : [0, 0xe8, 0x04][word % 3]!);
          } catch (error) {
            failures.set(e.id, `${word.toString(16)} in ${mode.name}: ${(error as Error).message}`);
          }
        }
      }
    }
  }
  expect(Object.fromEntries(failures), `seed ${SEED}`).toEqual({});
});

test("the labels of a record are its own", () => {
  const twice = DATA_PROCESSING.flatMap((i) => {
    // Immediate and register forms of 16 bits may be two encodings of one heading of the Arm ARM.
    const ids = i.encodings.map((e) => e.id);
    return ids.filter((id, at) => ids.indexOf(id) !== at);
  });
  expect(twice).toEqual([]);
});

const assemble = (text: string, thumb = false, itCondition?: number): string => {
  const context = { pc: 0x8000, thumb, itCondition, evaluate: Number };
  const { word, size } = new LineAssembler(DECODER).assemble(text, context);
  return word.toString(16).padStart(size * 2, "0");
};
test.each([
  ["mov r0, #-1", "e3e00000"],
  ["mov r0, #0x1234", "e3010234"],
  ["mvn r1, #0xffffff00", "e3a010ff"],
  ["add r0, r1, #-4", "e2410004"],
  ["add r0, #4", "e2800004"],
  ["sub sp, sp, #-16", "e28dd010"],
  ["sub sp, #16", "e24dd010"],
  ["cmp r3, #-1", "e3730001"],
  ["and r0, r0, #0xffffff00", "e3c000ff"],
  ["bic r2, r2, #0xfffffff0", "e202200f"],
  ["orr r0, r1", "e1800001"],
  ["eor r0, r1, lsl #2", "e0200101"],
  ["adds r0, r1, lsl r2", "e0900211"],
  ["mov r0, r1, lsl r2", "e1a00211"],
  ["mov r0, r1, ror #3", "e1a001e1"],
  ["movs r0, r1, rrx", "e1b00061"],
  ["lsl r0, #3", "e1a00180"],
  ["adr r0, 0x8010", "e28f0008"],
  ["adr r0, 0x8000", "e24f0008"],
  ["movs pc, lr", "e1b0f00e"],
  ["subs pc, lr, #4", "e25ef004"],
  ["subseq pc, lr, #4", "025ef004"],
  ["nop", "e320f000"],
  ["uxtb r0, r1, ror #8", "e6ef0471"],
  ["pkhtb r0, r1, r2", "e6820011"],
])("A32 %s is %s", (text, word) => {
  expect(assemble(text)).toBe(word);
});
test.each([
  ["movs r0, #255", "20ff"],
  ["mov r0, #-1", "f04f30ff"],
  ["mov r0, #0x1234", "f2412034"],
  ["mov r0, r1", "4608"],
  ["movs r0, r1", "0008"],
  ["mov.w r0, r1, lsl #3", "ea4f00c1"],
  ["lsls r0, r0, #1", "0040"],
  ["lsrs r0, r1, #32", "0808"],
  ["adds r0, #1", "3001"],
  ["adds r0, r1, #1", "1c48"],
  ["add r0, r1, #1", "f1010001"],
  ["add r0, r1, #4095", "f60170ff"],
  ["add r0, r1, #-4", "f1a10004"],
  ["add sp, #8", "b002"],
  ["sub sp, sp, #512", "f5ad7d00"],
  ["add r0, sp, #4", "a801"],
  ["add r8, r1", "4488"],
  ["rsbs r0, r1, #0", "4248"],
  ["adr r0, 0x8008", "a001"],
  ["adr r0, 0x8000", "f2af0004"],
  ["cmp r8, r1", "4588"],
  ["movs pc, lr", "f3de8f00"],
  ["subs pc, lr, #4", "f3de8f04"],
  ["nop", "bf00"],
])("T32 %s is %s", (text, word) => {
  expect(assemble(text, true)).toBe(word);
});
test("inside an IT block the 16-bit arithmetic has no S", () => {
  expect(assemble("addeq r0, r0, #1", true, 0)).toBe("1c40");
  expect(assemble("moveq r0, r1", true, 0)).toBe("4608");
});
test("constants that no 32-bit word holds are refused", () => {
  expect(() => assemble("mov r0, #0x100000000")).toThrow(/no A32 instruction/);
  expect(() => assemble("mov r0, #0x12345678")).toThrow(/no A32 instruction/);
});

test("a flag-setting write of the PC returns from an exception, but not from HYP, User or System mode", () => {
  const ending = (mode: keyof typeof MODE, policy: UnpredictablePolicy): string | undefined =>
    kinds(translate("a32", 0xe25ef004, MODE[mode], policy)).at(-1);
  for (const mode of ["svc", "abt", "und", "irq", "fiq", "mon"] as const) {
    expect(ending(mode, "stop"), mode).toBe("exitReturn");
  }
  expect(ending("hyp", "stop")).toBe("exitException");
  for (const mode of ["usr", "sys"] as const) {
    expect(ending(mode, "cortex-a15"), mode).toBe("exitException");
    expect(ending(mode, "stop"), mode).toBe("exitStop");
  }
});
test("MOV to the PC changes the instruction set in A32 alone", () => {
  expect(kinds(translate("a32", 0xe1a0f00e, MODE.svc, "stop"))).toContain("exitExchange");
  expect(kinds(translate("t16", 0x46f7, MODE.svc, "stop"))).toContain("exitJump");
});
test("a high register may be written anywhere in an IT block, the PC only at its end", () => {
  const stops = (word: number, it: number): boolean =>
    kinds(translate("t16", word, MODE.svc, "stop", it)).includes("exitStop");
  expect(stops(0x4480, 0x04)).toBe(false); // add r8, r0
  expect(stops(0x4687, 0x04)).toBe(true); // mov pc, r0
  expect(stops(0x4687, 0x08)).toBe(false);
});
test("a plain write of R15, by an UNPREDICTABLE encoding that is executed, is a branch", () => {
  const ir = new IrBuilder(
    { thumb: false, it: 0, bigEndian: false, mode: MODE.svc },
    "cortex-a15",
    0,
  );
  ir.setReg(15, ir.const(0x8002));
  expect(ir.block.nodes.at(-1)?.kind).toBe("exitJump");
  expect(ir.ended).toBe(true);
});
