/** SUBS PC, LR and related: flag-setting data-processing that writes the PC returns from an exception. */
import {
  type AsmForm,
  encoding,
  instruction,
  UNDEFINED_IN_REFERENCE,
  unpredictable,
  type Unpredictable,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { unsignedImmediate } from "../syntax/element.js";
import { withoutSpsr } from "../system/exceptions.js";
import { armExpandImm, armImmediate } from "../syntax/modified-immediate.js";
import { decodeImmShift, shiftElement } from "../syntax/shift-element.js";
import { EXCEPTION_RETURN } from "./a32-standard.js";
import { shiftAmount } from "./operand-elements.js";
import {
  evaluateOperand2,
  plainImmediate,
  returnFromException,
  type Operand2,
} from "./operand2.js";
import { operationNamed, OPERATIONS, type Operation } from "./operations.js";

interface Return {
  readonly operation: Operation;
  readonly n: number;
  readonly operand: Operand2;
}

/** Operations that write Rd, by opcode. */
const RETURNING = OPERATIONS.filter((o) => o.shape !== "n" && o.a32 !== undefined);
const opcodeOf = (o: Operation): number => Number.parseInt(o.a32!, 2);
const operationOf = (opcode: number): Operation => RETURNING.find((o) => opcodeOf(o) === opcode)!;
const COMPARES = OPERATIONS.filter((o) => o.shape === "n").map((o) => o.name);

const moveWithRn: Unpredictable<FieldMap> = unpredictable(
  "a move with an Rn that is not 0000",
  (f) => operationOf(f["opcode"]!).shape === "d" && f["Rn"] !== 0,
  UNDEFINED_IN_REFERENCE,
);

/** One form an opcode: "subs<c> pc, <Rn>, ..." and "movs<c> pc, ...". */
const forms = (operand: string): AsmForm[] =>
  RETURNING.map((o) => ({
    text: `${o.name.toLowerCase()}s<c> pc, ${o.shape === "dn" ? "<Rn>, " : ""}${operand}`,
    fields: { opcode: opcodeOf(o) },
    when: (f) => f["opcode"] === opcodeOf(o),
  }));
const isMove = (f: FieldMap, type: number): boolean =>
  f["opcode"] === opcodeOf(operationNamed("MOV")) && f["type"] === type;
/** MOVS PC of a shifted register is written as the shift. */
const shiftForms: AsmForm[] = [
  {
    text: "rrxs<c> pc, <Rm>",
    fields: { opcode: 13, type: 3, imm5: 0 },
    when: (f) => isMove(f, 3) && f["imm5"] === 0,
  },
  ...["lsl", "lsr", "asr", "ror"].map((name, type) => ({
    text: `${name}s<c> pc, <Rm>, <${name}>`,
    fields: { opcode: 13, type },
    when: (f: FieldMap) => isMove(f, type) && (f["imm5"] !== 0 || type === 1 || type === 2),
  })),
];

export const EXCEPTION_RETURNS = [
  instruction<Return>({
    name: EXCEPTION_RETURN,
    ref: "B9.3.20",
    summary: "Returns from an exception: PC := result, CPSR := SPSR.",
    encodings: [
      encoding("A1", "cond:4 001 opcode:4 1 Rn:4 1111 imm12:12", {
        asm: forms("<const>"),
        elements: { const: armImmediate },
        see: COMPARES.map((name) => `${name} (immediate)`),
        unpredictable: [moveWithRn, withoutSpsr],
        operands: (f) => ({
          operation: operationOf(f.opcode),
          n: f.Rn,
          operand: { kind: "immediate", immediate: armExpandImm(f.imm12) },
        }),
      }),
      encoding("A2", "cond:4 000 opcode:4 1 Rn:4 1111 imm5:5 type:2 0 Rm:4", {
        asm: [...shiftForms, ...forms("<Rm><shift>")],
        elements: {
          shift: shiftElement("imm5"),
          ...Object.fromEntries(
            ["lsl", "lsr", "asr", "ror"].map((name, type) => [name, shiftAmount("imm5", type)]),
          ),
        },
        see: COMPARES.map((name) => `${name} (register)`),
        unpredictable: [moveWithRn, withoutSpsr],
        operands: (f) => ({
          operation: operationOf(f.opcode),
          n: f.Rn,
          operand: { kind: "shift", m: f.Rm, ...decodeImmShift(f.type, f.imm5) },
        }),
      }),
    ],
    execute: returnBody,
  }),
  instruction<Return>({
    name: "SUBS PC, LR (T32)",
    ref: "B9.3.19",
    summary: "Returns from an exception to LR less a constant.",
    encodings: [
      encoding("T1", "111100111101 (1)(1)(1)(0) 10 (0) 0 (1)(1)(1)(1) imm8:8", {
        asm: "subs<c> pc, lr, <imm>",
        elements: { imm: unsignedImmediate("imm8", 8) },
        see: ["ERET"],
        it: "last-or-outside",
        shouldBe: UNDEFINED_IN_REFERENCE,
        unpredictable: [withoutSpsr],
        operands: (f) => ({
          operation: operationNamed("SUB"),
          n: 14,
          operand: plainImmediate(f.imm8),
        }),
      }),
    ],
    execute: returnBody,
  }),
];

function returnBody(ir: Parameters<typeof returnFromException>[0], o: Return): void {
  const { result: m } = evaluateOperand2(ir, o.operand);
  const computed = o.operation.compute(ir, o.operation.shape === "d" ? m : ir.reg(o.n), m);
  returnFromException(ir, typeof computed === "number" ? computed : computed.result);
}
