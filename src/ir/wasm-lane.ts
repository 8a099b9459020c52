/**
 * The `wasm` lane of a vector op: folded WebAssembly statements on words of the CPU's region.
 *
 * A memory instruction names an operand and a byte offset behind it: `(f32.load n 4)`, `(v128.store d 0 X)`;
 * `fpscr` is that register. `(guard C)` gives up where C is 0: the op's `run` then does it. Guards stand
 * before the first store. Locals are those of LANE_LOCALS.
 */
import { SLOT } from "../arch/index.js";
import {
  CONSTANTS,
  MEMORY_OPCODES,
  SCALAR,
  SIMD,
  SIMD_CONSTANT,
  SIMD_PREFIX,
  TRUNCATION_PREFIX,
  TRUNCATIONS,
  VALUE_TYPES,
} from "./wasm-opcodes.js";
import { OPCODES, parseWat, signedLeb, type Tree } from "./wat.js";

/** Locals that a lane may use, with the byte that WebAssembly has for their type. */
export const LANE_LOCALS = {
  $f: 0x7d,
  $g: 0x7d,
  $x: 0x7c,
  $y: 0x7c,
  $z: 0x7c,
  $a: 0x7b,
  $b: 0x7b,
  $c: 0x7b,
  $r: 0x7b,
} as const;
export type LaneLocal = keyof typeof LANE_LOCALS;
export type LaneOperand = "d" | "n" | "m";
/** What the engine puts in: the address of the CPU's region, the place of an operand, a local's number. */
export type Hole =
  | { readonly kind: "base" }
  | { readonly kind: "offset"; readonly operand: LaneOperand; readonly bytes: number }
  | { readonly kind: "local"; readonly local: LaneLocal };
export interface LaneCode {
  readonly code: readonly (number | Hole)[];
  /** Guards branch out of the block that the code stands in. */
  readonly guarded: boolean;
}

const leb = (n: number): number[] => (n < 128 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)]);
const bytesOf = (size: 4 | 8, put: (v: DataView) => void): number[] => {
  const view = new DataView(new ArrayBuffer(size));
  put(view);
  return [...new Uint8Array(view.buffer)];
};
const BASE: Hole = { kind: "base" };
const isOperand = (t: Tree): t is string => typeof t === "string";

class LaneAssembler {
  readonly code: (number | Hole)[] = [];
  guarded = false;
  #stored = false;

  one(tree: Tree): void {
    if (typeof tree === "string") throw new Error(`"${tree}" is no expression`);
    const [head, ...rest] = tree as readonly [string, ...Tree[]];
    switch (head) {
      case "guard":
        if (this.#stored) throw new Error("a guard behind a store cannot take it back");
        this.one(rest[0]!);
        this.code.push(OPCODES["i32.eqz"]!, 0x0d, 0);
        this.guarded = true;
        return;
      case "i32.const":
        this.code.push(CONSTANTS[head], ...signedLeb(Number(rest[0])));
        return;
      case "i64.const":
        this.code.push(CONSTANTS[head], ...signedLeb(Number(rest[0])));
        return;
      case "f32.const":
        this.code.push(
          CONSTANTS[head],
          ...bytesOf(4, (v) => v.setFloat32(0, Number(rest[0]), true)),
        );
        return;
      case "f64.const":
        this.code.push(
          CONSTANTS[head],
          ...bytesOf(8, (v) => v.setFloat64(0, Number(rest[0]), true)),
        );
        return;
      // Two words, low one first, in both halves.
      case "v128.const": {
        const half = rest.flatMap((w) => bytesOf(4, (v) => v.setInt32(0, Number(w), true)));
        this.code.push(SIMD_PREFIX, SIMD_CONSTANT, ...half, ...half);
        return;
      }
      case "local.get":
      case "local.set":
      case "local.tee": {
        if (rest.length > 1) this.one(rest[1]!);
        const opcode = { "local.get": 0x20, "local.set": 0x21, "local.tee": 0x22 }[head];
        this.code.push(opcode, { kind: "local", local: rest[0] as LaneLocal });
        return;
      }
      case "if": {
        const [type, condition, then, otherwise] = rest as [Tree[], Tree, Tree[], Tree[]];
        this.one(condition);
        this.code.push(0x04, VALUE_TYPES[type[1] as string]!);
        this.one(then[1]!);
        this.code.push(0x05);
        this.one(otherwise[1]!);
        this.code.push(0x0b);
        return;
      }
      default:
        if (head in MEMORY_OPCODES) this.#memory(head, rest);
        else this.#plain(head, rest);
    }
  }
  #memory(head: string, rest: readonly Tree[]): void {
    const { opcode, align, simd, lane } = MEMORY_OPCODES[head]!;
    const atoms = rest.filter(isOperand);
    this.code.push(0x20, BASE);
    for (const tree of rest) if (!isOperand(tree)) this.one(tree);
    if (simd) this.code.push(SIMD_PREFIX);
    this.code.push(...(simd ? leb(opcode) : [opcode]), align);
    const [operand, offset, laneNumber] = atoms;
    if (operand === "fpscr") this.code.push(...leb(SLOT.FPSCR * 4));
    else
      this.code.push({
        kind: "offset",
        operand: operand as LaneOperand,
        bytes: Number(offset),
      });
    if (lane) this.code.push(Number(laneNumber));
    if (head.includes("store")) this.#stored = true;
  }
  #plain(head: string, rest: readonly Tree[]): void {
    for (const tree of rest) if (!isOperand(tree)) this.one(tree);
    const immediates = rest.filter(isOperand).map(Number);
    const scalar = OPCODES[head] ?? SCALAR[head];
    if (scalar !== undefined) this.code.push(scalar);
    else if (head in SIMD) this.code.push(SIMD_PREFIX, ...leb(SIMD[head]!), ...immediates);
    else if (head in TRUNCATIONS) this.code.push(TRUNCATION_PREFIX, TRUNCATIONS[head]!);
    else throw new Error(`no opcode is known for ${head}`);
  }
}
/** The code of a lane's statements. */
export const assembleLane = (statements: readonly string[]): LaneCode => {
  const assembler = new LaneAssembler();
  for (const statement of statements) assembler.one(parseWat(statement));
  return { code: assembler.code, guarded: assembler.guarded };
};
