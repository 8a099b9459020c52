/** The records of the standard operations: which encodings each of them has. */
import { instruction, type Encoding, type Instruction } from "../instruction.js";
import {
  a32Immediate,
  a32MoveRegister,
  a32Register,
  a32RegisterShifted,
  stackName,
} from "./a32-standard.js";
import {
  executeStandard,
  OPERATIONS,
  operationNamed,
  type OperandKind,
  type Operation,
  type StandardOperands,
} from "./operations.js";
import { T16_ENCODINGS, t16Register } from "./t16-standard.js";
import { t32Immediate, t32MoveRegister, t32Register, t32Wide } from "./t32-standard.js";
import { moveHalfword } from "./wide-moves.js";

const record = (
  operation: Operation,
  name: string,
  ref: string,
  encodings: readonly Encoding<StandardOperands>[],
): Instruction =>
  instruction<StandardOperands>({
    name,
    ref,
    summary: operation.summary,
    encodings,
    execute: executeStandard(operation),
  });

/** The number that the wide encoding has among the T32 encodings of a record. */
const WIDE_LABEL: Readonly<Record<OperandKind, Readonly<Record<string, "T2" | "T3">>>> = {
  immediate: { ADD: "T3", SUB: "T3", RSB: "T2", CMP: "T2", MOV: "T2" },
  register: {
    ADD: "T3",
    CMP: "T3",
    SUB: "T2",
    AND: "T2",
    EOR: "T2",
    ORR: "T2",
    BIC: "T2",
    ADC: "T2",
    SBC: "T2",
    MVN: "T2",
    TST: "T2",
    CMN: "T2",
  },
};

const immediate = (operation: Operation): Instruction => {
  const { name } = operation;
  const recordName = `${name} (immediate)`;
  return record(operation, recordName, operation.refs[0], [
    ...a32Immediate(operation),
    ...(name === "MOV" ? [moveHalfword("a32", operation)] : []),
    ...(T16_ENCODINGS[recordName] ?? []),
    ...(operation.t32 === undefined
      ? []
      : [t32Immediate(WIDE_LABEL.immediate[name] ?? "T1", operation)]),
    ...(name === "ADD" || name === "SUB" ? [t32Wide("T4", operation)] : []),
    ...(name === "MOV" ? [moveHalfword("t32", operation)] : []),
  ]);
};

const register = (operation: Operation): Instruction => {
  const { name } = operation;
  const recordName = `${name} (register)`;
  const narrow = [...t16Register(operation), ...(T16_ENCODINGS[recordName] ?? [])];
  const encodings =
    name === "MOV"
      ? [a32MoveRegister(operation), ...narrow, t32MoveRegister(operation)]
      : [
          ...a32Register(operation),
          ...narrow,
          ...(operation.t32 === undefined
            ? []
            : [t32Register(WIDE_LABEL.register[name] ?? "T1", operation)]),
        ];
  return record(operation, recordName, operation.refs[1], encodings);
};

const registerShifted = (operation: Operation): Instruction[] => {
  const [, , ref] = operation.refs;
  if (ref === undefined) return [];
  return [
    record(
      operation,
      `${operation.name} (register-shifted register)`,
      ref,
      a32RegisterShifted(operation),
    ),
  ];
};

/** ADD and SUB with the SP as first operand have sections, and UNPREDICTABLE cases, of their own. */
const stackRecords = (name: "ADD" | "SUB"): Instruction[] => {
  const operation = operationNamed(name);
  const add = name === "ADD";
  const withImmediate = stackName(operation, "immediate");
  const withRegister = stackName(operation, "register");
  return [
    record(operation, withImmediate, add ? "A8.8.9" : "A8.8.225", [
      ...a32Immediate(operation, true),
      ...(T16_ENCODINGS[withImmediate] ?? []),
      t32Immediate(add ? "T3" : "T2", operation, true),
      t32Wide(add ? "T4" : "T3", operation, true),
    ]),
    record(operation, withRegister, add ? "A8.8.10" : "A8.8.226", [
      ...a32Register(operation, true),
      ...(T16_ENCODINGS[withRegister] ?? []),
      t32Register(add ? "T3" : "T1", operation, true),
    ]),
  ];
};

export const STANDARD: readonly Instruction[] = [
  ...OPERATIONS.flatMap((operation) => [
    immediate(operation),
    register(operation),
    ...registerShifted(operation),
  ]),
  ...stackRecords("ADD"),
  ...stackRecords("SUB"),
];
