/**
 * A block as words: what the builder writes and the interpreter lowers. Most blocks of a boot are lowered once
 * and never looked at again, so their nodes are made into objects only for who asks (`nodes`, `marks`).
 */
import type { Slot } from "../arch/index.js";
import type { Block, InstructionMark, Node, Value } from "./block.js";
import { FLAG_OPS, type FlagOpName } from "./flag-ops.js";
import { PURE_OPS, type PureOpName } from "./pure-ops.js";

/**
 * Kinds of packed nodes. A node is NODE_WORDS words: its head, then its value operands, then what else its row
 * says. Nodes of kind `other` have no value operands and stand in the block's `others`, at the index of word 1.
 */
export const NODE = {
  /** value */
  const: 0,
  /** arguments; the head has the op. */
  pure: 1,
  /** arguments; the head has the op. */
  flags: 2,
  /** slot */
  get: 3,
  /** value, slot */
  put: 4,
  /** address, access */
  load: 5,
  /** address, value, access */
  store: 6,
  /** value, invert, end */
  guard: 7,
  readCpsr: 8,
  /** value, byteMask */
  writeCpsr: 9,
  /** register, wide */
  sysRead: 10,
  sysReadHigh: 11,
  /** value, high or the register, register: `high` is there where the head says two operands. */
  sysWrite: 12,
  /** target */
  exitGoto: 13,
  exitDispatch: 14,
  exitJump: 15,
  exitExchange: 16,
  /** target, psr */
  exitReturn: 17,
  /** index in `others` */
  other: 18,
} as const;

export const NODE_WORDS = 4;
/** The head: bits 7:0 kind, 15:8 op (its index in PURE_NAMES or FLAG_NAMES), 17:16 number of value operands. */
export const headOf = (kind: number, operands = 0, op = 0): number =>
  kind | (op << 8) | (operands << 16);
export const kindOf = (head: number): number => head & 0xff;
export const opOf = (head: number): number => (head >>> 8) & 0xff;
export const operandCount = (head: number): number => head >>> 16;

/** Pure ops by the number that a head has for them. */
export const PURE_NAMES = Object.keys(PURE_OPS) as PureOpName[];
export const FLAG_NAMES = Object.keys(FLAG_OPS) as FlagOpName[];
const pureNumbers = new Map<PureOpName, number>(PURE_NAMES.map((name, n) => [name, n]));
const flagNumbers = new Map<FlagOpName, number>(FLAG_NAMES.map((name, n) => [name, n]));
/** Head of a pure node. */
export const pureHead = (op: PureOpName): number =>
  headOf(NODE.pure, PURE_OPS[op].arity, pureNumbers.get(op)!);
/** Head of a flags node. */
export const flagsHead = (op: FlagOpName): number =>
  headOf(NODE.flags, FLAG_OPS[op].arity, flagNumbers.get(op)!);

/** Nodes that are objects in the packed form too: few, and with operands of their own kind. */
export type OtherNode = Extract<
  Node,
  {
    kind: "checkCoprocessor" | "vector" | "hint" | "trapCheck" | "exitException" | "exitStop";
  }
>;

/** Words of a mark: node, pc, syndrome, and bits 7:0 size, 15:8 ITSTATE. */
export const MARK_WORDS = 4;
/** The last word of a mark. */
export const sizeAndIt = (size: number, it: number): number => size | (it << 8);

/** What a block is packed into. */
export interface Packed {
  readonly pc: number;
  /** NODE_WORDS words a node, perhaps more than `count` of them. */
  readonly words: Int32Array;
  readonly count: number;
  /** MARK_WORDS words a mark, perhaps more than `markCount` of them. */
  readonly marks: Int32Array;
  readonly markCount: number;
  readonly others: readonly OtherNode[];
}

/**
 * A block that the builder made. It lies in the builder's own words until the builder begins another block: it
 * then takes a copy of them, unless it was given up or has become objects.
 */
export class PackedBlock implements Block {
  readonly pc: number;
  #packed: Packed | undefined;
  #nodes: readonly Node[] | undefined;
  #marks: readonly InstructionMark[] | undefined;

  constructor(packed: Packed) {
    this.pc = packed.pc;
    this.#packed = packed;
  }
  get nodes(): readonly Node[] {
    return (this.#nodes ??= this.#unpacked().#nodes!);
  }
  get marks(): readonly InstructionMark[] {
    return (this.#marks ??= this.#unpacked().#marks!);
  }
  /** The packed form; it is good until the builder begins another block. */
  get packed(): Packed {
    return this.#packed ?? pack(this);
  }
  #unpacked(): this {
    const packed = this.#packed;
    if (packed === undefined) throw new Error("packed block: it was given up");
    this.#nodes = Array.from({ length: packed.count }, (_, i) => nodeAt(packed, i as Value));
    this.#marks = Array.from({ length: packed.markCount }, (_, i) => markAt(packed, i));
    this.#packed = undefined;
    return this;
  }
  /** Nobody asks for its nodes again. */
  giveUp(): void {
    this.#packed = undefined;
  }
  /** The builder begins another block. */
  settle(): void {
    const packed = this.#packed;
    if (packed === undefined) return;
    this.#packed = {
      ...packed,
      words: packed.words.slice(0, packed.count * NODE_WORDS),
      marks: packed.marks.slice(0, packed.markCount * MARK_WORDS),
    };
  }
}

/** A block's packed form. */
export const packedOf = (block: Block): Packed =>
  block instanceof PackedBlock ? block.packed : pack(block);

/** A node of a packed block. */
export const nodeAt = ({ words, others }: Pick<Packed, "words" | "others">, v: Value): Node => {
  const p = v * NODE_WORDS;
  const head = words[p]!;
  const a = words[p + 1]!;
  const b = words[p + 2]!;
  const c = words[p + 3]!;
  const args = (): Value[] =>
    Array.from(words.subarray(p + 1, p + 1 + operandCount(head))) as Value[];
  switch (kindOf(head)) {
    case NODE.const:
      return { kind: "const", value: a };
    case NODE.pure:
      return { kind: "pure", op: PURE_NAMES[opOf(head)]!, args: args() };
    case NODE.flags:
      return { kind: "flags", op: FLAG_NAMES[opOf(head)]!, args: args() };
    case NODE.get:
      return { kind: "get", slot: a as Slot };
    case NODE.put:
      return { kind: "put", slot: b as Slot, value: a as Value };
    case NODE.load:
      return { kind: "load", address: a as Value, access: b };
    case NODE.store:
      return { kind: "store", address: a as Value, value: b as Value, access: c };
    case NODE.guard:
      return { kind: "guard", value: a as Value, invert: b === 1, end: c };
    case NODE.readCpsr:
      return { kind: "readCpsr" };
    case NODE.writeCpsr:
      return { kind: "writeCpsr", value: a as Value, byteMask: b };
    case NODE.sysRead:
      return { kind: "sysRead", register: a, wide: b === 1 };
    case NODE.sysReadHigh:
      return { kind: "sysReadHigh" };
    case NODE.sysWrite:
      return operandCount(head) === 1
        ? { kind: "sysWrite", register: c, value: a as Value }
        : { kind: "sysWrite", register: c, value: a as Value, high: b as Value };
    case NODE.exitGoto:
      return { kind: "exitGoto", target: a >>> 0 };
    case NODE.exitDispatch:
      return { kind: "exitDispatch", target: a >>> 0 };
    case NODE.exitJump:
      return { kind: "exitJump", target: a as Value };
    case NODE.exitExchange:
      return { kind: "exitExchange", target: a as Value };
    case NODE.exitReturn:
      return { kind: "exitReturn", target: a as Value, psr: b as Value };
    default:
      return others[a]!;
  }
};
const markAt = ({ marks }: Packed, i: number): InstructionMark => {
  const p = i * MARK_WORDS;
  const sizeAndIt = marks[p + 3]!;
  return {
    node: marks[p]!,
    pc: marks[p + 1]! >>> 0,
    size: sizeAndIt & 0xff,
    it: sizeAndIt >>> 8,
    syndrome: marks[p + 2]!,
  };
};

/** A node's words; a node of `others` is put there. */
const wordsOf = (node: Node, others: OtherNode[]): readonly number[] => {
  switch (node.kind) {
    case "const":
      return [headOf(NODE.const), node.value];
    case "pure":
      return [pureHead(node.op), ...node.args];
    case "flags":
      return [flagsHead(node.op), ...node.args];
    case "get":
      return [headOf(NODE.get), node.slot];
    case "put":
      return [headOf(NODE.put, 1), node.value, node.slot];
    case "load":
      return [headOf(NODE.load, 1), node.address, node.access];
    case "store":
      return [headOf(NODE.store, 2), node.address, node.value, node.access];
    case "guard":
      return [headOf(NODE.guard, 1), node.value, node.invert ? 1 : 0, node.end];
    case "readCpsr":
      return [headOf(NODE.readCpsr)];
    case "writeCpsr":
      return [headOf(NODE.writeCpsr, 1), node.value, node.byteMask];
    case "sysRead":
      return [headOf(NODE.sysRead), node.register, node.wide ? 1 : 0];
    case "sysReadHigh":
      return [headOf(NODE.sysReadHigh)];
    case "sysWrite":
      return node.high === undefined
        ? [headOf(NODE.sysWrite, 1), node.value, 0, node.register]
        : [headOf(NODE.sysWrite, 2), node.value, node.high, node.register];
    case "exitGoto":
      return [headOf(NODE.exitGoto), node.target];
    case "exitDispatch":
      return [headOf(NODE.exitDispatch), node.target];
    case "exitJump":
      return [headOf(NODE.exitJump, 1), node.target];
    case "exitExchange":
      return [headOf(NODE.exitExchange, 1), node.target];
    case "exitReturn":
      return [headOf(NODE.exitReturn, 2), node.target, node.psr];
    default:
      return [headOf(NODE.other), others.push(node) - 1];
  }
};

/** Packs a block that did not come packed, such as one that was rewritten. */
const pack = (block: Block): Packed => {
  const { pc, nodes } = block;
  const words = new Int32Array(nodes.length * NODE_WORDS);
  const marks = new Int32Array(block.marks.length * MARK_WORDS);
  const others: OtherNode[] = [];
  nodes.forEach((node, i) => words.set(wordsOf(node, others), i * NODE_WORDS));
  block.marks.forEach((mark, i) =>
    marks.set([mark.node, mark.pc, mark.syndrome, sizeAndIt(mark.size, mark.it)], i * MARK_WORDS),
  );
  return { pc, words, count: nodes.length, marks, markCount: block.marks.length, others };
};
