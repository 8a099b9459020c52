/**
 * A block is rewritten from its first node to its last: operands are replaced by what became of them, and each
 * rule may put something simpler in a node's place. Values made inside a guard are not known behind it.
 */
import { MODES, registerSlot, SLOT, type Slot } from "../../arch/index.js";
import type { Block, InstructionMark, Node, Value } from "../block.js";
import { FLAG_OPS, flagSlots, type Apply, type FlagName, type FlagOpName } from "../flag-ops.js";
import { slotsWritten } from "../liveness.js";
import { PURE_OPS, type PureOpName } from "../pure-ops.js";

/** What the optimiser knows of a block's surroundings. */
export interface Surroundings {
  /**
   * What a load with these ACCESS_BITS at a constant address gives, as long as the block's code does not change;
   * undefined where that is not sure.
   */
  readonly literal: (address: number, access: number) => number | undefined;
}
/** Something simpler that a pure op is, made with the rewriter, or undefined. */
export type PureRule = (ir: Rewriter, op: PureOpName, args: readonly Value[]) => Value | undefined;

/** Which of the rules that are more than a PureRule are on. */
export interface Switches {
  readonly forwarding: boolean;
  readonly flagForwarding: boolean;
  readonly commonSubexpressions: boolean;
  readonly selects: boolean;
  readonly literals: boolean;
}

/** A block, and for each of its nodes the one of the block as it was; -1 for nodes that were added. */
export interface Rewritten {
  readonly block: Block;
  readonly origin: readonly number[];
}

/** Slots that vector ops leave alone. */
const CORE: ReadonlySet<Slot> = new Set([
  SLOT.N,
  SLOT.Z,
  SLOT.C,
  SLOT.V,
  ...MODES.flatMap((mode) => Array.from({ length: 15 }, (_, n) => registerSlot(n, mode))),
]);

/** Values that keyOf tells apart. */
const KEY_VALUES = 8192;
const OP_NUMBERS = new Map(Object.keys(PURE_OPS).map((name, n) => [name, n]));
/** An op and its arguments as one number, exact for the first KEY_VALUES values of a block. */
const keyOf = (op: PureOpName, args: readonly Value[]): number => {
  let key = OP_NUMBERS.get(op)!;
  for (let n = 0; n < 3; n++) key = key * KEY_VALUES + (args[n] ?? 0);
  return key;
};

/** A flag that was set by a flag op and not yet asked for. */
interface PendingFlag {
  readonly op: FlagOpName;
  readonly args: readonly Value[];
  readonly flag: FlagName;
}
/** What holds at a place in the block. */
interface Scope {
  readonly slots: Map<Slot, Value | PendingFlag>;
  readonly pures: Map<number, Value>;
  readonly constants: Map<number, Value>;
  /** Slots that were written since the scope was entered. */
  readonly written: Set<Slot>;
}

export class Rewriter {
  readonly nodes: Node[] = [];
  readonly #origin: number[] = [];
  readonly #rules: readonly PureRule[];
  readonly #on: Switches;
  readonly #surroundings: Surroundings;
  #scope: Scope = { slots: new Map(), pures: new Map(), constants: new Map(), written: new Set() };
  /** Node that is being rewritten. */
  #at = -1;
  /** Whether something of the block may have written memory or changed how it is seen. */
  #stored = false;

  constructor(rules: readonly PureRule[], on: Switches, surroundings: Surroundings) {
    this.#rules = rules;
    this.#on = on;
    this.#surroundings = surroundings;
  }

  // ---- for rules ----------------------------------------------------------------------------------

  node(value: Value): Node {
    return this.nodes[value]!;
  }
  constantOf(value: Value): number | undefined {
    const node = this.nodes[value]!;
    return node.kind === "const" ? node.value : undefined;
  }
  /** The pure op that made a value. */
  pureOf(value: Value): Extract<Node, { kind: "pure" }> | undefined {
    const node = this.nodes[value]!;
    return node.kind === "pure" ? node : undefined;
  }
  const(value: number): Value {
    const known = this.#scope.constants.get(value | 0);
    if (known !== undefined) return known;
    const made = this.#emit({ kind: "const", value: value | 0 });
    this.#scope.constants.set(value | 0, made);
    return made;
  }
  pure(op: PureOpName, ...args: Value[]): Value {
    for (const rule of this.#rules) {
      const simpler = rule(this, op, args);
      if (simpler !== undefined) return simpler;
    }
    if (!this.#on.commonSubexpressions) return this.#emit({ kind: "pure", op, args });
    const key = keyOf(op, args);
    const known = this.#scope.pures.get(key);
    // Keys of a block that large may be those of other ops.
    if (known !== undefined && this.nodes.length <= KEY_VALUES) return known;
    const made = this.#emit({ kind: "pure", op, args });
    this.#scope.pures.set(key, made);
    return made;
  }

  // ---- the block ----------------------------------------------------------------------------------

  rewrite({ pc, nodes, marks }: Block): Rewritten {
    const became: Value[] = [];
    const begins: number[] = [];
    const m = (v: Value): Value => became[v]!;
    /** Guards that are open, innermost last; those that became selects have no `guard`. */
    const open: {
      end: number;
      outer: Scope;
      guard: Extract<Node, { kind: "guard" }> | undefined;
    }[] = [];
    let condition: { value: Value; invert: boolean } | undefined;
    const close = (): void => {
      const { outer, guard } = open.pop()!;
      if (guard === undefined) {
        condition = undefined;
        return;
      }
      guard.end = this.nodes.length;
      this.#leaveScope(outer);
    };
    nodes.forEach((node, i) => {
      while (open.length > 0 && open.at(-1)!.end <= i) close();
      begins.push(this.nodes.length);
      this.#at = i;
      if (node.kind === "guard") {
        const value = m(node.value);
        const known =
          this.#on.selects && condition === undefined && mayBeSelected(nodes, i, node.end);
        if (known) {
          condition = { value, invert: node.invert };
          open.push({ end: node.end, outer: this.#scope, guard: undefined });
        } else {
          const guard = { kind: "guard" as const, value, invert: node.invert, end: 0 };
          this.#emit(guard);
          open.push({ end: node.end, outer: this.#scope, guard });
          this.#scope = {
            slots: new Map(this.#scope.slots),
            pures: new Map(this.#scope.pures),
            constants: new Map(this.#scope.constants),
            written: new Set(),
          };
        }
        became.push(-1 as Value);
      } else became.push(this.#node(node, m, condition));
    });
    while (open.length > 0) close();
    const moved = marks.map((mark): InstructionMark => ({
      ...mark,
      node: begins[mark.node] ?? this.nodes.length,
    }));
    return { block: { pc, nodes: this.nodes, marks: moved }, origin: this.#origin };
  }
  /** Behind a guard's body: what it wrote is not known, what it made is not there. */
  #leaveScope(outer: Scope): void {
    for (const slot of this.#scope.written) {
      outer.slots.delete(slot);
      outer.written.add(slot);
    }
    this.#scope = outer;
  }

  #node(
    node: Node,
    m: (v: Value) => Value,
    condition: { value: Value; invert: boolean } | undefined,
  ): Value {
    switch (node.kind) {
      case "const":
        return this.const(node.value);
      case "pure":
        return this.pure(node.op, ...node.args.map(m));
      case "get":
        return this.#get(node.slot);
      case "put": {
        const value = m(node.value);
        if (condition === undefined) return this.#put(node.slot, value);
        const before = this.#get(node.slot);
        const [then, otherwise] = condition.invert ? [before, value] : [value, before];
        return this.#put(node.slot, this.pure("select", condition.value, then, otherwise));
      }
      case "flags":
        return this.#flags(node.op, node.args.map(m));
      case "load":
        return this.#load(m(node.address), node.access);
      default: {
        const written = slotsWritten(node);
        const made = this.#emit(withOperands(node, m));
        if (node.kind === "store" || (written === "all" && node.kind !== "vector"))
          this.#stored = true;
        if (written !== "all") return made;
        for (const slot of this.#scope.slots.keys())
          if (node.kind !== "vector" || !CORE.has(slot)) this.#forget(slot);
        return made;
      }
    }
  }
  #get(slot: Slot): Value {
    const known = this.#scope.slots.get(slot);
    if (known === undefined) {
      const made = this.#emit({ kind: "get", slot });
      if (this.#on.forwarding) this.#scope.slots.set(slot, made);
      return made;
    }
    if (typeof known === "number") return known;
    const value = this.#expand(known);
    this.#scope.slots.set(slot, value);
    return value;
  }
  #expand({ op, args, flag }: PendingFlag): Value {
    // Terms of the other flags are not made: they are asked for by name.
    type Term = () => Value;
    const apply: Apply<Term> =
      (name, ...terms) =>
      () =>
        this.pure(name, ...terms.map((t) => t()));
    const values = FLAG_OPS[op].expand<Term>(
      apply,
      (n) => () => this.const(n),
      ...args.map((value) => () => value),
    );
    return values[flag]!();
  }
  #put(slot: Slot, value: Value): Value {
    if (this.#scope.slots.get(slot) === value) return value;
    const made = this.#emit({ kind: "put", slot, value });
    this.#forget(slot);
    if (this.#on.forwarding) this.#scope.slots.set(slot, value);
    return made;
  }
  #forget(slot: Slot): void {
    this.#scope.slots.delete(slot);
    this.#scope.written.add(slot);
  }
  #flags(op: FlagOpName, args: readonly Value[]): Value {
    const made = this.#emit({ kind: "flags", op, args });
    for (const slot of flagSlots(op)) this.#forget(slot);
    if (this.#on.flagForwarding)
      for (const flag of FLAG_OPS[op].writes) this.#scope.slots.set(SLOT[flag], { op, args, flag });
    return made;
  }
  #load(address: Value, access: number): Value {
    const at = this.constantOf(address);
    if (this.#on.literals && at !== undefined && !this.#stored) {
      const found = this.#surroundings.literal(at, access);
      if (found !== undefined) return this.const(found);
    }
    return this.#emit({ kind: "load", address, access });
  }
  #emit(node: Node): Value {
    this.nodes.push(node);
    this.#origin.push(this.#at);
    return (this.nodes.length - 1) as Value;
  }
}

/** Most pure ops of a guard's body that are done always and selected from. */
const MOST_SELECTED = 4;
/** Whether a guard's body only computes and puts a little, so that it may run always. */
const mayBeSelected = (nodes: readonly Node[], guard: number, end: number): boolean => {
  let pures = 0;
  let puts = 0;
  for (let i = guard + 1; i < end; i++) {
    const { kind } = nodes[i]!;
    if (kind === "pure") pures++;
    else if (kind === "put") puts++;
    else if (kind !== "const" && kind !== "get") return false;
  }
  return puts > 0 && puts <= 2 && pures <= MOST_SELECTED;
};

const withOperands = (node: Node, m: (v: Value) => Value): Node => {
  switch (node.kind) {
    case "store":
      return { ...node, address: m(node.address), value: m(node.value) };
    case "writeCpsr":
      return { ...node, value: m(node.value) };
    case "sysWrite":
      return node.high === undefined
        ? { ...node, value: m(node.value) }
        : { ...node, value: m(node.value), high: m(node.high) };
    case "exitJump":
    case "exitExchange":
      return { ...node, target: m(node.target) };
    case "exitReturn":
      return { ...node, target: m(node.target), psr: m(node.psr) };
    default:
      return node;
  }
};
