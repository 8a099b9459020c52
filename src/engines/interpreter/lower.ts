/**
 * Lowering: a block's SSA nodes to micro-ops over words of the CPU's region. A `get` is the state slot
 * itself where nothing writes the slot before the value's last use, and a value that is only made to
 * be put into a slot is computed into it, so that most guest instructions become one micro-op.
 */
import { extract, MODES, type Slot } from "../../arch/index.js";
import {
  accessSize,
  ACCESS_BITS,
  eachOperand,
  KEY,
  liveNodes,
  PAGE_SHIFT,
  tlbTable,
  TEMPORARY_BASE,
  TEMPORARY_COUNT,
  VECTOR_OP_NAMES,
  type Block,
  type Node,
  type Value,
} from "../../ir/index.js";
import { SlotWrites } from "./slot-writes.js";
import { MICRO, NEVER_LINKED, microOfFlags, microOfPure } from "./micro-ops.js";

/** Words of code made so far and where constants live. */
export interface CodeBuffer {
  /** Appends a word and gives its offset. */
  push(word: number): number;
  patch(offset: number, word: number): void;
  readonly length: number;
  /** Word index, in every CPU's region, that holds a constant. */
  constant(value: number): number;
}

export interface LoweredBlock {
  readonly entry: number;
  /** Code offset of each instruction mark, ascending. */
  readonly markOffsets: readonly number[];
  /** Nodes that CALL and EXIT refer to. */
  readonly calls: readonly Node[];
}

/** Arrays that every lowering uses anew: one word for each node. */
class Scratch {
  lastUse = new Int32Array(0);
  firstUse = new Int32Array(0);
  region = new Int32Array(0);
  sunkTo = new Int32Array(0);
  fuses = new Int32Array(0);
  fills = new Int32Array(0);
  sums = new Int32Array(0);
  place = new Int32Array(0);

  begin(count: number): void {
    if (count > this.lastUse.length) {
      const length = Math.max(1024, count * 2);
      this.lastUse = new Int32Array(length);
      this.firstUse = new Int32Array(length);
      this.region = new Int32Array(length);
      this.sunkTo = new Int32Array(length);
      this.fuses = new Int32Array(length);
      this.fills = new Int32Array(length);
      this.sums = new Int32Array(length);
      this.place = new Int32Array(length);
    }
    this.lastUse.fill(-1, 0, count);
    this.firstUse.fill(count, 0, count);
    this.region.fill(0, 0, count);
    this.sunkTo.fill(-1, 0, count);
    this.fuses.fill(-1, 0, count);
    this.fills.fill(-1, 0, count);
    this.sums.fill(0, 0, count);
    this.place.fill(-1, 0, count);
  }
}
const scratch = new Scratch();

/** Words for values that have no home in a state slot. */
class Places {
  readonly #free: number[] = [];
  #next = TEMPORARY_BASE;
  take(): number {
    const reused = this.#free.pop();
    if (reused !== undefined) return reused;
    if (this.#next === TEMPORARY_BASE + TEMPORARY_COUNT) {
      throw new RangeError(`a block needs more than ${TEMPORARY_COUNT} temporaries`);
    }
    return this.#next++;
  }
  release(word: number): void {
    if (word >= TEMPORARY_BASE && word < TEMPORARY_BASE + TEMPORARY_COUNT) this.#free.push(word);
  }
}

interface Analysis {
  /** 1 for nodes that have to be executed. */
  readonly live: Uint8Array;
  /** Index of the last node that uses a value. */
  readonly lastUse: Int32Array;
  /** For a pure value that is computed at its put: the put's index; else -1. */
  readonly sunkTo: Int32Array;
  /** For a put: the value that is computed into its slot there; else -1. */
  readonly fuses: Int32Array;
  /** For a load or read: the put whose slot it fills directly; else -1. */
  readonly fills: Int32Array;
  /** For an addition: 1 when the access that it is the address of makes it. */
  readonly sums: Int32Array;
}
const writes = new SlotWrites();

const use = (v: Value, { lastUse, firstUse }: Scratch, at: number): void => {
  lastUse[v] = at;
  if (firstUse[v]! > at) firstUse[v] = at;
};

const analyse = (block: Block): Analysis => {
  const { nodes } = block;
  const count = nodes.length;
  const live = liveNodes(block);
  scratch.begin(count);
  const { lastUse, firstUse, region } = scratch;
  writes.begin();
  let current = 0;
  const ends: { at: number; outer: number }[] = [];
  for (let i = 0; i < count; i++) {
    const node = nodes[i]!;
    while (ends.length > 0 && ends.at(-1)!.at <= i) current = ends.pop()!.outer;
    region[i] = current;
    if (node.kind === "guard") {
      ends.push({ at: node.end, outer: current });
      current = i + 1;
    }
    if (live[i] === 0) continue;
    eachOperand(node, use, scratch, i);
    writes.add(node, i);
  }

  const a: Analysis = {
    live,
    lastUse,
    sunkTo: scratch.sunkTo,
    fuses: scratch.fuses,
    fills: scratch.fills,
    sums: scratch.sums,
  };
  for (let j = 0; j < count; j++) {
    const node = nodes[j]!;
    if (live[j] === 0) continue;
    if (node.kind === "load" || node.kind === "store") sumAddress(a, nodes, node, j);
    if (node.kind !== "put") continue;
    const v = node.value;
    const made = nodes[v]!;
    if (firstUse[v] !== j || region[v] !== region[j]) continue;
    // Later readers of the value would read the slot; it must not change before they have.
    if (lastUse[v]! > j && writes.between(node.slot, j, lastUse[v]!)) continue;
    if (made.kind === "pure") {
      if (!operandsHold(a, nodes, made.args, v, j)) continue;
      for (const arg of made.args) lastUse[arg] = Math.max(lastUse[arg]!, j);
      a.sunkTo[v] = j;
      a.fuses[j] = v;
    } else if (
      (made.kind === "load" || made.kind === "readCpsr" || made.kind === "sysRead") &&
      slotUntouched(nodes, node.slot, v, j, a)
    ) {
      a.fills[v] = j;
    }
  }
  return a;
};

/** Are the operands of node `v` still where they are at a later node? */
const operandsHold = (
  a: Analysis,
  nodes: readonly Node[],
  args: readonly Value[],
  v: number,
  later: number,
): boolean => {
  for (const arg of args) {
    // The operand lives in a state slot when it is read from there or was computed into it.
    const home = Math.max(a.sunkTo[arg]!, a.fills[arg]!);
    const holder = nodes[home === -1 ? arg : home]!;
    if ((holder.kind === "get" || holder.kind === "put") && writes.between(holder.slot, v, later))
      return false;
  }
  return true;
};

/** An address that is a sum, and that nothing else uses, is added up by its access. */
const sumAddress = (
  a: Analysis,
  nodes: readonly Node[],
  node: Extract<Node, { kind: "load" | "store" }>,
  at: number,
): void => {
  const v = node.address;
  const made = nodes[v]!;
  if (made.kind !== "pure" || made.op !== "add") return;
  const { firstUse, lastUse, region } = scratch;
  if (firstUse[v] !== at || lastUse[v] !== at || region[v] !== region[at]) return;
  if (node.kind === "store" && node.value === v) return;
  if (extract(node.access, ACCESS_BITS.alignment) > 2) return;
  if (!operandsHold(a, nodes, made.args, v, at)) return;
  for (const arg of made.args) lastUse[arg] = Math.max(lastUse[arg]!, at);
  a.sums[v] = 1;
};

/** Does nothing between a load and its put read or write the slot, fault or branch? */
const slotUntouched = (
  nodes: readonly Node[],
  slot: Slot,
  from: number,
  to: number,
  a: Analysis,
): boolean => {
  for (let i = from + 1; i < to; i++) {
    const node = nodes[i]!;
    if (a.live[i] === 0) continue;
    if (
      node.kind !== "pure" &&
      node.kind !== "const" &&
      !(node.kind === "get" && node.slot !== slot)
    )
      return false;
  }
  // An alias of the slot made earlier and used after the load would see the new value too soon.
  for (let i = 0; i < from; i++) {
    const node = nodes[i]!;
    if (
      node.kind === "get" &&
      node.slot === slot &&
      a.live[i] === 1 &&
      a.lastUse[i]! > from &&
      a.lastUse[i]! <= to
    )
      return false;
  }
  return true;
};

/** Word accesses by log2 of the alignment demanded, from 3 on. */
const ALIGNED_LOADS = [MICRO.LOAD32_ALIGNED8, MICRO.LOAD32_ALIGNED16, MICRO.LOAD32_ALIGNED32];
const ALIGNED_STORES = [MICRO.STORE32_ALIGNED8, MICRO.STORE32_ALIGNED16, MICRO.STORE32_ALIGNED32];

/** Lowers a block that starts with translation key `key`; `id` is what HEAD names it by. */
export const lower = (block: Block, key: number, id: number, code: CodeBuffer): LoweredBlock => {
  const { nodes, marks } = block;
  const a = analyse(block);
  const places = new Places();
  /** Where each value is: a word index, or -1 while it has none. */
  const { place } = scratch;
  const calls: Node[] = [];
  const markOffsets: number[] = [];
  const guards: { end: number; patch: number }[] = [];
  const regime = MODES.find((m) => m.encoding === extract(key, KEY.mode))!.pl;
  // Branches leave an IT block: what is behind them has ITSTATE 0.
  const keyAfter = key & ~(0xff << KEY.it.lsb);

  const operand = (v: Value): number => {
    const node = nodes[v]!;
    return node.kind === "const" ? code.constant(node.value) : place[v]!;
  };
  /** The slot that a value fills directly, else a temporary. */
  const home = (i: number): number => {
    const put = a.fills[i]!;
    return put === -1 ? places.take() : (nodes[put] as Extract<Node, { kind: "put" }>).slot;
  };
  /** Frees the temporaries of values whose last use is node `i`. */
  const retire = (i: number, values: readonly Value[]): void => {
    for (let n = 0; n < values.length; n++) {
      const v = values[n]!;
      if (a.lastUse[v] === i && values.indexOf(v) === n) places.release(place[v]!);
    }
  };
  const pure = (v: Value, into: number, at: number): void => {
    const node = nodes[v] as Extract<Node, { kind: "pure" }>;
    code.push(microOfPure(node.op));
    code.push(into);
    for (const arg of node.args) code.push(operand(arg));
    retire(at, node.args);
  };
  const call = (op: number, node: Node): void => {
    calls.push(node);
    code.push(op);
    code.push(calls.length - 1);
  };
  const memory = (
    op8: number,
    node: Extract<Node, { kind: "load" | "store" }>,
    other: number,
    i: number,
  ): void => {
    const { access, address } = node;
    const load = node.kind === "load";
    const made = nodes[address]!;
    const parts = a.sums[address] === 1 && made.kind === "pure" ? made.args : undefined;
    const size = accessSize(access) >> 1;
    // Alignment above a word's (LDREXD, VLD1): the probe must then fail for it too.
    const alignment = extract(access, ACCESS_BITS.alignment);
    if (parts !== undefined) code.push((load ? MICRO.LOAD8_SUM : MICRO.STORE8_SUM) + size);
    else if (alignment > 2) code.push((load ? ALIGNED_LOADS : ALIGNED_STORES)[alignment - 3]!);
    else code.push(op8 + size);
    if (load) code.push(other);
    if (parts === undefined) code.push(operand(address));
    else for (const part of parts) code.push(operand(part));
    if (!load) code.push(other);
    code.push(access);
    const level = extract(access, ACCESS_BITS.unprivileged) === 1 ? 0 : regime;
    code.push(tlbTable(level, !load));
    const used = parts ?? [address];
    retire(i, load ? used : [...used, node.value]);
  };

  const entry = code.length;
  code.push(MICRO.HEAD);
  code.push(marks.length);
  code.push(id);
  code.push(0);
  let nextMark = 0;
  nodes.forEach((node, i) => {
    while (guards.length > 0 && guards.at(-1)!.end <= i)
      code.patch(guards.pop()!.patch, code.length);
    while (nextMark < marks.length && marks[nextMark]!.node <= i) {
      markOffsets.push(code.length);
      nextMark++;
    }
    if (a.live[i] === 0) return;
    const v = i as Value;
    switch (node.kind) {
      case "const":
        return;
      case "get":
        if (writes.between(node.slot, i, a.lastUse[i]!)) {
          place[i] = places.take();
          code.push(MICRO.MOVE);
          code.push(place[i]!);
          code.push(node.slot);
        } else {
          place[i] = node.slot;
        }
        return;
      case "pure": {
        if (a.sunkTo[i] !== -1 || a.sums[i] === 1) return;
        const into = places.take();
        place[i] = into;
        pure(v, into, i);
        return;
      }
      case "put": {
        const fused = a.fuses[i]!;
        if (fused !== -1) {
          pure(fused as Value, node.slot, i);
          place[fused] = node.slot;
          return;
        }
        if (place[node.value] !== node.slot || nodes[node.value]!.kind === "const") {
          code.push(MICRO.MOVE);
          code.push(node.slot);
          code.push(operand(node.value));
        }
        retire(i, [node.value]);
        return;
      }
      case "flags":
        code.push(microOfFlags(node.op));
        for (const arg of node.args) code.push(operand(arg));
        retire(i, node.args);
        return;
      case "load":
        place[i] = home(i);
        memory(MICRO.LOAD8, node, place[i]!, i);
        return;
      case "store":
        memory(MICRO.STORE8, node, operand(node.value), i);
        return;
      case "guard":
        code.push(node.invert ? MICRO.SKIP_NONZERO : MICRO.SKIP_ZERO);
        code.push(operand(node.value));
        guards.push({ end: node.end, patch: code.push(0) });
        retire(i, [node.value]);
        return;
      case "readCpsr":
      case "sysRead":
      case "sysReadHigh": {
        place[i] = home(i);
        code.push(
          node.kind === "readCpsr"
            ? MICRO.READ_CPSR
            : node.kind === "sysRead"
              ? MICRO.SYS_READ
              : MICRO.SYS_READ_HIGH,
        );
        code.push(place[i]!);
        if (node.kind === "sysRead") {
          code.push(node.register);
          code.push(node.wide ? 1 : 0);
        }
        return;
      }
      case "sysWrite":
        code.push(MICRO.SYS_WRITE);
        code.push(node.register);
        code.push(operand(node.value));
        code.push(node.high === undefined ? operand(node.value) : operand(node.high));
        code.push(node.high === undefined ? 0 : 1);
        return;
      case "writeCpsr":
        code.push(MICRO.WRITE_CPSR);
        code.push(operand(node.value));
        code.push(node.byteMask);
        return;
      case "vector":
        code.push(MICRO.VECTOR);
        code.push(VECTOR_OP_NAMES.indexOf(node.op));
        for (const word of node.operands) code.push(word);
        return;
      case "checkCoprocessor":
      case "hint":
      case "trapCheck":
        call(MICRO.CALL, node);
        return;
      case "exitException":
      case "exitStop":
        call(MICRO.EXIT, node);
        return;
      case "exitGoto":
        code.push(MICRO.GOTO);
        // A link across pages would outlive a change of the mapping.
        code.push((node.target ^ block.pc) >>> PAGE_SHIFT === 0 ? 0 : NEVER_LINKED);
        code.push(node.target | 0);
        code.push(keyAfter);
        return;
      case "exitDispatch":
        code.push(MICRO.DISPATCH);
        code.push(node.target | 0);
        return;
      case "exitJump":
        code.push(MICRO.JUMP);
        code.push(operand(node.target));
        code.push(keyAfter);
        return;
      case "exitExchange":
        code.push(MICRO.EXCHANGE);
        code.push(operand(node.target));
        code.push(keyAfter & ~(1 << KEY.thumb.lsb));
        return;
      case "exitReturn":
        code.push(MICRO.RETURN);
        code.push(operand(node.target));
        code.push(operand(node.psr));
        return;
    }
  });
  while (guards.length > 0) code.patch(guards.pop()!.patch, code.length);
  while (markOffsets.length < marks.length) markOffsets.push(code.length);
  return { entry, markOffsets, calls };
};
