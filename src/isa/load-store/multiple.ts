/**
 * LDM, STM, PUSH and POP. PUSH and POP of one register in T32 are stores and loads with writeback; objdump prints
 * them as those.
 */
import type { IrBuilder } from "../../ir/index.js";
import { strictEncoding } from "../composed-encoding.js";
import {
  instruction,
  UNDEFINED_IN_REFERENCE,
  unpredictable,
  type AsmForm,
  type Encoding,
  type Instruction,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import {
  ALIGNED,
  blockOperands,
  loadRegisters,
  modeBits,
  MODES4,
  span,
  type Multiple,
} from "./block-transfer.js";
import { list16, registerList, registersIn } from "./register-list.js";

type F = FieldMap;
const load = (ir: IrBuilder, o: Multiple): void => {
  const pc = loadRegisters(ir, o);
  if (pc !== undefined) ir.loadWritePC(pc);
};
const store = (ir: IrBuilder, o: Multiple): void => {
  const base = ir.reg(o.n);
  const registers = registersIn(o.list);
  const { start, updated } = span(ir, base, registers.length, o.mode);
  registers.forEach((r, i) => ir.store(ir.add(start, ir.const(4 * i)), 4, ir.reg(r), ALIGNED));
  if (o.writeback) ir.setReg(o.n, updated);
};
const count = (f: F): number => registersIn(f["list"]!).length;
const a32Rules = (isLoad: boolean) => [
  unpredictable(
    "Rn is PC or no register is listed",
    (f: F) => f["Rn"] === 15 || f["list"] === 0,
    UNDEFINED_IN_REFERENCE,
  ),
  ...(isLoad
    ? [
        unpredictable(
          "writeback with Rn in the list",
          (f: F) => f["W"] === 1 && ((f["list"]! >>> f["Rn"]!) & 1) === 1,
          UNDEFINED_IN_REFERENCE,
        ),
      ]
    : [
        unpredictable(
          "writeback with Rn in the list and not the lowest",
          (f: F) =>
            f["W"] === 1 &&
            ((f["list"]! >>> f["Rn"]!) & 1) === 1 &&
            (f["list"]! & (2 ** f["Rn"]! - 1)) !== 0,
        ),
      ]),
];

const blockTransfers = (isLoad: boolean): Instruction => {
  const L = isLoad ? 1 : 0;
  const name = isLoad ? "ldm" : "stm";
  const pushPop: AsmForm = isLoad
    ? {
        text: "pop<c> <list>",
        fields: { P: 0, U: 1, W: 1, Rn: 13 },
        when: (f) => f["P"] === 0 && f["U"] === 1 && f["W"] === 1 && f["Rn"] === 13 && count(f) > 1,
      }
    : {
        text: "push<c> <list>",
        fields: { P: 1, U: 0, W: 1, Rn: 13 },
        when: (f) => f["P"] === 1 && f["U"] === 0 && f["W"] === 1 && f["Rn"] === 13 && count(f) > 1,
      };
  const forms: AsmForm[] = MODES4.flatMap((mode, pu) => {
    const { fields, when } = modeBits(pu);
    // Stack names: full descending is DB to store and IA to load.
    const stack = isLoad
      ? { da: "fa", ia: "fd", db: "ea", ib: "ed" }[mode]
      : { da: "ed", ia: "ea", db: "fd", ib: "fa" }[mode];
    const plain: AsmForm[] =
      mode !== "ia"
        ? []
        : isLoad
          ? [
              {
                text: "ldm<c> <Rn><!>, <list>",
                fields,
                when: (f) => when(f) && !(f["Rn"] === 13 && f["W"] === 1),
              },
              { text: "ldmfd<c> <Rn><!>, <list>", fields, when },
            ]
          : [
              // objdump says stm without writeback and stmia with it.
              { text: "stm<c> <Rn><!>, <list>", fields, when: (f) => when(f) && f["W"] === 0 },
              { text: "stmia<c> <Rn><!>, <list>", fields, when },
            ];
    const full: AsmForm[] =
      mode === "db" && !isLoad
        ? [
            {
              text: `${name}fd<c> <Rn><!>, <list>`,
              fields,
              when: (f) => when(f) && f["Rn"] === 13 && f["W"] === 1,
            },
          ]
        : [];
    return [
      ...plain,
      ...full,
      { text: `${name}${mode}<c> <Rn><!>, <list>`, fields, when },
      { text: `${name}${stack}<c> <Rn><!>, <list>`, fields, parseOnly: true },
    ];
  });
  const t16: Encoding<Multiple>[] = [
    strictEncoding("T1", `1100 ${L} Rn:3 list:8`, {
      asm: isLoad
        ? [
            {
              text: "ldmia<c> <Rn>!, <list>",
              when: (f: F) => ((f["list"]! >>> f["Rn"]!) & 1) === 0,
            },
            { text: "ldmia<c> <Rn>, <list>" },
            { text: "ldm<c> <Rn>!, <list>", parseOnly: true },
          ]
        : [{ text: "stmia<c> <Rn>!, <list>" }, { text: "stm<c> <Rn>!, <list>", parseOnly: true }],
      elements: { list: list16 },
      unpredictable: [
        unpredictable("no register is listed", (f: F) => f["list"] === 0, UNDEFINED_IN_REFERENCE),
        ...(isLoad
          ? []
          : [
              unpredictable(
                "Rn in the list and not the lowest",
                (f: F) =>
                  ((f["list"]! >>> f["Rn"]!) & 1) === 1 && (f["list"]! & (2 ** f["Rn"]! - 1)) !== 0,
              ),
            ]),
      ],
      operands: (f: F) => ({
        n: f["Rn"]!,
        list: f["list"]!,
        mode: "ia",
        writeback: !isLoad || ((f["list"]! >>> f["Rn"]!) & 1) === 0,
      }),
    }),
    strictEncoding("T1", `1011 ${L} 10 top:1 list:8`, {
      asm: isLoad ? "pop<c> <list>" : "push<c> <list>",
      elements: {
        list: registerList(
          (f) => f["list"]! | (f["top"]! << (isLoad ? 15 : 14)),
          (list) => {
            const top = isLoad ? 15 : 14;
            return (list & ~(0xff | (1 << top))) === 0
              ? { list: list & 0xff, top: (list >>> top) & 1 }
              : undefined;
          },
        ),
      },
      unpredictable: [
        unpredictable(
          "no register is listed",
          (f: F) => f["list"] === 0 && f["top"] === 0,
          UNDEFINED_IN_REFERENCE,
        ),
      ],
      operands: (f: F) => ({
        n: 13,
        list: f["list"]! | (f["top"]! << (isLoad ? 15 : 14)),
        mode: isLoad ? "ia" : "db",
        writeback: true,
      }),
    }),
  ];
  const t32 = (["ia", "db"] as const).map((mode) => {
    const down = mode === "db";
    const special: AsmForm[] =
      isLoad && !down
        ? [{ text: "pop<c><w> <list>", fields: { Rn: 13, W: 1 }, parseOnly: true }]
        : !isLoad && down
          ? [{ text: "push<c><w> <list>", fields: { Rn: 13, W: 1 }, parseOnly: true }]
          : [];
    return strictEncoding<Multiple>("T2", `1110100 ${down ? "10" : "01"} 0 W:1 ${L} Rn:4 list:16`, {
      asm: [
        ...special,
        { text: `${name}${mode}<c>${down ? "" : "<w>"} <Rn><!>, <list>` },
        { text: `${name}<c><w> <Rn><!>, <list>`, parseOnly: true, when: () => !down },
      ],
      elements: { list: list16 },
      unpredictable: [
        unpredictable(
          "Rn is PC or no register is listed",
          (f: F) => f["Rn"] === 15 || f["list"] === 0,
          UNDEFINED_IN_REFERENCE,
        ),
        unpredictable(
          "one register, or SP listed",
          (f: F) => count(f) === 1 || ((f["list"]! >>> 13) & 1) === 1,
        ),
        unpredictable("PC listed where it may not be", (f: F) =>
          isLoad ? f["list"]! >>> 14 === 3 : f["list"]! >>> 15 === 1,
        ),
        unpredictable(
          "writeback with Rn in the list",
          (f: F) => f["W"] === 1 && ((f["list"]! >>> f["Rn"]!) & 1) === 1,
          UNDEFINED_IN_REFERENCE,
        ),
      ],
      operands: (f: F) => ({ n: f["Rn"]!, list: f["list"]!, mode, writeback: f["W"] === 1 }),
    });
  });
  return instruction<Multiple>({
    name: isLoad ? "LDM" : "STM",
    ref: isLoad ? "A8.8.58" : "A8.8.199",
    summary: "Transfers several registers.",
    encodings: [
      strictEncoding("A1", `cond:4 100 P:1 U:1 0 W:1 ${L} Rn:4 list:16`, {
        asm: [pushPop, ...forms],
        elements: { list: list16 },
        unpredictable: a32Rules(isLoad),
        operands: (f: F) => blockOperands(f),
      }),
      ...t16,
      ...t32,
    ],
    execute: isLoad ? load : store,
  });
};

export const MULTIPLE: readonly Instruction[] = [blockTransfers(true), blockTransfers(false)];
