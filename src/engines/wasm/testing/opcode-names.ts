/** Instructions of WebAssembly by their bytes, out of the tables that the engine writes them with. */
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
import { OPCODES } from "../../../ir/index.js";
import { OP } from "../../module/encoder.js";

/** What follows an opcode. */
export type Immediates =
  | "none"
  | "block"
  | "label"
  | "labels"
  | "index"
  | "indirect"
  | "signed"
  | "memory"
  | "lane"
  | "memory-lane"
  | "bytes4"
  | "bytes8"
  | "bytes16";
export interface OpcodeName {
  readonly name: string;
  readonly immediates: Immediates;
  /** For memory instructions: log2 of the bytes. */
  readonly align?: number;
}

/** Those of OP that the tables of the IR do not name. */
const ENGINE_NAMES: readonly [number, OpcodeName][] = [
  [OP.unreachable, { name: "unreachable", immediates: "none" }],
  [OP.block, { name: "block", immediates: "block" }],
  [OP.loop, { name: "loop", immediates: "block" }],
  [OP.if, { name: "if", immediates: "block" }],
  [OP.else, { name: "else", immediates: "none" }],
  [OP.end, { name: "end", immediates: "none" }],
  [OP.br, { name: "br", immediates: "label" }],
  [OP.brIf, { name: "br_if", immediates: "label" }],
  [OP.brTable, { name: "br_table", immediates: "labels" }],
  [OP.return, { name: "return", immediates: "none" }],
  [OP.call, { name: "call", immediates: "index" }],
  [OP.callIndirect, { name: "call_indirect", immediates: "indirect" }],
  [OP.returnCallIndirect, { name: "return_call_indirect", immediates: "indirect" }],
  [OP.localGet, { name: "local.get", immediates: "index" }],
  [OP.localSet, { name: "local.set", immediates: "index" }],
  [OP.localTee, { name: "local.tee", immediates: "index" }],
  [OP.load8, { name: "i32.load8_u", immediates: "memory", align: 0 }],
  [OP.load16, { name: "i32.load16_u", immediates: "memory", align: 1 }],
  [OP.store8, { name: "i32.store8", immediates: "memory", align: 0 }],
  [OP.store16, { name: "i32.store16", immediates: "memory", align: 1 }],
];
const memory = (simd: boolean): [number, OpcodeName][] =>
  Object.entries(MEMORY_OPCODES)
    .filter(([, row]) => row.simd === simd)
    .map(([name, { opcode, align, lane }]) => [
      opcode,
      { name, immediates: lane ? "memory-lane" : "memory", align },
    ]);
const plain = (table: Readonly<Record<string, number>>): [number, OpcodeName][] =>
  Object.entries(table).map(([name, opcode]) => [opcode, { name, immediates: "none" }]);
const CONSTANT_BYTES = { i32: "signed", i64: "signed", f32: "bytes4", f64: "bytes8" } as const;

const SINGLE = new Map<number, OpcodeName>([
  ...plain(OPCODES),
  ...plain(SCALAR),
  ...memory(false),
  ...ENGINE_NAMES,
  ...Object.entries(CONSTANTS).map(([name, opcode]): [number, OpcodeName] => [
    opcode,
    { name, immediates: CONSTANT_BYTES[name.slice(0, 3) as "i32"] },
  ]),
]);
const WITH_SIMD_PREFIX = new Map<number, OpcodeName>([
  ...plain(SIMD),
  ...memory(true),
  [SIMD["i8x16.shuffle"]!, { name: "i8x16.shuffle", immediates: "bytes16" }],
  [SIMD["i32x4.extract_lane"]!, { name: "i32x4.extract_lane", immediates: "lane" }],
  [SIMD_CONSTANT, { name: "v128.const", immediates: "bytes16" }],
]);
const WITH_TRUNCATION_PREFIX = new Map(plain(TRUNCATIONS));
/** By prefix (0: none) and opcode. */
export const OPCODE_NAMES: ReadonlyMap<number, ReadonlyMap<number, OpcodeName>> = new Map([
  [0, SINGLE],
  [SIMD_PREFIX, WITH_SIMD_PREFIX],
  [TRUNCATION_PREFIX, WITH_TRUNCATION_PREFIX],
]);

const TERNARY = /^select$|\.bitselect$/;
const UNARY =
  /\.(?:eqz|clz|ctz|popcnt|abs|neg|ceil|floor|nearest|sqrt|not|any_true|all_true|bitmask|splat|extract_lane|trunc.*|wrap_.*|extend.*|convert_.*|demote_.*|promote_.*|reinterpret_.*|extadd_pairwise_.*)$/;
/** Operands of an instruction that is no control, call or access to memory or a local. */
export const operandCount = (name: string): number => {
  if (name.endsWith(".const")) return 0;
  if (TERNARY.test(name)) return 3;
  return UNARY.test(name) ? 1 : 2;
};
