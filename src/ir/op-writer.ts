/** Writes pure ops: constants, folded where they can be, and one method for each row of PURE_OPS. */
import type { Node, Value } from "./block.js";
import { foldPure } from "./fold.js";
import { NodeWriter } from "./node-writer.js";
import { pureHead } from "./packed-block.js";
import { PURE_OPS, type PureOpName } from "./pure-ops.js";

const PURE_HEADS = Object.fromEntries(
  (Object.keys(PURE_OPS) as PureOpName[]).map((op) => [op, pureHead(op)]),
) as Readonly<Record<PureOpName, number>>;

type Arguments<N> = N extends 1
  ? [a: Value]
  : N extends 2
    ? [a: Value, b: Value]
    : [a: Value, b: Value, c: Value];
/** One method for each pure op. */
type PureMethods = {
  readonly [Name in PureOpName]: (...args: Arguments<(typeof PURE_OPS)[Name]["arity"]>) => Value;
};

// The methods of PureMethods are put on the prototype below, one for each row of PURE_OPS.
// eslint-disable-next-line typescript/no-unsafe-declaration-merging
export interface OpWriter extends PureMethods {}
export class OpWriter {
  protected readonly nodes = new NodeWriter();
  /** Guards that are open. */
  protected guards = 0;

  const(value: number): Value {
    // A constant made inside a guard would not be defined outside of it in every engine's eyes.
    return this.nodes.constant(value | 0, this.guards === 0);
  }
  node(value: Value): Node {
    return this.nodes.node(value);
  }
  /** The number behind a value, or undefined where it is not constant. */
  constantOf(value: Value): number | undefined {
    return this.nodes.constantOf(value);
  }
  pure(op: PureOpName, ...args: Value[]): Value {
    return this.pureOf(op, PURE_HEADS[op], args);
  }
  /** As `pure`; `head` is the op's. */
  pureOf(op: PureOpName, head: number, args: readonly Value[]): Value {
    return foldPure(this, op, args) ?? this.nodes.push(head, args[0]!, args[1] ?? 0, args[2] ?? 0);
  }
  /** As `pure` for an op of two arguments: by far the most. */
  binary(op: PureOpName, head: number, a: Value, b: Value): Value {
    const { nodes } = this;
    // Folding takes a constant.
    if (!nodes.isConstant(a) && !nodes.isConstant(b)) return nodes.push(head, a, b, 0);
    return foldPure(this, op, [a, b]) ?? nodes.push(head, a, b, 0);
  }
  /** Bits lsb+width-1 : lsb, zero-extended. */
  bits(value: Value, lsb: number, width: number): Value {
    const moved = lsb === 0 ? value : this.shr(value, this.const(lsb));
    return lsb + width === 32 ? moved : this.and(moved, this.const(2 ** width - 1));
  }
}

const methodOf = {
  1: (op: PureOpName, head: number) =>
    function (this: OpWriter, a: Value): Value {
      return this.pureOf(op, head, [a]);
    },
  2: (op: PureOpName, head: number) =>
    function (this: OpWriter, a: Value, b: Value): Value {
      return this.binary(op, head, a, b);
    },
  3: (op: PureOpName, head: number) =>
    function (this: OpWriter, a: Value, b: Value, c: Value): Value {
      return this.pureOf(op, head, [a, b, c]);
    },
} as const;
for (const op of Object.keys(PURE_OPS) as PureOpName[])
  Object.defineProperty(OpWriter.prototype, op, {
    value: methodOf[PURE_OPS[op].arity](op, PURE_HEADS[op]),
  });
