/**
 * A region to the code of one function. Registers and flags are locals for the whole region; they are
 * written back in one place, behind the body, which every way out goes through. The budget is charged block
 * by block and tested at the entry and at loop heads, for all blocks up to the next test.
 */
import {
  cpacrTest,
  extract,
  hcptrTest,
  MODES,
  SLOT,
  UNDEFINED_UNLESS,
  type Mode,
  type StateTest,
} from "../../arch/index.js";
import {
  ACCESS_BITS,
  accessSize,
  baseAndOffset,
  CODE_ENTRIES,
  codeEntry,
  CONTROL,
  FLAG_OPS,
  KEY,
  operandsOf,
  PAGE_SHIFT,
  PAGE_SIZE,
  shareProbes,
  tlbTable,
  type Apply,
  type FlagName,
  type FlagOpName,
  type Node,
  type Optimisation,
  type PureOpName,
  type ProbeGroup,
  type Value,
} from "../../ir/index.js";
import { TIER_EXIT, WANTS_BUDGET, whereOf } from "../interpreter/interpreter.js";
import { IMPORT, type ProbeName } from "./abi.js";
import { I32, OP, VOID, type FunctionBody } from "./encoder.js";
import type { Sequence } from "./layout.js";
import {
  callsOut,
  homesOf,
  livenessOf,
  PSR_SLOTS,
  type Homes,
  type RegionLiveness,
} from "./liveness.js";
import {
  ADDEND,
  BASE,
  BUDGET,
  ENTRY,
  FAULT,
  Frame,
  LEAVE,
  NOWHERE,
  OUT,
  PC,
  RESULT,
  type Operand,
} from "./frame.js";
import { ENTRY_MASK } from "./probes.js";
import { vectorCode } from "./vector-code.js";
import { keyBehind, type Region, type RegionBlock } from "./region.js";

class RegionCompiler {
  readonly #region: Region;
  readonly #on: ReadonlySet<Optimisation>;
  readonly #homes: Homes;
  readonly #live: RegionLiveness;
  readonly #frame: Frame;
  readonly #f: FunctionBody;
  // The block that is being compiled.
  #index = 0;
  #block!: RegionBlock;
  #places: (Operand | undefined)[] = [];
  #lastUse = new Int32Array(0);
  #mark = 0;
  #probes: ReadonlyMap<number, ProbeGroup> = new Map();
  /** Local that holds where in memory the first byte of a group is, 0 where each access has to look. */
  readonly #groupPlaces = new Map<ProbeGroup, number>();

  constructor(region: Region, on: ReadonlySet<Optimisation>) {
    this.#on = on;
    this.#region = region;
    this.#homes = homesOf(region);
    this.#live = livenessOf(region, this.#homes, on.has("dead-flags"));
    this.#frame = new Frame(
      this.#homes,
      region.blocks.some((b) => b.source.nodes.some((n) => n.kind === "vector")),
    );
    this.#f = this.#frame.f;
  }

  compile(): FunctionBody {
    const f = this.#f;
    const region = this.#region;
    this.#frame.loadBudget();
    if ((region.layout.loopHeads & 1) === 0) {
      this.#frame.belowFloor(region.need[0]!);
      f.byte(OP.if);
      f.byte(VOID);
      f.get(BASE);
      f.const(region.blocks[0]!.pc);
      this.#frame.store(SLOT.PC);
      f.const(region.blocks[0]!.key | WANTS_BUDGET);
      f.byte(OP.return);
      f.byte(OP.end);
    }
    this.#homes.slots.forEach((slot, bit) => {
      if ((this.#live.atEntry & (1 << bit)) === 0) return;
      this.#frame.load(slot);
      f.set(this.#frame.firstHome + bit);
    });
    this.#frame.open(OP.block, OUT);
    this.#frame.open(OP.block, FAULT);
    this.#sequence(region.layout.root);
    f.byte(OP.unreachable);
    this.#frame.close();
    f.const(TIER_EXIT.fault);
    f.set(RESULT);
    this.#frame.close();
    this.#frame.writeBack();
    this.#frame.storeBudget();
    f.get(BASE);
    f.get(PC);
    this.#frame.store(SLOT.PC);
    f.get(RESULT);
    return f;
  }

  // ---- control flow -------------------------------------------------------------------------------

  #sequence(s: Sequence): void {
    const heads = s.items.map((item) => (typeof item === "number" ? item : item.header));
    if (s.isLoop) {
      this.#frame.open(OP.loop, s.header);
      const { pc, key } = this.#region.blocks[s.header]!;
      this.#frame.belowFloor(this.#region.need[s.header]!);
      this.#frame.foresee(false);
      this.#frame.open(OP.if, NOWHERE);
      this.#frame.leaveFor(pc, key | WANTS_BUDGET);
      this.#frame.close();
    }
    for (const head of heads.slice(1).toReversed()) this.#frame.open(OP.block, head);
    s.items.forEach((item, i) => {
      if (i > 0) this.#frame.close();
      if (typeof item === "number") this.#blockCode(item);
      else this.#sequence(item);
    });
    if (s.isLoop) this.#frame.close();
  }

  #blockCode(index: number): void {
    const f = this.#f;
    const block = this.#region.blocks[index]!;
    const { nodes, marks } = block.source;
    this.#index = index;
    this.#block = block;
    this.#places = [];
    this.#frame.freeTemporaries();
    const { live, flags } = this.#live.blocks[index]!;
    this.#probes = this.#on.has("probe-sharing") ? shareProbes(block.source) : new Map();
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
        this.#frame.close();
      }
      while (this.#mark + 1 < marks.length && marks[this.#mark + 1]!.node <= i) this.#mark++;
      if (live[i] === 0) return;
      if (node.kind === "guard") {
        this.#frame.open(OP.block, NOWHERE);
        this.#frame.push(this.#operand(node.value));
        if (!node.invert) f.byte(OP.eqz);
        f.byte(OP.brIf);
        f.leb(0);
        guards.push(node.end);
      } else this.#node(node, i, flags[i]!);
    });
    while (guards.length > 0) {
      guards.pop();
      this.#frame.close();
    }
    f.byte(OP.unreachable);
  }
  #findLastUses(nodes: readonly Node[], live: Uint8Array): void {
    this.#lastUse = new Int32Array(nodes.length).fill(-1);
    nodes.forEach((node, i) => {
      if (live[i] === 1) for (const v of operandsOf(node)) this.#lastUse[v] = i;
    });
    // The first access of a group needs the base.
    for (const [i, { base }] of this.#probes)
      this.#lastUse[base] = Math.max(this.#lastUse[base]!, i);
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
    return whereOf(this.#block.cached, Math.max(0, this.#mark));
  }

  // ---- nodes --------------------------------------------------------------------------------------

  #node(node: Node, i: number, flags: number): void {
    const f = this.#f;
    switch (node.kind) {
      case "const":
      case "guard":
        return;
      case "get": {
        const home = this.#frame.homeOf(node.slot);
        if (home !== undefined && !this.#writtenBefore(node.slot, i)) {
          this.#places[i] = { local: home };
          return;
        }
        if (home === undefined) this.#frame.load(node.slot);
        else f.get(home);
        return this.#define(i);
      }
      case "put": {
        const home = this.#frame.homeOf(node.slot);
        if (home === undefined) f.get(BASE);
        this.#frame.push(this.#operand(node.value));
        if (home === undefined) this.#frame.store(node.slot);
        else f.set(home);
        return;
      }
      case "pure":
        this.#frame.pure(
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
        this.#access(i, node.address, undefined, node.access);
        return this.#define(i);
      case "store":
        return this.#access(i, node.address, node.value, node.access);
      case "vector":
        return vectorCode(f, node.op, node.operands);
      case "sysReadHigh":
        f.call(IMPORT.sysReadHigh);
        return this.#define(i);
      case "readCpsr":
      case "sysRead":
      case "sysWrite":
      case "writeCpsr":
      case "hint":
        return this.#callMachine(node, i);
      case "checkCoprocessor":
      case "trapCheck":
        return this.#check(node, i);
      default:
        return this.#exit(node, i);
    }
  }
  /** Keeps what is on the stack as the value of node `i`. */
  #define(i: number): void {
    const local = this.#frame.temporary();
    this.#f.set(local);
    this.#places[i] = { local };
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
        this.#frame.pure(term.op, term.args.map(place));
        const local = this.#frame.temporary();
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
      if ((live & (1 << bit)) !== 0) results.push([this.#frame.firstHome + bit, place(term)]);
    }
    for (const [home, operand] of results) {
      this.#frame.push(operand);
      this.#f.set(home);
    }
  }

  /** A load (which leaves its value on the stack) or a store: TLB probe, then memory or the machine. */
  #access(i: number, address: Value, value: Value | undefined, access: number): void {
    const group = this.#probes.get(i);
    if (group !== undefined) return this.#groupAccess(i, group, address, value, access);
    const f = this.#f;
    const at = this.#operand(address);
    const size = accessSize(access);
    const aligned = Math.max(size, 1 << extract(access, ACCESS_BITS.alignment));
    this.#probe(at, aligned, access, value !== undefined);
    this.#frame.foresee(true);
    this.#frame.open(OP.if, NOWHERE, value === undefined ? I32 : VOID);
    this.#foreseenAddend(at);
    this.#transfer(size, value, 0);
    f.byte(OP.else);
    this.#frame.storeBudget();
    this.#frame.push(at);
    if (value !== undefined) this.#frame.push(this.#operand(value));
    f.const(access);
    f.const(this.#where);
    f.call(value === undefined ? IMPORT.load : IMPORT.store);
    this.#frame.afterCall();
    this.#frame.close();
  }
  /** Byte offset of the TLB's table for an access in the CPU's region. */
  #tableOf(access: number, write: boolean): number {
    const regime = extract(access, ACCESS_BITS.unprivileged) === 1 ? 0 : this.#mode.pl;
    return tlbTable(regime, write) * 4;
  }
  /** Pushes whether the entry of an address is its page's; ENTRY is then where the entry's addend is. */
  #probe(at: Operand, aligned: number, access: number, write: boolean): void {
    const f = this.#f;
    const table = this.#tableOf(access, write);
    this.#frame.push(at);
    f.const(0xfffff000 | (aligned - 1));
    f.byte(OP.and);
    this.#frame.push(at);
    f.const(9);
    f.byte(OP.shrU);
    f.const(ENTRY_MASK);
    f.byte(OP.and);
    f.get(BASE);
    f.byte(OP.add);
    f.tee(ENTRY);
    f.memory(OP.load, 2, table);
    f.get(ENTRY);
    f.memory(OP.load, 2, table + 4);
    f.set(ENTRY);
    f.byte(OP.eq);
  }
  /**
   * After a probe that hit: pushes where in memory an address is. Where memory lies in one piece the addend is
   * always the same: the branch that finds so is foreseen, and the access need not wait for the load of the addend.
   */
  #foreseenAddend(at: Operand): void {
    const f = this.#f;
    f.get(ENTRY);
    f.get(ADDEND);
    f.byte(OP.ne);
    this.#frame.foresee(false);
    this.#frame.open(OP.if, NOWHERE);
    f.get(ENTRY);
    f.set(ADDEND);
    this.#frame.close();
    this.#frame.push(at);
    f.get(ADDEND);
    f.byte(OP.add);
  }
  /** The load or store itself; the place in memory is on the stack. */
  #transfer(size: number, value: Value | undefined, offset: number): void {
    const log = Math.log2(size);
    if (value === undefined) this.#f.memory([OP.load8, OP.load16, OP.load][log]!, log, offset);
    else {
      this.#frame.push(this.#operand(value));
      this.#f.memory([OP.store8, OP.store16, OP.store][log]!, log, offset);
    }
  }
  /** An access that shares a probe. The first one probes for all: where it hits and the page holds all of them. */
  #groupAccess(
    i: number,
    group: ProbeGroup,
    address: Value,
    value: Value | undefined,
    access: number,
  ): void {
    const f = this.#f;
    const write = value !== undefined;
    const at = this.#operand(address);
    const size = accessSize(access);
    const aligned = Math.max(size, 1 << extract(access, ACCESS_BITS.alignment));
    let place = this.#groupPlaces.get(group);
    if (place === undefined) {
      place = this.#frame.temporary();
      this.#groupPlaces.set(group, place);
      const low = { local: this.#frame.temporary() };
      this.#frame.push(this.#operand(group.base));
      f.const(group.low);
      f.byte(OP.add);
      f.set(low.local);
      this.#probe(low, group.alignment, access, write);
      this.#frame.push(low);
      f.const(PAGE_SIZE - 1);
      f.byte(OP.and);
      f.const(PAGE_SIZE - group.span);
      f.byte(OP.leU);
      f.byte(OP.and);
      this.#frame.foresee(true);
      this.#frame.open(OP.if, NOWHERE, I32);
      this.#foreseenAddend(low);
      f.byte(OP.else);
      f.const(0);
      this.#frame.close();
      f.set(place);
    }
    f.get(place);
    this.#frame.foresee(true);
    this.#frame.open(OP.if, NOWHERE, write ? VOID : I32);
    f.get(place);
    const { offset } = baseAndOffset(this.#block.source, address);
    this.#transfer(size, value, offset - group.low);
    f.byte(OP.else);
    this.#frame.storeBudget();
    this.#frame.push(at);
    f.const(access);
    f.const(this.#where);
    f.get(BASE);
    f.const(this.#tableOf(access, write));
    f.const(0xfffff000 | (aligned - 1));
    if (write) this.#frame.push(this.#operand(value));
    f.call(IMPORT[`${write ? "store" : "load"}${size}` as ProbeName]);
    this.#frame.afterCall();
    this.#frame.close();
  }

  /** Leaves by an exit that names the instruction. */
  #result(exit: number): void {
    const f = this.#f;
    f.get(BASE);
    f.const(this.#where);
    this.#frame.store(CONTROL.where);
    f.const(exit);
    f.set(RESULT);
    this.#frame.branch(OUT);
  }

  /** Asks the machine where the words that decide do not tell that the check passes. */
  #check(node: Node, i: number): void {
    const f = this.#f;
    const tests = passes(node, this.#mode.pl);
    if (tests === undefined) return this.#callMachine(node, i);
    tests.forEach(({ slot, mask, value }, n) => {
      this.#frame.load(slot);
      f.const(mask);
      f.byte(OP.and);
      f.const(value);
      f.byte(OP.ne);
      if (n > 0) f.byte(OP.or);
    });
    this.#frame.foresee(false);
    this.#frame.open(OP.if, NOWHERE);
    this.#callMachine(node, i);
    this.#frame.close();
  }
  #callMachine(node: Node, i: number): void {
    const f = this.#f;
    this.#frame.writeBack();
    this.#frame.storeBudget();
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
        return this.#frame.afterCall();
      case "sysWrite":
        f.const(node.register);
        this.#frame.push(this.#operand(node.value));
        this.#frame.push(this.#operand(node.high ?? node.value));
        f.const(node.high === undefined ? 0 : 1);
        f.const(this.#where);
        f.call(IMPORT.sysWrite);
        return this.#frame.afterCall();
      case "writeCpsr":
        this.#frame.push(this.#operand(node.value));
        f.const(node.byteMask);
        f.const(this.#where);
        f.const(0);
        f.call(IMPORT.writeCpsr);
        for (const slot of PSR_SLOTS) {
          this.#frame.load(slot);
          f.set(this.#frame.homeOf(slot)!);
        }
        return this.#frame.afterCall();
      default:
        f.const(this.#block.origin[i]!);
        f.const(this.#where);
        f.call(IMPORT.node);
        return this.#frame.afterCall();
    }
  }

  /** Pushes whether nothing that was called asks to leave behind the block. */
  #stays(): void {
    this.#f.get(LEAVE);
    this.#f.byte(OP.eqz);
  }
  /** Pushes whether the page of a block of the region is mapped as it was when it was translated. */
  #isMapped(to: number): void {
    const f = this.#f;
    const { pc, page } = this.#region.blocks[to]!;
    const entry = codeEntry(pc >>> PAGE_SHIFT, this.#mode.pl);
    this.#frame.load(entry);
    f.const(pc >>> PAGE_SHIFT);
    f.byte(OP.eq);
    this.#frame.load(entry + CODE_ENTRIES);
    f.const(page);
    f.byte(OP.eq);
    f.byte(OP.and);
  }
  /** Branches where a return's target is a place in the region that called; `mask` are bits that a target has. */
  #returns(target: Operand, mask: number): void {
    const f = this.#f;
    const returns = this.#region.returns(this.#index);
    if (returns.length === 0) return;
    const calls = this.#block.source.nodes.some(callsOut);
    if (calls) {
      this.#stays();
      this.#frame.foresee(true);
      this.#frame.open(OP.if, NOWHERE);
    }
    for (const { address, to } of returns) {
      this.#frame.push(target);
      f.const(address & mask);
      f.byte(OP.eq);
      if (this.#region.crosses(this.#index, to)) {
        this.#isMapped(to);
        f.byte(OP.and);
      }
      this.#frame.branch(to, OP.brIf);
    }
    if (calls) this.#frame.close();
  }
  get #mode(): Mode {
    return MODES.find((m) => m.encoding === extract(this.#block.key, KEY.mode))!;
  }

  #exit(node: Node, i: number): void {
    const f = this.#f;
    const behind = keyBehind(this.#block.key);
    switch (node.kind) {
      case "exitGoto": {
        const to = this.#region.branch(this.#index, node.target);
        if (to === -1) return this.#frame.leaveFor(node.target, behind);
        const crosses = this.#region.crosses(this.#index, to);
        const calls = this.#block.source.nodes.some(callsOut);
        if (!crosses && !calls) return this.#frame.branch(to);
        if (calls) this.#stays();
        if (crosses) {
          this.#isMapped(to);
          if (calls) f.byte(OP.and);
        }
        this.#frame.foresee(true);
        this.#frame.branch(to, OP.brIf);
        return this.#frame.leaveFor(node.target, behind);
      }
      case "exitDispatch":
        f.const(node.target);
        f.set(PC);
        this.#frame.load(SLOT.M);
        for (const [slot, field] of [
          [SLOT.T, KEY.thumb],
          [SLOT.E, KEY.bigEndian],
          [SLOT.IT, KEY.it],
        ] as const) {
          this.#frame.load(slot);
          f.const(field.lsb);
          f.byte(OP.shl);
          f.byte(OP.or);
        }
        f.set(RESULT);
        return this.#frame.branch(OUT);
      case "exitJump":
        this.#returns(this.#operand(node.target), -2);
        this.#frame.push(this.#operand(node.target));
        f.set(PC);
        f.const(behind);
        f.set(RESULT);
        return this.#frame.branch(OUT);
      case "exitExchange": {
        const target = this.#operand(node.target);
        this.#returns(target, -1);
        const thumb = this.#frame.temporary();
        this.#frame.push(target);
        f.const(1);
        f.byte(OP.and);
        f.set(thumb);
        f.get(BASE);
        f.get(thumb);
        this.#frame.store(SLOT.T);
        this.#frame.push(target);
        f.const(-2);
        f.byte(OP.and);
        f.set(PC);
        f.get(thumb);
        f.const(KEY.thumb.lsb);
        f.byte(OP.shl);
        f.const(behind & ~(1 << KEY.thumb.lsb));
        f.byte(OP.or);
        f.set(RESULT);
        return this.#frame.branch(OUT);
      }
      case "exitReturn":
        f.get(BASE);
        this.#frame.push(this.#operand(node.target));
        this.#frame.store(CONTROL.target);
        f.get(BASE);
        this.#frame.push(this.#operand(node.psr));
        this.#frame.store(CONTROL.psr);
        return this.#result(TIER_EXIT.exceptionReturn);
      case "exitException":
      case "exitStop":
        f.get(BASE);
        f.const(this.#block.origin[i]!);
        this.#frame.store(CONTROL.node);
        return this.#result(TIER_EXIT.exit);
      default:
        throw new Error(`wasm: ${node.kind} has no code`);
    }
  }
}
/** Tests of state words that all hold only where a check passes; undefined where the machine has to say. */
const passes = (node: Node, pl: Mode["pl"]): readonly StateTest[] | undefined => {
  if (node.kind === "trapCheck") {
    const test = UNDEFINED_UNLESS.get(node.trap);
    return test === undefined ? undefined : [test];
  }
  if (node.kind !== "checkCoprocessor") return undefined;
  const { coprocessor, advancedSimd } = node;
  if (coprocessor !== 10 && coprocessor !== 11) return undefined;
  const permitted = cpacrTest(pl, advancedSimd);
  const trapped = hcptrTest(coprocessor, advancedSimd);
  return permitted === undefined ? [trapped] : [permitted, trapped];
};
/** The function of a region, of type TYPE.compiled. */
export const compileRegion = (region: Region, on: ReadonlySet<Optimisation>): FunctionBody =>
  new RegionCompiler(region, on).compile();
