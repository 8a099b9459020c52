/**
 * A region to the code of one function. Registers and flags are locals for the whole region; they are
 * written back in one place, behind the body, which every way out goes through. The budget is charged block
 * by block and tested at the entry and at loop heads, for all blocks up to the next test.
 */
import { extract, MODES, SLOT } from "../../arch/index.js";
import {
  ACCESS_BITS,
  accessSize,
  assembleWat,
  CONTROL,
  FLAG_OPS,
  KEY,
  operandsOf,
  PURE_OPS,
  SIGNAL,
  TLB_ENTRIES,
  tlbTable,
  VECTOR_OP_NAMES,
  type Apply,
  type FlagName,
  type FlagOpName,
  type Node,
  type PureOpName,
  type Value,
} from "../../ir/index.js";
import type { CachedBlock } from "../interpreter/code-cache.js";
import { TIER_EXIT, WANTS_BUDGET, whereOf } from "../interpreter/interpreter.js";
import { IMPORT, TYPE } from "./abi.js";
import { FunctionBody, I32, OP, VOID } from "./encoder.js";
import type { Sequence } from "./layout.js";
import {
  callsOut,
  homesOf,
  livenessOf,
  PSR_SLOTS,
  type Homes,
  type RegionLiveness,
} from "./liveness.js";
import { keyBehind, type Region } from "./region.js";

/** A value: a constant, or a local. */
type Operand = { readonly constant: number } | { readonly local: number };

const TEMPLATES = new Map<PureOpName, readonly number[]>();
/** Code of a pure op with holes for its operands, out of its `wat` lane. */
const templateOf = (op: PureOpName): readonly number[] => {
  let known = TEMPLATES.get(op);
  if (known === undefined) {
    const lane = PURE_OPS[op].wat as (...args: string[]) => string;
    TEMPLATES.set(op, (known = assembleWat(lane("(arg 0)", "(arg 1)", "(arg 2)"))));
  }
  return known;
};

const BASE = 0,
  BUDGET = 1,
  LEAVE = 2,
  RESULT = 3,
  PC = 4,
  ENTRY = 5,
  FIRST_HOME = 6;

class RegionCompiler {
  readonly #region: Region;
  readonly #homes: Homes;
  readonly #live: RegionLiveness;
  readonly #f = new FunctionBody(TYPE.compiled, 1);
  /** What each open block of the function is: a guest block that it leads to, OUT, or nothing to branch to. */
  readonly #labels: number[] = [];
  #nextTemporary = 0;
  // The block that is being compiled.
  #index = 0;
  #block!: CachedBlock;
  #places: (Operand | undefined)[] = [];
  #lastUse = new Int32Array(0);
  #mark = 0;

  constructor(region: Region) {
    this.#region = region;
    this.#homes = homesOf(region);
    this.#live = livenessOf(region, this.#homes);
    this.#f.locals = FIRST_HOME + this.#homes.slots.length;
  }

  compile(): FunctionBody {
    const f = this.#f;
    const { region, entryNeed } = { region: this.#region, entryNeed: this.#region.need[0]! };
    this.#load(CONTROL.budget);
    f.set(BUDGET);
    if ((region.layout.loopHeads & 1) === 0) {
      this.#belowFloor(entryNeed);
      f.byte(OP.if);
      f.byte(VOID);
      f.get(BASE);
      f.const(region.blocks[0]!.pc);
      this.#store(SLOT.PC);
      f.const(region.blocks[0]!.key | WANTS_BUDGET);
      f.byte(OP.return);
      f.byte(OP.end);
    }
    this.#homes.slots.forEach((slot, bit) => {
      if ((this.#live.atEntry & (1 << bit)) === 0) return;
      this.#load(slot);
      f.set(FIRST_HOME + bit);
    });
    this.#open(OP.block, OUT);
    this.#open(OP.block, FAULT);
    this.#sequence(region.layout.root);
    f.byte(OP.unreachable);
    this.#close();
    f.const(TIER_EXIT.fault);
    f.set(RESULT);
    this.#close();
    this.#writeBack();
    f.get(BASE);
    f.get(BUDGET);
    this.#store(CONTROL.budget);
    f.get(BASE);
    f.get(PC);
    this.#store(SLOT.PC);
    f.get(RESULT);
    return f;
  }

  // ---- pieces -------------------------------------------------------------------------------------

  #open(op: number, label: number): void {
    this.#f.byte(op);
    this.#f.byte(VOID);
    this.#labels.push(label);
  }
  #close(): void {
    this.#f.byte(OP.end);
    this.#labels.pop();
  }
  #branch(label: number, op: number = OP.br): void {
    this.#f.byte(op);
    this.#f.leb(this.#labels.length - 1 - this.#labels.lastIndexOf(label));
  }
  /** Pushes a word of the CPU's region. */
  #load(word: number): void {
    this.#f.get(BASE);
    this.#f.memory(OP.load, 2, word * 4);
  }
  /** Stores what is on the stack, above the base. */
  #store(word: number): void {
    this.#f.memory(OP.store, 2, word * 4);
  }
  #push(operand: Operand): void {
    if ("constant" in operand) this.#f.const(operand.constant);
    else this.#f.get(operand.local);
  }
  #temporary(): number {
    const local = this.#nextTemporary++;
    if (local >= this.#f.locals) this.#f.locals = local + 1;
    return local;
  }
  #homeOf(slot: number): number | undefined {
    const bit = this.#homes.bitOf.get(slot as never);
    return bit === undefined ? undefined : FIRST_HOME + bit;
  }
  #writeBack(): void {
    this.#homes.slots.forEach((slot, bit) => {
      if ((this.#homes.written & (1 << bit)) === 0) return;
      this.#f.get(BASE);
      this.#f.get(FIRST_HOME + bit);
      this.#store(slot);
    });
  }
  /** Pushes whether the budget, less `need`, is below the floor. */
  #belowFloor(need: number): void {
    const f = this.#f;
    f.get(BUDGET);
    f.const(need);
    f.byte(OP.sub);
    this.#load(CONTROL.floor);
    f.byte(OP.ltS);
  }
  /** Leaves for the block at a constant address. */
  #leaveFor(pc: number, key: number): void {
    const f = this.#f;
    f.const(pc);
    f.set(PC);
    f.const(key);
    f.set(RESULT);
    this.#branch(OUT);
  }

  // ---- control flow -------------------------------------------------------------------------------

  #sequence(s: Sequence): void {
    const heads = s.items.map((item) => (typeof item === "number" ? item : item.header));
    if (s.isLoop) {
      this.#open(OP.loop, s.header);
      const { pc, key } = this.#region.blocks[s.header]!;
      this.#belowFloor(this.#region.need[s.header]!);
      this.#open(OP.if, NOWHERE);
      this.#leaveFor(pc, key | WANTS_BUDGET);
      this.#close();
    }
    for (const head of heads.slice(1).toReversed()) this.#open(OP.block, head);
    s.items.forEach((item, i) => {
      if (i > 0) this.#close();
      if (typeof item === "number") this.#blockCode(item);
      else this.#sequence(item);
    });
    if (s.isLoop) this.#close();
  }

  #blockCode(index: number): void {
    const f = this.#f;
    const block = this.#region.blocks[index]!;
    const { nodes, marks } = block.source;
    this.#index = index;
    this.#block = block;
    this.#places = [];
    this.#nextTemporary = FIRST_HOME + this.#homes.slots.length;
    const { live, flags } = this.#live.blocks[index]!;
    this.#findLastUses(nodes, live);
    f.get(BUDGET);
    f.const(marks.length);
    f.byte(OP.sub);
    f.set(BUDGET);
    if (nodes.some(callsOut)) {
      f.const(0);
      f.set(LEAVE);
    }
    const guards: number[] = [];
    this.#mark = -1;
    nodes.forEach((node, i) => {
      while (guards.length > 0 && guards.at(-1)! <= i) {
        guards.pop();
        this.#close();
      }
      while (this.#mark + 1 < marks.length && marks[this.#mark + 1]!.node <= i) this.#mark++;
      if (live[i] === 0) return;
      if (node.kind === "guard") {
        this.#open(OP.block, NOWHERE);
        this.#push(this.#operand(node.value));
        if (!node.invert) f.byte(OP.eqz);
        f.byte(OP.brIf);
        f.leb(0);
        guards.push(node.end);
      } else this.#node(node, i, flags[i]!);
    });
    while (guards.length > 0) {
      guards.pop();
      this.#close();
    }
    f.byte(OP.unreachable);
  }
  #findLastUses(nodes: readonly Node[], live: Uint8Array): void {
    this.#lastUse = new Int32Array(nodes.length).fill(-1);
    nodes.forEach((node, i) => {
      if (live[i] === 1) for (const v of operandsOf(node)) this.#lastUse[v] = i;
    });
  }
  /** Is a slot's local written between node `i` and the last use of its value? */
  #writtenBefore(slot: number, i: number): boolean {
    const { nodes } = this.#block.source;
    for (let n = i + 1; n < this.#lastUse[i]!; n++) {
      const node = nodes[n]!;
      if (node.kind === "put" && node.slot === slot) return true;
      if (node.kind === "flags" || node.kind === "writeCpsr") {
        if (PSR_SLOTS.includes(slot as never)) return true;
      }
    }
    return false;
  }
  #operand(v: Value): Operand {
    const node = this.#block.source.nodes[v]!;
    return node.kind === "const" ? { constant: node.value } : this.#places[v]!;
  }
  get #where(): number {
    return whereOf(this.#block, Math.max(0, this.#mark));
  }

  // ---- nodes --------------------------------------------------------------------------------------

  #node(node: Node, i: number, flags: number): void {
    const f = this.#f;
    switch (node.kind) {
      case "const":
      case "guard":
        return;
      case "get": {
        const home = this.#homeOf(node.slot);
        if (home !== undefined && !this.#writtenBefore(node.slot, i)) {
          this.#places[i] = { local: home };
          return;
        }
        if (home === undefined) this.#load(node.slot);
        else f.get(home);
        return this.#define(i);
      }
      case "put": {
        const home = this.#homeOf(node.slot);
        if (home === undefined) f.get(BASE);
        this.#push(this.#operand(node.value));
        if (home === undefined) this.#store(node.slot);
        else f.set(home);
        return;
      }
      case "pure":
        this.#pure(
          node.op,
          node.args.map((v) => this.#operand(v)),
        );
        return this.#define(i);
      case "flags":
        return this.#flags(
          node.op,
          node.args.map((v) => this.#operand(v)),
          flags,
        );
      case "load":
        this.#access(node.address, undefined, node.access);
        return this.#define(i);
      case "store":
        return this.#access(node.address, node.value, node.access);
      case "vector":
        f.const(VECTOR_OP_NAMES.indexOf(node.op));
        for (const word of node.operands) f.const(word);
        return f.call(IMPORT.vector);
      case "sysReadHigh":
        f.call(IMPORT.sysReadHigh);
        return this.#define(i);
      case "readCpsr":
      case "sysRead":
      case "sysWrite":
      case "writeCpsr":
      case "checkCoprocessor":
      case "trapCheck":
      case "hint":
        return this.#callMachine(node, i);
      default:
        return this.#exit(node, i);
    }
  }
  /** Keeps what is on the stack as the value of node `i`. */
  #define(i: number): void {
    const local = this.#temporary();
    this.#f.set(local);
    this.#places[i] = { local };
  }
  #pure(op: PureOpName, args: readonly Operand[]): void {
    for (const byte of templateOf(op)) {
      if (byte >= 0) this.#f.byte(byte);
      else this.#push(args[-1 - byte]!);
    }
  }
  /** The flags that live, each put into its local when all are known. */
  #flags(op: FlagOpName, args: readonly Operand[], live: number): void {
    interface Term {
      readonly op: PureOpName;
      readonly args: readonly (Term | Operand)[];
      place?: Operand;
    }
    const apply: Apply<Term | Operand> = (name, ...terms) => ({ op: name, args: terms });
    const place = (term: Term | Operand): Operand => {
      if (!("op" in term)) return term;
      if (term.place === undefined) {
        this.#pure(term.op, term.args.map(place));
        const local = this.#temporary();
        this.#f.set(local);
        term.place = { local };
      }
      return term.place;
    };
    const values = FLAG_OPS[op].expand(
      apply,
      (constant): Term | Operand => ({ constant }),
      ...args,
    );
    const results: [number, Operand][] = [];
    for (const [flag, term] of Object.entries(values)) {
      const bit = this.#homes.bitOf.get(SLOT[flag as FlagName])!;
      if ((live & (1 << bit)) !== 0) results.push([FIRST_HOME + bit, place(term)]);
    }
    for (const [home, operand] of results) {
      this.#push(operand);
      this.#f.set(home);
    }
  }

  /** A load (which leaves its value on the stack) or a store: TLB probe, then memory or the machine. */
  #access(address: Value, value: Value | undefined, access: number): void {
    const f = this.#f;
    const at = this.#operand(address);
    const size = accessSize(access);
    const aligned = Math.max(size, 1 << extract(access, ACCESS_BITS.alignment));
    const mode = MODES.find((m) => m.encoding === extract(this.#block.key, KEY.mode))!;
    const regime = extract(access, ACCESS_BITS.unprivileged) === 1 ? 0 : mode.pl;
    const table = tlbTable(regime, value !== undefined);
    this.#push(at);
    f.const(0xfffff000 | (aligned - 1));
    f.byte(OP.and);
    this.#push(at);
    f.const(9);
    f.byte(OP.shrU);
    f.const((TLB_ENTRIES - 1) << 3);
    f.byte(OP.and);
    f.get(BASE);
    f.byte(OP.add);
    f.tee(ENTRY);
    f.memory(OP.load, 2, table * 4);
    f.byte(OP.eq);
    f.byte(OP.if);
    f.byte(value === undefined ? I32 : VOID);
    this.#labels.push(NOWHERE);
    this.#push(at);
    f.get(ENTRY);
    f.memory(OP.load, 2, table * 4 + 4);
    f.byte(OP.add);
    const log = Math.log2(size);
    if (value === undefined) f.memory([OP.load8, OP.load16, OP.load][log]!, log, 0);
    else {
      this.#push(this.#operand(value));
      f.memory([OP.store8, OP.store16, OP.store][log]!, log, 0);
    }
    f.byte(OP.else);
    this.#beforeCall();
    this.#push(at);
    if (value !== undefined) this.#push(this.#operand(value));
    f.const(access);
    f.const(this.#where);
    f.call(value === undefined ? IMPORT.load : IMPORT.store);
    this.#afterCall();
    this.#close();
  }

  #beforeCall(): void {
    this.#f.get(BASE);
    this.#f.get(BUDGET);
    this.#store(CONTROL.budget);
  }
  /** Heeds the signal word: takes the budget over, remembers to leave, leaves at once after a fault. */
  #afterCall(): void {
    const f = this.#f;
    this.#load(CONTROL.signal);
    this.#open(OP.if, NOWHERE);
    this.#load(CONTROL.budget);
    f.set(BUDGET);
    this.#load(CONTROL.signal);
    f.tee(LEAVE);
    f.const(SIGNAL.fault);
    f.byte(OP.and);
    this.#branch(FAULT, OP.brIf);
    this.#close();
  }
  /** Leaves by an exit that names the instruction. */
  #result(exit: number): void {
    const f = this.#f;
    f.get(BASE);
    f.const(this.#where);
    this.#store(CONTROL.where);
    f.const(exit);
    f.set(RESULT);
    this.#branch(OUT);
  }

  #callMachine(node: Node, i: number): void {
    const f = this.#f;
    this.#writeBack();
    this.#beforeCall();
    switch (node.kind) {
      case "readCpsr":
        f.call(IMPORT.readCpsr);
        return this.#define(i);
      case "sysRead":
        f.const(node.register);
        f.const(node.wide ? 1 : 0);
        f.const(this.#where);
        f.call(IMPORT.sysRead);
        this.#define(i);
        return this.#afterCall();
      case "sysWrite":
        f.const(node.register);
        this.#push(this.#operand(node.value));
        this.#push(this.#operand(node.high ?? node.value));
        f.const(node.high === undefined ? 0 : 1);
        f.const(this.#where);
        f.call(IMPORT.sysWrite);
        return this.#afterCall();
      case "writeCpsr":
        this.#push(this.#operand(node.value));
        f.const(node.byteMask);
        f.const(this.#where);
        f.const(0);
        f.call(IMPORT.writeCpsr);
        for (const slot of PSR_SLOTS) {
          this.#load(slot);
          f.set(this.#homeOf(slot)!);
        }
        return this.#afterCall();
      default:
        f.const(i);
        f.const(this.#where);
        f.call(IMPORT.node);
        return this.#afterCall();
    }
  }

  #exit(node: Node, i: number): void {
    const f = this.#f;
    const behind = keyBehind(this.#block.key);
    switch (node.kind) {
      case "exitGoto": {
        const to = this.#region.branch(this.#index, node.target);
        if (to === -1) return this.#leaveFor(node.target, behind);
        if (this.#block.source.nodes.some(callsOut)) {
          f.get(LEAVE);
          this.#open(OP.if, NOWHERE);
          this.#leaveFor(node.target, behind);
          this.#close();
        }
        return this.#branch(to);
      }
      case "exitDispatch":
        f.const(node.target);
        f.set(PC);
        this.#load(SLOT.M);
        for (const [slot, field] of [
          [SLOT.T, KEY.thumb],
          [SLOT.E, KEY.bigEndian],
          [SLOT.IT, KEY.it],
        ] as const) {
          this.#load(slot);
          f.const(field.lsb);
          f.byte(OP.shl);
          f.byte(OP.or);
        }
        f.set(RESULT);
        return this.#branch(OUT);
      case "exitJump":
        this.#push(this.#operand(node.target));
        f.set(PC);
        f.const(behind);
        f.set(RESULT);
        return this.#branch(OUT);
      case "exitExchange": {
        const target = this.#operand(node.target);
        const thumb = this.#temporary();
        this.#push(target);
        f.const(1);
        f.byte(OP.and);
        f.set(thumb);
        f.get(BASE);
        f.get(thumb);
        this.#store(SLOT.T);
        this.#push(target);
        f.const(-2);
        f.byte(OP.and);
        f.set(PC);
        f.get(thumb);
        f.const(KEY.thumb.lsb);
        f.byte(OP.shl);
        f.const(behind & ~(1 << KEY.thumb.lsb));
        f.byte(OP.or);
        f.set(RESULT);
        return this.#branch(OUT);
      }
      case "exitReturn":
        f.get(BASE);
        this.#push(this.#operand(node.target));
        this.#store(CONTROL.target);
        f.get(BASE);
        this.#push(this.#operand(node.psr));
        this.#store(CONTROL.psr);
        return this.#result(TIER_EXIT.exceptionReturn);
      case "exitException":
      case "exitStop":
        f.get(BASE);
        f.const(i);
        this.#store(CONTROL.node);
        return this.#result(TIER_EXIT.exit);
      default:
        throw new Error(`wasm: ${node.kind} has no code`);
    }
  }
}
/** Labels that are no guest block. */
const OUT = -1,
  FAULT = -2,
  NOWHERE = -3;

/** The function of a region, of type TYPE.compiled. */
export const compileRegion = (region: Region): FunctionBody => new RegionCompiler(region).compile();
