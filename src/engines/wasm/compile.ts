/**
 * A region to the code of one function. Registers and flags are locals for the whole region; they are
 * written back in one place, behind the body, which every way out goes through. The budget is charged block
 * by block and tested at the entry and at loop heads, for all blocks up to the next test.
 */
import { extract, MODES, SLOT, type Mode } from "../../arch/index.js";
import {
  CODE_ENTRIES,
  codeEntry,
  CONTROL,
  KEY,
  operandsOf,
  PAGE_SHIFT,
  type EngineHost,
  type Node,
  type Optimisation,
  type Value,
} from "../../ir/index.js";
import { TIER_EXIT, WANTS_BUDGET, whereOf } from "../interpreter/tier.js";
import { IMPORT } from "./abi.js";
import { Accesses } from "./accesses.js";
import { OP, VOID, type FunctionBody } from "../module/encoder.js";
import { writeFlags } from "./flags.js";
import type { Sequence } from "./layout.js";
import { homesOf, lazyOpsOf, livenessOf, type Homes, type RegionLiveness } from "./liveness.js";
import { BASE, BUDGET, Frame, LINK, NOWHERE, OUT, PC, RESULT, type Operand } from "./frame.js";
import { passes } from "./check-tests.js";
import { goOn } from "./go-on.js";
import { vectorCode } from "./vector-code.js";
import { PSR_SLOTS } from "./psr-slots.js";
import { readCpsrCode, writeCpsrCode } from "./psr-code.js";
import { placesOf, type RegionPlaces } from "./places.js";
import { plainRead } from "./plain-read.js";
import { keyBehind, type Region, type RegionBlock } from "./region.js";

class RegionCompiler {
  readonly #region: Region;
  readonly #host: EngineHost;
  readonly #homes: Homes;
  readonly #live: RegionLiveness;
  readonly #places: RegionPlaces;
  readonly #frame: Frame;
  readonly #f: FunctionBody;
  // The block that is being compiled.
  #index = 0;
  #block!: RegionBlock;
  /** Where each value is. */
  #values: (Operand | undefined)[] = [];
  #lastUse = new Int32Array(0);
  #mark = 0;
  #accesses!: Accesses;

  constructor(region: Region, on: ReadonlySet<Optimisation>, host: EngineHost) {
    this.#host = host;
    this.#region = region;
    this.#homes = homesOf(region);
    this.#live = livenessOf(region, this.#homes, on.has("dead-flags"));
    this.#places = placesOf(region, on.has("probe-sharing"));
    this.#frame = new Frame(
      { ...this.#homes, written: this.#live.stored },
      region.blocks.some((b) => b.source.nodes.some((n) => n.kind === "vector")),
      on.has("lazy-flags") ? lazyOpsOf(region, this.#live) : new Set(),
      this.#places.kept.length,
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
    this.#frame.beginBody();
    this.#sequence(region.layout.root);
    this.#frame.endBody(region.blocks.some((b) => b.callsOut));
    goOn(f);
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
    this.#values = [];
    this.#frame.freeTemporaries();
    const { live, flags } = this.#live.blocks[index]!;
    this.#accesses = new Accesses(this.#frame, block, this.#mode.pl, this.#places.blocks[index]!, {
      operand: (v) => this.#operand(v),
      where: () => this.#where,
      codeAt: () => block.codeAt[Math.max(0, this.#mark)]!,
    });
    this.#findLastUses(nodes, live);
    f.get(BUDGET);
    f.const(marks.length);
    f.byte(OP.sub);
    f.set(BUDGET);
    const guards: number[] = [];
    this.#mark = -1;
    nodes.forEach((node, i) => {
      while (guards.length > 0 && guards.at(-1)! <= i) {
        guards.pop();
        this.#frame.close();
      }
      while (this.#mark + 1 < marks.length && marks[this.#mark + 1]!.node <= i) this.#mark++;
      this.#accesses.endPlaces(i);
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
    for (const [i, { base }] of this.#accesses.groups)
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
    return node.kind === "const" ? { constant: node.value } : this.#values[v]!;
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
          this.#values[i] = { local: home };
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
      case "flags": {
        const args = node.args.map((v) => this.#operand(v));
        const { lazy } = this.#frame;
        if (lazy !== undefined && this.#live.blocks[this.#index]!.lazy[i] === 1)
          return lazy.put(node.op, args);
        writeFlags(this.#frame, node.op, args, flags);
        return lazy?.forget(node.op);
      }
      case "load":
        this.#accesses.access(i, node.address, undefined, node.access);
        return this.#define(i);
      case "store":
        return this.#accesses.access(i, node.address, node.value, node.access);
      case "vector":
        return vectorCode(f, node.op, node.operands);
      case "sysReadHigh":
        f.call(IMPORT.sysReadHigh);
        return this.#define(i);
      case "readCpsr":
        readCpsrCode(this.#frame, this.#mode);
        return this.#define(i);
      case "writeCpsr":
        return writeCpsrCode(
          this.#frame,
          this.#mode,
          this.#operand(node.value),
          node.byteMask,
          this.#where,
        );
      case "sysRead":
      case "sysWrite":
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
    this.#values[i] = { local };
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
    const words = node.kind === "hint" ? this.#host.plainHint(node.hint) : undefined;
    if (words !== undefined) {
      for (const { slot, value } of words) {
        f.get(BASE);
        f.const(value);
        this.#frame.store(slot);
      }
      return;
    }
    if (node.kind === "sysRead" && !node.wide) {
      const plain = this.#host.plainRead(node.register, this.#mode.pl);
      if (plain !== undefined) {
        plainRead(this.#frame, plain, node.register, this.#where);
        return this.#define(i);
      }
    }
    this.#frame.writeBack();
    this.#frame.storeBudget();
    switch (node.kind) {
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
      default:
        f.const(this.#block.origin[i]!);
        f.const(this.#where);
        f.call(IMPORT.node);
        return this.#frame.afterCall();
    }
  }

  /** Pushes whether nothing that was called asks to leave behind the block. */
  #stays(): void {
    this.#frame.load(CONTROL.signal);
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
    const calls = this.#block.callsOut;
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
        if (to === -1) {
          // What a call did to translations only a lookup heeds.
          const link = this.#block.callsOut ? 0 : this.#region.link(this.#index, node.target);
          if (link !== 0) {
            f.const(link * 4);
            f.set(LINK);
          }
          return this.#frame.leaveFor(node.target, behind);
        }
        const crosses = this.#region.crosses(this.#index, to);
        const calls = this.#block.callsOut;
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
/** The function of a region, of type TYPE.compiled, for the CPUs that `host` is one of. */
export const compileRegion = (
  region: Region,
  on: ReadonlySet<Optimisation>,
  host: EngineHost,
): FunctionBody => new RegionCompiler(region, on, host).compile();
