/** SVC, HVC, SMC, ERET, BKPT and UDF. */
import { SLOT } from "../../arch/index.js";
import {
  encoding,
  instruction,
  unpredictable,
  type Instruction,
  type Unpredictable,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { immediateElement, unsignedImmediate, type Element } from "../syntax/element.js";

interface Immediate {
  readonly immediate: number;
}
/** An immediate split over two fields; `#` or not as objdump prints it, in decimal or hexadecimal. */
const split = (
  high: string,
  low: string,
  lowWidth: number,
  total: number,
  show?: (n: number) => string,
): Element =>
  immediateElement(
    (f) => (f[high]! << lowWidth) | f[low]!,
    (n) =>
      n >= 0 && n < 2 ** total
        ? { [high]: n >>> lowWidth, [low]: n & (2 ** lowWidth - 1) }
        : undefined,
    show,
  );
const bare = (inner: Element): Element => ({
  print: (f, c) => inner.print(f, c).slice(1),
  parse: (t, a, c) => inner.parse(t, a, c),
});
const hexText =
  (digits: number) =>
  (n: number): string =>
    `0x${n.toString(16).padStart(digits, "0")}`;
const hexField = (field: string, width: number): Element =>
  immediateElement(
    (f) => f[field]!,
    (n) => (n >= 0 && n < 2 ** width ? { [field]: n } : undefined),
    hexText(width === 24 ? 8 : 4),
  );

const SVC = instruction<Immediate>({
  name: "SVC",
  ref: "A8.8.228",
  summary: "Calls the operating system.",
  encodings: [
    encoding("A1", "cond:4 1111 imm24:24", {
      asm: "svc<c> <imm>",
      elements: { imm: bare(hexField("imm24", 24)) },
      operands: (f) => ({ immediate: f.imm24 }),
    }),
    encoding("T1", "11011111 imm8:8", {
      asm: "svc<c> <imm>",
      elements: { imm: bare(unsignedImmediate("imm8", 8)) },
      operands: (f) => ({ immediate: f.imm8 }),
    }),
  ],
  execute: (ir, o) => ir.exception("svc", o.immediate),
});
const HVC = instruction<Immediate>({
  name: "HVC",
  ref: "B9.3.4",
  summary: "Calls the occupant of HYP mode.",
  encodings: [
    encoding("A1", "cond:4 00010100 imm12:12 0111 imm4:4", {
      asm: "hvc<c> <imm>",
      elements: { imm: bare(split("imm12", "imm4", 4, 16)) },
      unpredictable: [
        {
          what: "cond is not AL",
          when: (f) => f.cond !== 14,
          choice: { "cortex-a15": "execute", "reference-emulator": "execute" },
        },
      ],
      operands: (f) => ({ immediate: (f.imm12 << 4) | f.imm4 }),
    }),
    encoding("T1", "111101111110 imm4:4 1000 imm12:12", {
      asm: "hvc<c> <imm>",
      elements: { imm: split("imm4", "imm12", 12, 16) },
      it: "outside",
      operands: (f) => ({ immediate: (f.imm4 << 12) | f.imm12 }),
    }),
  ],
  execute: (ir, o) => (ir.state.mode.pl === 0 ? ir.undefined() : ir.exception("hvc", o.immediate)),
});
const SMC = instruction<Immediate>({
  name: "SMC",
  ref: "B9.3.14",
  summary: "Calls Secure firmware.",
  encodings: [
    encoding("A1", "cond:4 00010110 (0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0) 0111 imm4:4", {
      asm: "smc<c> <imm>",
      elements: { imm: bare(unsignedImmediate("imm4", 4)) },
      operands: (f) => ({ immediate: f.imm4 }),
    }),
    encoding("T1", "111101111111 imm4:4 1000 (0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)", {
      asm: "smc<c> <imm>",
      elements: { imm: unsignedImmediate("imm4", 4) },
      it: "last-or-outside",
      operands: (f) => ({ immediate: f.imm4 }),
    }),
  ],
  execute: (ir, o) => (ir.state.mode.pl === 0 ? ir.undefined() : ir.exception("smc", o.immediate)),
});
/** User and System mode have no SPSR. */
export const withoutSpsr: Unpredictable<FieldMap> = unpredictable(
  "exception return in User or System mode",
  (_f, { mode }) => mode.name === "usr" || mode.name === "sys",
  "undefined",
);
const ERET = instruction<object>({
  name: "ERET",
  ref: "B9.3.3",
  summary: "Returns from an exception: ELR_hyp in HYP mode, LR elsewhere.",
  encodings: [
    encoding("A1", "cond:4 00010110 (0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0) 0110 (1)(1)(1)(0)", {
      asm: "eret<c>",
      unpredictable: [withoutSpsr],
      operands: () => ({}),
    }),
    encoding("T1", "111100111101 1110 1000111100000000", {
      asm: [
        { text: "eret<c>" },
        { text: "subs<c> pc, lr, #0", parseOnly: true },
        { text: "movs<c> pc, lr", parseOnly: true },
      ],
      it: "last-or-outside",
      unpredictable: [withoutSpsr],
      operands: () => ({}),
    }),
  ],
  execute(ir) {
    const { name } = ir.state.mode;
    if (name === "usr" || name === "sys") ir.undefined();
    else ir.exceptionReturn(name === "hyp" ? ir.get(SLOT.ELR_hyp) : ir.reg(14), ir.spsr());
  },
});
const BKPT = instruction<Immediate>({
  name: "BKPT",
  ref: "A8.8.24",
  summary: "Software breakpoint.",
  encodings: [
    encoding("A1", "cond:4 00010010 imm12:12 0111 imm4:4", {
      asm: "bkpt<c> <imm>",
      elements: { imm: bare(split("imm12", "imm4", 4, 16, hexText(4))) },
      unpredictable: [
        {
          what: "cond is not AL",
          when: (f) => f.cond !== 14,
          choice: { "cortex-a15": "execute", "reference-emulator": "execute" },
        },
      ],
      operands: (f) => ({ immediate: (f.imm12 << 4) | f.imm4 }),
    }),
    encoding("T1", "10111110 imm8:8", {
      asm: "bkpt <imm>",
      elements: {
        imm: bare(
          immediateElement(
            (f) => f["imm8"]!,
            (n) => (n >= 0 && n < 256 ? { imm8: n } : undefined),
            hexText(4),
          ),
        ),
      },
      unconditional: true,
      operands: (f) => ({ immediate: f.imm8 }),
    }),
  ],
  execute: (ir, o) => ir.exception("bkpt", o.immediate),
});
const UDF = instruction<Immediate>({
  name: "UDF",
  ref: "A8.8.247",
  summary: "Permanently UNDEFINED.",
  encodings: [
    encoding("A1", "111001111111 imm12:12 1111 imm4:4", {
      asm: "udf <imm>",
      elements: { imm: split("imm12", "imm4", 4, 16) },
      operands: (f) => ({ immediate: (f.imm12 << 4) | f.imm4 }),
    }),
    encoding("T1", "11011110 imm8:8", {
      asm: "udf<c> <imm>",
      elements: { imm: unsignedImmediate("imm8", 8) },
      operands: (f) => ({ immediate: f.imm8 }),
    }),
    encoding("T2", "111101111111 imm4:4 1010 imm12:12", {
      asm: "udf<c><w> <imm>",
      elements: { imm: split("imm4", "imm12", 12, 16) },
      operands: (f) => ({ immediate: (f.imm4 << 12) | f.imm12 }),
    }),
  ],
  execute: (ir) => ir.undefined(),
});

export const EXCEPTION_INSTRUCTIONS: readonly Instruction[] = [SVC, HVC, SMC, ERET, BKPT, UDF];
