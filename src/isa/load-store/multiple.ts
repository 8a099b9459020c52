/** LDM, STM, PUSH, POP in all forms, SRS and RFE. */
import { MODE, MODES, registerSlot } from "../../arch/index.js";
import type { IrBuilder, Value } from "../../ir/index.js";
import {
  encoding,
  instruction,
  UNDEFINED_IN_REFERENCE,
  unpredictable,
  type AsmForm,
  type Encoding,
  type Instruction,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import {
  identifierAt,
  REGISTER_NAMES,
  registerNamed,
  skipSpace,
  type Element,
} from "../syntax/element.js";

type F = FieldMap;
const made = <O>(
  label: Encoding["label"],
  pattern: string,
  spec: Parameters<typeof encoding<string, O>>[2],
): Encoding<O> =>
  encoding<string, O>(label, pattern, { shouldBe: UNDEFINED_IN_REFERENCE, ...spec });
const bits = (list: number): number[] => {
  const found: number[] = [];
  for (let n = 0; n < 16; n++) if (((list >>> n) & 1) === 1) found.push(n);
  return found;
};

/** "{r0, r1, pc}" out of a list that fields make up. */
const registerList = (get: (f: F) => number, set: (list: number) => F | undefined): Element => ({
  print: (f) =>
    `{${bits(get(f))
      .map((n) => REGISTER_NAMES[n]!)
      .join(", ")}}`,
  parse(text, at) {
    if (text[at] !== "{") return [];
    let list = 0;
    let i = skipSpace(text, at + 1);
    while (text[i] !== "}" && i < text.length) {
      const name = identifierAt(text, i);
      const first = registerNamed(name);
      if (first === undefined) return [];
      i = skipSpace(text, i + name.length);
      let last = first;
      if (text[i] === "-") {
        i = skipSpace(text, i + 1);
        const end = identifierAt(text, i);
        const n = registerNamed(end);
        if (n === undefined || n < first) return [];
        last = n;
        i = skipSpace(text, i + end.length);
      }
      for (let n = first; n <= last; n++) list |= 1 << n;
      if (text[i] === ",") i = skipSpace(text, i + 1);
    }
    const fields = text[i] === "}" ? set(list) : undefined;
    return fields === undefined ? [] : [{ fields, end: i + 1 }];
  },
});
const list16 = registerList(
  (f) => f["list"]!,
  (list) => ({ list }),
);

type ModeLetters = "da" | "ia" | "db" | "ib";
/** By the bits P and U. */
const MODES4: readonly ModeLetters[] = ["da", "ia", "db", "ib"];
export interface Multiple {
  readonly n: number;
  readonly list: number;
  readonly mode: ModeLetters;
  readonly writeback: boolean;
}
/** Lowest address and the base's new value. */
const span = (
  ir: IrBuilder,
  base: Value,
  count: number,
  mode: ModeLetters,
): { start: Value; updated: Value } => {
  const bytes = count * 4;
  const start = { da: 4 - bytes, ia: 0, db: -bytes, ib: 4 }[mode];
  const up = mode === "ia" || mode === "ib";
  return {
    start: ir.add(base, ir.const(start)),
    updated: ir.add(base, ir.const(up ? bytes : -bytes)),
  };
};
const ALIGNED = { aligned: true } as const;

const load = (ir: IrBuilder, o: Multiple): void => {
  const base = ir.reg(o.n);
  const registers = bits(o.list);
  const { start, updated } = span(ir, base, registers.length, o.mode);
  let pc: Value | undefined;
  let ownBase: Value | undefined;
  registers.forEach((r, i) => {
    const value = ir.load(ir.add(start, ir.const(4 * i)), 4, ALIGNED);
    // The base is written last: a fault on the way leaves it as it was.
    if (r === 15) pc = value;
    else if (r === o.n) ownBase = value;
    else ir.setReg(r, value);
  });
  if (ownBase !== undefined) ir.setReg(o.n, ownBase);
  else if (o.writeback) ir.setReg(o.n, updated);
  if (pc !== undefined) ir.loadWritePC(pc);
};
const store = (ir: IrBuilder, o: Multiple): void => {
  const base = ir.reg(o.n);
  const registers = bits(o.list);
  const { start, updated } = span(ir, base, registers.length, o.mode);
  registers.forEach((r, i) => ir.store(ir.add(start, ir.const(4 * i)), 4, ir.reg(r), ALIGNED));
  if (o.writeback) ir.setReg(o.n, updated);
};
const count = (f: F): number => bits(f["list"]!).length;
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
    const fields = { P: pu >> 1, U: pu & 1 };
    const when = (f: F): boolean => f["P"] === fields.P && f["U"] === fields.U;
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
  const operands = (f: F): Multiple => ({
    n: f["Rn"]!,
    list: f["list"]!,
    mode: MODES4[(f["P"]! << 1) | f["U"]!]!,
    writeback: f["W"] === 1,
  });
  const t16: Encoding<Multiple>[] = [
    made("T1", `1100 ${L} Rn:3 list:8`, {
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
    made("T1", `1011 ${L} 10 top:1 list:8`, {
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
      ...(isLoad ? {} : {}),
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
    return made<Multiple>("T2", `1110100 ${down ? "10" : "01"} 0 W:1 ${L} Rn:4 list:16`, {
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
      made("A1", `cond:4 100 P:1 U:1 0 W:1 ${L} Rn:4 list:16`, {
        asm: [pushPop, ...forms],
        elements: { list: list16 },
        unpredictable: a32Rules(isLoad),
        operands,
      }),
      ...t16,
      ...t32,
    ],
    execute: isLoad ? load : store,
  });
};
/** One-register PUSH and POP of T32 are stores and loads with writeback; objdump prints them as those. */

/** LDM and STM with the S bit: User registers, or exception return when PC is loaded (B9.3.5, B9.3.6). */
const special = (isLoad: boolean): Instruction[] => {
  const name = isLoad ? "ldm" : "stm";
  const forms = (suffix: string): AsmForm[] =>
    MODES4.flatMap((mode, pu) => {
      const fields = { P: pu >> 1, U: pu & 1 };
      const when = (f: F): boolean => f["P"] === fields.P && f["U"] === fields.U;
      const text = `${name}${mode === "ia" && isLoad ? "" : mode}<c> <Rn>${suffix}, <list>^`;
      return [
        ...(mode === "db" && !isLoad
          ? [
              {
                text: `${name}fd<c> <Rn>${suffix}, <list>^`,
                fields,
                when: (f: F) => when(f) && f["Rn"] === 13 && f["W"] === 1,
              },
            ]
          : []),
        { text, fields, when },
      ];
    });
  const operands = (f: F): Multiple => ({
    n: f["Rn"]!,
    list: f["list"]!,
    mode: MODES4[(f["P"]! << 1) | f["U"]!]!,
    writeback: f["W"] === 1,
  });
  const user = instruction<Multiple>({
    name: `${name.toUpperCase()} (User registers)`,
    ref: isLoad ? "B9.3.6" : "B9.3.17",
    summary: "Transfers the User mode registers.",
    encodings: [
      made<Multiple>(
        "A1",
        `cond:4 100 P:1 U:1 1 ${isLoad ? "W:1" : "W:1"} ${isLoad ? 1 : 0} Rn:4 list:16`,
        {
          asm: forms("<!>"),
          elements: { list: list16 },
          see: isLoad ? ["LDM (exception return)"] : [],
          unpredictable: [
            unpredictable(
              "Rn is PC or no register is listed",
              (f: F) => f["Rn"] === 15 || f["list"] === 0,
              UNDEFINED_IN_REFERENCE,
            ),
            unpredictable("writeback", (f: F) => f["W"] === 1),
            unpredictable(
              "User or System mode",
              (_f: F, { mode }) => mode.name === "usr" || mode.name === "sys",
              "undefined",
            ),
          ],
          operands,
        },
      ),
    ],
    execute(ir, o) {
      const { name: mode } = ir.state.mode;
      // UNDEFINED in HYP mode, UNPREDICTABLE in usr and sys mode: taken as UNDEFINED.
      if (mode === "hyp" || mode === "usr" || mode === "sys") return ir.undefined();
      const registers = bits(o.list);
      const { start, updated } = span(ir, ir.reg(o.n), registers.length, o.mode);
      registers.forEach((r, i) => {
        const address = ir.add(start, ir.const(4 * i));
        if (isLoad) ir.setUserReg(r, ir.load(address, 4, ALIGNED));
        else ir.store(address, 4, r === 15 ? ir.pcValue() : ir.userReg(r), ALIGNED);
      });
      if (o.writeback) ir.setReg(o.n, updated);
    },
  });
  if (!isLoad) return [user];
  const exceptionReturn = instruction<Multiple>({
    name: "LDM (exception return)",
    ref: "B9.3.5",
    summary: "Loads registers and PC, and CPSR from SPSR.",
    encodings: [
      made<Multiple>("A1", "cond:4 100 P:1 U:1 1 W:1 1 Rn:4 1 low:15", {
        asm: forms("<!>"),
        elements: {
          list: registerList(
            (f) => f["low"]! | 0x8000,
            (list) => (list >>> 15 === 1 ? { low: list & 0x7fff } : undefined),
          ),
        },
        unpredictable: [
          unpredictable(
            "Rn is PC, or writeback with Rn in the list",
            (f: F) => f["Rn"] === 15 || (f["W"] === 1 && ((f["low"]! >>> f["Rn"]!) & 1) === 1),
            UNDEFINED_IN_REFERENCE,
          ),
          unpredictable(
            "in User or System mode",
            (_f: F, { mode }) => mode.name === "usr" || mode.name === "sys",
            "undefined",
          ),
        ],
        operands: (f: F) => ({ ...operands({ ...f, list: f["low"]! | 0x8000 }) }),
      }),
    ],
    execute(ir, o) {
      const { name: mode } = ir.state.mode;
      if (mode === "hyp" || mode === "usr" || mode === "sys") return ir.undefined();
      const registers = bits(o.list);
      const { start, updated } = span(ir, ir.reg(o.n), registers.length, o.mode);
      let pc = start;
      let ownBase: Value | undefined;
      registers.forEach((r, i) => {
        const value = ir.load(ir.add(start, ir.const(4 * i)), 4, ALIGNED);
        if (r === 15) pc = value;
        else if (r === o.n) ownBase = value;
        else ir.setReg(r, value);
      });
      if (ownBase !== undefined) ir.setReg(o.n, ownBase);
      else if (o.writeback) ir.setReg(o.n, updated);
      ir.exceptionReturn(pc, ir.spsr());
    },
  });
  return [user, exceptionReturn];
};

// ---- SRS and RFE --------------------------------------------------------------------------------------

interface StoreReturn {
  /** CPSR.M encoding of the mode whose stack is used. */
  readonly mode: number;
  readonly order: ModeLetters;
  readonly writeback: boolean;
}
const SRS = instruction<StoreReturn>({
  name: "SRS",
  ref: "B9.3.15",
  summary: "Stores LR and SPSR to a mode's stack.",
  encodings: [
    made<StoreReturn>(
      "A1",
      "1111100 P:1 U:1 1 W:1 0 (1)(1)(0)(1) (0)(0)(0)(0)(0)(1)(0)(1)(0)(0)(0) mode:5",
      {
        asm: MODES4.map((order, pu) => ({
          text: `srs${order} sp<!>, #<mode>`,
          fields: { P: pu >> 1, U: pu & 1 },
          when: (f: F) => f["P"] === pu >> 1 && f["U"] === (pu & 1),
        })),
        elements: { mode: bareNumber("mode") },
        operands: (f: F) => ({
          mode: f["mode"]!,
          order: MODES4[(f["P"]! << 1) | f["U"]!]!,
          writeback: f["W"] === 1,
        }),
      },
    ),
    ...(
      [
        ["T1", "00", "db"],
        ["T2", "11", "ia"],
      ] as const
    ).map(([label, op, order]) =>
      made<StoreReturn>(
        label,
        `1110100 ${op} 0 W:1 0 (1)(1)(0)(1) (1)(1)(0)(0)(0)(0)(0)(0)(0)(0)(0) mode:5`,
        {
          asm: `srs${order}<c> sp<!>, #<mode>`,
          elements: { mode: bareNumber("mode") },
          it: "last-or-outside",
          operands: (f: F) => ({ mode: f["mode"]!, order, writeback: f["W"] === 1 }),
        },
      ),
    ),
  ],
  execute(ir, o) {
    const current = ir.state.mode.name;
    const target = MODES.find((m) => m.encoding === o.mode);
    if (
      current === "hyp" ||
      current === "usr" ||
      current === "sys" ||
      target === undefined ||
      target.name === "hyp" ||
      target.name === "mon"
    )
      return ir.undefined();
    const slot = registerSlot(13, target);
    const { start, updated } = span(ir, ir.get(slot), 2, o.order);
    ir.store(start, 4, ir.reg(14), ALIGNED);
    ir.store(ir.add(start, ir.const(4)), 4, ir.spsr(), ALIGNED);
    if (o.writeback) ir.put(slot, updated);
  },
});
function bareNumber(field: string): Element {
  return {
    print: (f) => String(f[field]!),
    parse(text, at) {
      const match = /^\d+/.exec(text.slice(at));
      return match === null
        ? []
        : [{ fields: { [field]: Number(match[0]) }, end: at + match[0].length }];
    },
  };
}
const RFE = instruction<{ n: number; order: ModeLetters; writeback: boolean }>({
  name: "RFE",
  ref: "B9.3.13",
  summary: "Loads PC and CPSR from memory.",
  encodings: [
    made("A1", "1111100 P:1 U:1 0 W:1 1 Rn:4 (0)(0)(0)(0)(1)(0)(1)(0)(0)(0)(0)(0)(0)(0)(0)(0)", {
      asm: MODES4.map((order, pu) => ({
        text: `rfe${order} <Rn><!>`,
        fields: { P: pu >> 1, U: pu & 1 },
        when: (f: F) => f["P"] === pu >> 1 && f["U"] === (pu & 1),
      })),
      unpredictable: [unpredictable("Rn is PC", (f: F) => f["Rn"] === 15)],
      operands: (f: F) => ({
        n: f["Rn"]!,
        order: MODES4[(f["P"]! << 1) | f["U"]!]!,
        writeback: f["W"] === 1,
      }),
    }),
    ...(
      [
        ["T1", "00", "db"],
        ["T2", "11", "ia"],
      ] as const
    ).map(([label, op, order]) =>
      made<{ n: number; order: ModeLetters; writeback: boolean }>(
        label,
        `1110100 ${op} 0 W:1 1 Rn:4 (1)(1)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)`,
        {
          asm: `rfe${order}<c> <Rn><!>`,
          it: "last-or-outside",
          unpredictable: [unpredictable("Rn is PC", (f: F) => f["Rn"] === 15)],
          operands: (f: F) => ({ n: f["Rn"]!, order, writeback: f["W"] === 1 }),
        },
      ),
    ),
  ],
  execute(ir, o) {
    const { name } = ir.state.mode;
    if (name === MODE.hyp.name || name === "usr") return ir.undefined();
    const { start, updated } = span(ir, ir.reg(o.n), 2, o.order);
    const pc = ir.load(start, 4, ALIGNED);
    const psr = ir.load(ir.add(start, ir.const(4)), 4, ALIGNED);
    if (o.writeback) ir.setReg(o.n, updated);
    ir.exceptionReturn(pc, psr);
  },
});

export const MULTIPLE: readonly Instruction[] = [
  blockTransfers(true),
  blockTransfers(false),
  ...special(true),
  ...special(false),
  SRS,
  RFE,
];
