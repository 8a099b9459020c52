/** A vector op in compiled code: its row's `wasm` lane, and a call of its `run` where a guard fails. */
import {
  assembleLane,
  LANE_LOCALS,
  VECTOR_OP_NAMES,
  vectorOp,
  type LaneCode,
  type LaneLocal,
  type VectorOpName,
} from "../../ir/index.js";
import { IMPORT } from "./abi.js";
import { OP, VOID, type FunctionBody } from "../module/encoder.js";
import { BASE, FIRST_HOME } from "./frame.js";

type Operands = readonly [d: number, n: number, m: number, imm: number];

const LANES = new Map<string, LaneCode | undefined>();
/** The code of an op with these parameters, assembled once. */
const laneOf = (op: VectorOpName, imm: number): LaneCode | undefined => {
  const key = `${op} ${imm}`;
  if (!LANES.has(key)) {
    const statements = vectorOp(op).wasm?.(imm);
    LANES.set(key, statements === undefined ? undefined : assembleLane(statements));
  }
  return LANES.get(key);
};
const LOCALS = Object.fromEntries(
  Object.keys(LANE_LOCALS).map((name, i) => [name, FIRST_HOME + i]),
) as Record<LaneLocal, number>;

const callRow = (f: FunctionBody, op: VectorOpName, operands: Operands): void => {
  f.const(VECTOR_OP_NAMES.indexOf(op));
  for (const word of operands) f.const(word);
  f.call(IMPORT.vector);
};
/** Appends an op; the function has the locals of lanes at FIRST_HOME. */
export const vectorCode = (f: FunctionBody, op: VectorOpName, operands: Operands): void => {
  const [d, n, m, imm] = operands;
  const lane = laneOf(op, imm);
  if (lane === undefined) return callRow(f, op, operands);
  if (lane.guarded) {
    for (let i = 0; i < 2; i++) {
      f.byte(OP.block);
      f.byte(VOID);
    }
  }
  const slots = { d, n, m };
  for (const part of lane.code) {
    if (typeof part === "number") f.byte(part);
    else if (part.kind === "base") f.leb(BASE);
    else if (part.kind === "local") f.leb(LOCALS[part.local]);
    else f.leb(slots[part.operand] * 4 + part.bytes);
  }
  if (!lane.guarded) return;
  f.byte(OP.br);
  f.leb(1);
  f.byte(OP.end);
  callRow(f, op, operands);
  f.byte(OP.end);
};
