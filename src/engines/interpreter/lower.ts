/**
 * Lowering: a block's SSA nodes to micro-ops over words of the CPU's region. A `get` is the state slot
 * itself where nothing writes the slot before the value's last use, and a value that is only made to
 * be put into a slot is computed into it, so that most guest instructions become one micro-op.
 */
import { extract, privilegeOf } from "../../arch/index.js";
import {
  accessSize,
  ACCESS_BITS,
  FLAG_NAMES,
  KEY,
  kindOf,
  MARK_WORDS,
  NODE,
  NODE_WORDS,
  operandCount,
  opOf,
  packedOf,
  PAGE_SHIFT,
  PURE_NAMES,
  tlbTable,
  TEMPORARY_BASE,
  TEMPORARY_COUNT,
  VECTOR_OP_NAMES,
  type Block,
  type EngineHost,
  type Node,
  type OtherNode,
  type Packed,
} from "../../ir/index.js";
import { Analyser, ROLE } from "./analyse.js";
import { MICRO, NEVER_LINKED, SKIP, microOfFlags, microOfPure } from "./micro-ops.js";

/** Words of code made so far and where constants live. */
export interface CodeBuffer {
  /** Appends a word and gives its offset. */
  push(word: number): number;
  patch(offset: number, word: number): void;
  readonly length: number;
  /** Word index, in every CPU's region, that holds a constant. */
  constant(value: number): number;
  /** EngineHost's of the machine's CPUs, if there are any. */
  readonly plainRead: EngineHost["plainRead"] | undefined;
}

export interface LoweredBlock {
  readonly entry: number;
  readonly packed: Packed;
  /** Code offset of each instruction mark, ascending. The array is used anew by the next lowering, and longer. */
  readonly markOffsets: Int32Array;
  /** Nodes that CALL and EXIT refer to. */
  readonly calls: readonly Node[];
}

/** Words for values that have no home in a state slot. */
class Places {
  readonly #free: number[] = [];
  #next = TEMPORARY_BASE;

  begin(): void {
    this.#free.length = 0;
    this.#next = TEMPORARY_BASE;
  }
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

/** Word accesses by log2 of the alignment demanded, from 3 on. */
const ALIGNED_LOADS = [MICRO.LOAD32_ALIGNED8, MICRO.LOAD32_ALIGNED16, MICRO.LOAD32_ALIGNED32];
const ALIGNED_STORES = [MICRO.STORE32_ALIGNED8, MICRO.STORE32_ALIGNED16, MICRO.STORE32_ALIGNED32];
/** Opcodes by the op's number in a packed head. */
const PURE_MICRO = Int32Array.from(PURE_NAMES, microOfPure);
const FLAG_MICRO = Int32Array.from(FLAG_NAMES, microOfFlags);
const VECTOR_NUMBERS = new Map(VECTOR_OP_NAMES.map((name, n) => [name, n]));

const NO_CALLS: readonly Node[] = Object.freeze([]);

/** Appends the HEAD that every block begins with. */
export const pushHead = (code: CodeBuffer, instructions: number, id: number): void => {
  code.push(MICRO.HEAD);
  code.push(instructions);
  code.push(id);
  code.push(0);
  code.push(0);
};

/** Lowers one block after the other; its arrays and stacks serve all of them. */
class Lowering {
  readonly #analyser = new Analyser();
  readonly #places = new Places();
  readonly #guardEnds: number[] = [];
  /** Code offsets of their SKIPs. */
  readonly #guardSkips: number[] = [];
  #markOffsets = new Int32Array(64);
  #calls: Node[] | undefined;
  #code!: CodeBuffer;
  #words!: Int32Array;
  /** Where each value is: a word index, or -1 for constants. */
  #place = new Int32Array(1024);
  #lastUse!: Int32Array;
  #role!: Int32Array;
  #nextWrite!: Int32Array;
  /** A node that stands in the micro-op of the one before it. */
  #skipped = -1;
  /** Privilege level of the block's mode. */
  #level: 0 | 1 | 2 = 0;

  lower(block: Packed, key: number, id: number, code: CodeBuffer): LoweredBlock {
    const { words, count, marks, markCount } = block;
    const { live, lastUse, role, nextWrite } = this.#analyser.analyse(block);
    this.#code = code;
    this.#words = words;
    this.#lastUse = lastUse;
    this.#role = role;
    this.#nextWrite = nextWrite;
    if (this.#place.length < count) this.#place = new Int32Array(count * 2);
    this.#level = privilegeOf(extract(key, KEY.mode));
    this.#calls = undefined;
    this.#places.begin();
    this.#skipped = -1;
    if (this.#markOffsets.length < markCount) this.#markOffsets = new Int32Array(markCount * 2);
    const markOffsets = this.#markOffsets;
    const guardEnds = this.#guardEnds;

    const entry = code.length;
    pushHead(code, markCount, id);
    let mark = 0;
    let nextMark = markCount > 0 ? marks[0]! : count;
    for (let i = 0, p = 0; i < count; i++, p += NODE_WORDS) {
      while (guardEnds.length > 0 && guardEnds.at(-1)! <= i) this.#endGuard();
      while (nextMark <= i) {
        markOffsets[mark++] = code.length;
        nextMark = mark < markCount ? marks[mark * MARK_WORDS]! : count;
      }
      if (live[i] === 1 && i !== this.#skipped) this.#node(p, i, block, key);
    }
    while (guardEnds.length > 0) this.#endGuard();
    while (mark < markCount) markOffsets[mark++] = code.length;
    return { entry, packed: block, markOffsets, calls: this.#calls ?? NO_CALLS };
  }
  #endGuard(): void {
    this.#guardEnds.pop();
    const skip = this.#guardSkips.pop()!;
    this.#code.patch(skip + SKIP.words, this.#code.length - skip);
  }

  /** Word that a value is in. */
  #wordOf(v: number): number {
    const p = v * NODE_WORDS;
    const words = this.#words;
    return words[p] === NODE.const ? this.#code.constant(words[p + 1]!) : this.#place[v]!;
  }
  /** Pushes an operand that names a word of the CPU's region. */
  #pushWord(word: number): void {
    this.#code.push(word);
  }
  /** Pushes the word that a value is in. */
  #pushValue(v: number): void {
    this.#pushWord(this.#wordOf(v));
  }
  /** The slot that value `i` fills directly, else a temporary. */
  #home(i: number): number {
    const put = this.#role[i]!;
    return put < 0 ? this.#places.take() : this.#words[put * NODE_WORDS + 2]!;
  }
  /** Frees the temporary of a value whose last use is node `i`. */
  #retire(v: number, i: number): void {
    if (this.#lastUse[v] === i) this.#places.release(this.#place[v]!);
  }
  /** The same for the value operands of the node at `p`. */
  #retireOperands(p: number, i: number): void {
    const words = this.#words;
    const count = operandCount(words[p]!);
    const a = words[p + 1]!;
    const b = words[p + 2]!;
    const c = words[p + 3]!;
    this.#retire(a, i);
    if (count > 1 && b !== a) this.#retire(b, i);
    if (count > 2 && c !== a && c !== b) this.#retire(c, i);
  }
  #pushOperands(p: number): void {
    const words = this.#words;
    const count = operandCount(words[p]!);
    for (let n = 1; n <= count; n++) this.#pushValue(words[p + n]!);
  }
  /** The pure node at `p`, computed at node `i` into a word. */
  #pure(p: number, into: number, i: number): void {
    this.#code.push(PURE_MICRO[opOf(this.#words[p]!)]!);
    this.#pushWord(into);
    this.#pushOperands(p);
    this.#retireOperands(p, i);
  }
  #call(op: number, node: OtherNode): void {
    const calls = (this.#calls ??= []);
    this.#code.push(op);
    this.#code.push(calls.push(node) - 1);
  }
  /** A load into the word `other`, or a store of it. */
  #memory(load: boolean, address: number, access: number, other: number, i: number): void {
    const code = this.#code;
    const sum = this.#role[address] === ROLE.sum;
    const size = accessSize(access) >> 1;
    // Alignment above a word's (LDREXD, VLD1): the probe must then fail for it too.
    const alignment = extract(access, ACCESS_BITS.alignment);
    if (sum) code.push((load ? MICRO.LOAD8_SUM : MICRO.STORE8_SUM) + size);
    else if (alignment > 2) code.push((load ? ALIGNED_LOADS : ALIGNED_STORES)[alignment - 3]!);
    else code.push((load ? MICRO.LOAD8 : MICRO.STORE8) + size);
    if (load) this.#pushWord(other);
    const parts = address * NODE_WORDS;
    if (sum) this.#pushOperands(parts);
    else this.#pushValue(address);
    if (!load) this.#pushWord(other);
    code.push(access);
    const level = extract(access, ACCESS_BITS.unprivileged) === 1 ? 0 : this.#level;
    this.#pushWord(tlbTable(level, !load));
    if (sum) this.#retireOperands(parts, i);
    else this.#retire(address, i);
  }
  /** A store's value, which may be (part of) the address as well. */
  #retireStored(value: number, address: number, i: number): void {
    const words = this.#words;
    const parts = address * NODE_WORDS;
    if (
      this.#role[address] !== ROLE.sum
        ? value === address
        : words[parts + 1] === value || words[parts + 2] === value
    )
      return;
    this.#retire(value, i);
  }

  /** Node `i`, at `p`. */
  #node(p: number, i: number, { pc, others }: Packed, key: number): void {
    const code = this.#code;
    const words = this.#words;
    const place = this.#place;
    const head = words[p]!;
    const a = words[p + 1]!;
    switch (kindOf(head)) {
      case NODE.const:
        place[i] = -1;
        return;
      case NODE.get:
        if (this.#nextWrite[i]! < this.#lastUse[i]!) {
          place[i] = this.#places.take();
          code.push(MICRO.MOVE);
          this.#pushWord(place[i]!);
          this.#pushWord(a);
        } else place[i] = a;
        return;
      case NODE.pure:
        if (this.#role[i] !== ROLE.none) return;
        place[i] = this.#places.take();
        this.#pure(p, place[i]!, i);
        return;
      case NODE.put: {
        const slot = words[p + 2]!;
        const fused = this.#role[i]!;
        if (fused !== ROLE.none) {
          this.#pure(fused * NODE_WORDS, slot, i);
          place[fused] = slot;
          return;
        }
        // A constant has no place.
        if (place[a] !== slot) {
          code.push(MICRO.MOVE);
          this.#pushWord(slot);
          this.#pushValue(a);
        }
        this.#retire(a, i);
        return;
      }
      case NODE.flags:
        code.push(FLAG_MICRO[opOf(head)]!);
        this.#pushOperands(p);
        this.#retireOperands(p, i);
        return;
      case NODE.load:
        place[i] = this.#home(i);
        this.#memory(true, a, words[p + 2]!, place[i]!, i);
        return;
      case NODE.store: {
        const value = words[p + 2]!;
        this.#memory(false, a, words[p + 3]!, this.#wordOf(value), i);
        this.#retireStored(value, a, i);
        return;
      }
      case NODE.guard:
        if (this.#isConditionalGoto(p, i)) {
          this.#goto(
            words[p + 2] === 1 ? MICRO.GOTO_ZERO : MICRO.GOTO_NONZERO,
            words[p + NODE_WORDS + 1]!,
            pc,
            key,
          );
          this.#pushValue(a);
          this.#retire(a, i);
          this.#skipped = i + 1;
          return;
        }
        this.#guardSkips.push(code.push(words[p + 2] === 1 ? MICRO.SKIP_NONZERO : MICRO.SKIP_ZERO));
        this.#pushValue(a);
        code.push(0);
        this.#guardEnds.push(words[p + 3]!);
        this.#retire(a, i);
        return;
      case NODE.readCpsr:
        place[i] = this.#home(i);
        code.push(MICRO.READ_CPSR);
        this.#pushWord(place[i]!);
        return;
      case NODE.sysRead:
        place[i] = this.#home(i);
        if (words[p + 2] === 0 && this.#plainRead(a, place[i]!)) return;
        code.push(MICRO.SYS_READ);
        this.#pushWord(place[i]!);
        code.push(a);
        code.push(words[p + 2]!);
        return;
      case NODE.sysReadHigh:
        place[i] = this.#home(i);
        code.push(MICRO.SYS_READ_HIGH);
        this.#pushWord(place[i]!);
        return;
      case NODE.sysWrite: {
        const wide = operandCount(head) === 2;
        code.push(MICRO.SYS_WRITE);
        code.push(words[p + 3]!);
        this.#pushValue(a);
        this.#pushValue(wide ? words[p + 2]! : a);
        code.push(wide ? 1 : 0);
        return;
      }
      case NODE.writeCpsr:
        code.push(MICRO.WRITE_CPSR);
        this.#pushValue(a);
        code.push(words[p + 2]!);
        return;
      case NODE.other:
        this.#other(others[a]!);
        return;
      case NODE.exitGoto:
        return this.#goto(MICRO.GOTO, a, pc, key);
      case NODE.exitDispatch:
        code.push(MICRO.DISPATCH);
        code.push(a);
        return;
      case NODE.exitJump:
        code.push(MICRO.JUMP);
        this.#pushValue(a);
        code.push(keyAfter(key));
        return;
      case NODE.exitExchange:
        code.push(MICRO.EXCHANGE);
        this.#pushValue(a);
        code.push(keyAfter(key) & ~(1 << KEY.thumb.lsb));
        return;
      case NODE.exitReturn:
        code.push(MICRO.RETURN);
        this.#pushValue(a);
        this.#pushValue(words[p + 2]!);
        return;
    }
  }
  /** A read of a system register that is a word of the CPU's region, behind at most two gates: true if it is one. */
  #plainRead(register: number, into: number): boolean {
    const code = this.#code;
    const plain = code.plainRead?.(register, this.#level);
    if (plain === undefined) return false;
    const { word, gates } = plain;
    if (gates.length > 2 || gates.some(({ wanted }) => wanted !== "clear")) return false;
    code.push(gates.length === 0 ? MICRO.MOVE : MICRO.SYS_READ_PLAIN);
    this.#pushWord(into);
    if (gates.length > 0) code.push(register);
    this.#pushWord(word);
    if (gates.length === 0) return true;
    for (let n = 0; n < 2; n++) {
      this.#pushWord(gates[n]?.slot ?? word);
      code.push(gates[n]?.mask ?? 0);
    }
    return true;
  }
  /** Is the guard at `p`, node `i`, one of a way out alone? */
  #isConditionalGoto(p: number, i: number): boolean {
    const words = this.#words;
    return words[p + 3] === i + 2 && kindOf(words[p + NODE_WORDS]!) === NODE.exitGoto;
  }
  #goto(op: number, target: number, pc: number, key: number): void {
    const code = this.#code;
    code.push(op);
    // A link across pages would outlive a change of the mapping.
    code.push((target ^ pc) >>> PAGE_SHIFT === 0 ? 0 : NEVER_LINKED);
    code.push(target);
    code.push(keyAfter(key));
  }
  #other(node: OtherNode): void {
    const code = this.#code;
    switch (node.kind) {
      case "vector":
        code.push(MICRO.VECTOR);
        code.push(VECTOR_NUMBERS.get(node.op)!);
        for (const word of node.operands) code.push(word);
        return;
      case "checkCoprocessor":
      case "hint":
      case "trapCheck":
        return this.#call(MICRO.CALL, node);
      case "exitException":
      case "exitStop":
        return this.#call(MICRO.EXIT, node);
    }
  }
}
/** Branches leave an IT block: what is behind them has ITSTATE 0. */
const keyAfter = (key: number): number => key & ~(0xff << KEY.it.lsb);

const lowering = new Lowering();
/** Lowers a block that starts with translation key `key`; `id` is what HEAD names it by. */
export const lower = (block: Block, key: number, id: number, code: CodeBuffer): LoweredBlock =>
  lowering.lower(packedOf(block), key, id, code);
