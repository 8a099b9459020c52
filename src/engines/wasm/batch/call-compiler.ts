/**
 * The code of a call, from the host's HVC to where control ends, as one function over a frame in memory. Its
 * blocks may be of several modes and pages: exception entry and return to HYP mode are part of it, by the
 * sequences of arch/. Whatever else needs the machine makes it give the case back.
 */
import {
  cpsrReadByInstruction,
  enterHyp,
  extract,
  HYP_VECTOR,
  MODE,
  modeOf,
  returnFromException,
  returnModes,
  SLOT,
  spsrSlot,
  systemSlot,
  writeCpsrBytes,
  type Mode,
} from "../../../arch/index.js";
import {
  ACCESS_BITS,
  accessSize,
  FLAG_OPS,
  KEY,
  liveNodes,
  type Block,
  type InstructionMark,
  type Node,
  type Value,
} from "../../../ir/index.js";
import { type FunctionBody, OP, VOID } from "../../module/encoder.js";
import { BatchCode, BR_TABLE, LT_U, type Operand } from "./batch-code.js";
import {
  CELL,
  DIRTY,
  FETCHES,
  JUMP_ENTRIES,
  JUMPS,
  KEY_CONTEXT,
  LEARNED,
  LEARNED_BYTES,
  LEFT,
  PAGE_ENTRY,
  PROBE_ENTRIES,
  READ_PROBE,
  STATE,
  SYNDROMES,
  TAG_CONTEXT,
  WRITABLE,
  WRITE_PROBE,
} from "./batch-layout.js";
import { CONTEXT, type BatchHost, type BatchPlan, type Context } from "./host.js";
import { endWord, type EndWord } from "./word-test.js";

/** A block of the call; `key` has the context above the translation key. */
export interface CallBlock {
  readonly pc: number;
  readonly key: number;
  readonly block: Block;
  readonly page: Uint8Array;
}
export const contextOf = (key: number): Context => ((key >>> KEY_CONTEXT) & 3) as Context;

/** Function types of all modules of a batch. */
export const BATCH_TYPES = [
  { parameters: 1, result: true },
  { parameters: 2, result: true },
  { parameters: 3, result: true },
  { parameters: 0, result: false },
  { parameters: 0, result: true },
] as const;
export const RUN_TYPE = 0;
const MISS_TYPE = 1;
/** Numbers of the module's functions. */
const MISS = 1;

const L = { budget: 0, index: 1, pc: 2, key: 3, hypContext: 4, hypTaken: 5, high: 6, entry: 7 };
const S = {
  HIFAR: systemSlot("HIFAR"),
  HSCTLR: systemSlot("HSCTLR"),
  SCTLR: systemSlot("SCTLR"),
};
/** Registers of PL2's translation: written while it is off they do nothing. */
const HYP_TRANSLATION: ReadonlySet<number> = new Set(
  (["HTTBR", "HTTBR_hi", "HTCR", "HMAIR0", "HMAIR1"] as const).map((name) => systemSlot(name)),
);
/** Bits of HSCTLR that change nothing of what a fetch or an aligned access comes to: A, C, I, TE. */
const HSCTLR_INERT = (1 << 1) | (1 << 2) | (1 << 12) | (1 << 30);
const IT_BITS = 0xff << KEY.it.lsb;

class CallCompiler {
  readonly #blocks: readonly CallBlock[];
  readonly #plan: BatchPlan;
  readonly #host: BatchHost;
  readonly #code = new BatchCode(RUN_TYPE, 1, 7);
  readonly #f: FunctionBody;
  readonly #index: ReadonlyMap<string, number>;
  // The block that is being compiled.
  #at!: CallBlock;
  #mode!: Mode;
  #places: (Operand | undefined)[] = [];
  #mark!: InstructionMark;
  /** The block may have changed the translation context. */
  #contextChanged = false;

  constructor(blocks: readonly CallBlock[], plan: BatchPlan, host: BatchHost) {
    this.#blocks = blocks;
    this.#plan = plan;
    this.#host = host;
    this.#f = this.#code.f;
    this.#index = new Map(blocks.map((b, i) => [placeOf(b.pc, b.key), i]));
  }

  compile(): FunctionBody {
    const code = this.#code;
    const f = this.#f;
    f.const(CONTEXT.hyp);
    f.set(L.hypContext);
    code.open(OP.loop, "top");
    code.open(OP.block, "dispatch");
    for (let i = this.#blocks.length - 1; i >= 0; i--) code.open(OP.block, `b${i}`);
    f.get(L.index);
    f.byte(BR_TABLE);
    f.leb(this.#blocks.length - 1);
    for (let i = 0; i < this.#blocks.length; i++) f.leb(i);
    for (const block of this.#blocks) {
      code.close();
      this.#block(block);
    }
    code.close();
    this.#dispatch();
    code.close();
    f.byte(OP.unreachable);
    return f;
  }

  // ---- blocks -------------------------------------------------------------------------------------

  #block(at: CallBlock): void {
    const code = this.#code;
    const f = this.#f;
    const { nodes, marks } = at.block;
    this.#at = at;
    this.#mode = modeOf(extract(at.key, KEY.mode))!;
    this.#places = [];
    this.#contextChanged = false;
    code.freeTemporaries();
    if (isSelfLoop(at)) return this.#selfLoop();
    this.#charge(marks.length);
    const live = liveNodes(at.block);
    const guards: number[] = [];
    let mark = -1;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!;
      while (guards.length > 0 && guards.at(-1)! <= i) {
        guards.pop();
        code.close();
      }
      while (mark + 1 < marks.length && marks[mark + 1]!.node <= i) mark++;
      this.#mark = marks[Math.max(0, mark)]!;
      if (!live[i]) continue;
      if (node.kind === "guard") {
        code.open(OP.block, "");
        code.push(this.#operand(node.value));
        if (!node.invert) f.byte(OP.eqz);
        code.branch("", OP.brIf);
        guards.push(node.end);
      } else this.#places[i] = this.#node(node);
    }
    while (guards.length > 0) {
      guards.pop();
      code.close();
    }
    f.byte(OP.unreachable);
  }
  /** Charges instructions; a case that takes too many is the machine's. */
  #charge(instructions: number): void {
    const f = this.#f;
    f.get(L.budget);
    f.const(instructions);
    f.byte(OP.sub);
    f.tee(L.budget);
    f.const(0);
    f.byte(OP.ltS);
    this.#code.when(() => this.#leave(LEFT.machine));
  }
  #operand(v: Value): Operand {
    const node = this.#at.block.nodes[v]!;
    return node.kind === "const" ? { constant: node.value } : this.#places[v]!;
  }

  #node(node: Node): Operand | undefined {
    const code = this.#code;
    const inHyp = this.#mode.pl === 2;
    switch (node.kind) {
      case "const":
        return undefined;
      case "get":
        return code.get(node.slot);
      case "put":
        code.put(node.slot, this.#operand(node.value));
        return undefined;
      case "pure":
        return code.pure(
          node.op,
          node.args.map((v) => this.#operand(v)),
        );
      case "flags": {
        const values = FLAG_OPS[node.op].expand<Operand>(
          (op, ...args) => code.pure(op, args),
          (constant) => ({ constant }),
          ...node.args.map((v) => this.#operand(v)),
        );
        for (const [flag, value] of Object.entries(values))
          code.put(SLOT[flag as "N" | "Z" | "C" | "V"], value);
        return undefined;
      }
      case "load":
        return this.#access(node.address, undefined, node.access);
      case "store":
        return this.#access(node.address, node.value, node.access);
      case "readCpsr":
        return cpsrReadByInstruction(code);
      case "writeCpsr":
        this.#writeCpsr(this.#operand(node.value), node.byteMask);
        return undefined;
      case "sysRead":
        if (inHyp) return this.#systemRead(node.register, node.wide);
        break;
      case "sysReadHigh":
        this.#f.get(L.high);
        return code.taken();
      case "sysWrite":
        if (inHyp) {
          this.#systemWrite(node);
          return undefined;
        }
        break;
      case "hint":
      case "trapCheck":
      case "checkCoprocessor":
        if (inHyp && this.#host.doesNothing(node)) return undefined;
        break;
      case "exitGoto":
      case "exitDispatch":
      case "exitJump":
      case "exitExchange":
      case "exitReturn":
      case "exitException":
        this.#exit(node);
        return undefined;
      default:
    }
    this.#leave(LEFT.machine);
    // Code behind it is never reached, but it may ask for the value.
    return { constant: 0 };
  }
  #writeCpsr(value: Operand, byteMask: number): void {
    const code = this.#code;
    const privileged = this.#mode.pl !== 0;
    if (privileged && (byteMask & 1) !== 0) {
      code.push(code.and(value, code.const(31)));
      this.#f.const(this.#mode.encoding);
      this.#f.byte(OP.ne);
      code.when(() => this.#leave(LEFT.machine));
    }
    writeCpsrBytes(code, value, byteMask, privileged);
  }

  // ---- system registers -----------------------------------------------------------------------------

  #slotOrZero(slot: number): Operand {
    return slot < 0 ? { constant: 0 } : this.#code.get(slot as never);
  }
  #systemRead(register: number, wide: boolean): Operand {
    const words = this.#host.systemWords(register, false, wide);
    if (words === undefined) {
      this.#leave(LEFT.machine);
      return { constant: 0 };
    }
    if (wide) {
      this.#code.push(this.#slotOrZero(words.high));
      this.#f.set(L.high);
    }
    return this.#slotOrZero(words.low);
  }
  #systemWrite(node: Extract<Node, { kind: "sysWrite" }>): void {
    const wide = node.high !== undefined;
    const words = this.#host.systemWords(node.register, true, wide);
    if (words === undefined) return this.#leave(LEFT.machine);
    const halves: [number, number, Value][] = [[words.low, words.mask, node.value]];
    if (wide) halves.push([words.high, words.highMask, node.high!]);
    for (const [n, [slot, mask, value]] of halves.entries()) {
      if (slot < 0) continue;
      const code = this.#code;
      const written = code.and(this.#operand(value), code.const(mask));
      const old = code.get(slot as never);
      // The upper word keeps nothing of what it was.
      const now = n === 1 ? written : code.or(code.and(old, code.const(~mask)), written);
      if (words.translates) this.#translationChanges(slot, old, now);
      code.put(slot as never, now);
    }
  }
  /** Gives the case back where a write makes addresses mean something else, but for the end of HYP's translation. */
  #translationChanges(slot: number, old: Operand, now: Operand): void {
    const code = this.#code;
    const f = this.#f;
    const changed = code.pure("xor", [old, now]);
    if (slot === S.HSCTLR) {
      code.push(code.and(changed, code.const(~(HSCTLR_INERT | 1))));
      code.when(() => this.#leave(LEFT.machine));
      code.push(code.and(changed, code.const(1)));
      code.when(() => {
        code.push(code.and(now, code.const(1)));
        code.when(() => this.#leave(LEFT.machine));
        f.const(CONTEXT.hypOff);
        f.set(L.hypContext);
      });
      this.#contextChanged = true;
    } else if (slot === S.SCTLR) {
      code.push(code.and(changed, code.const(1)));
      code.when(() => this.#leave(LEFT.machine));
    } else if (HYP_TRANSLATION.has(slot)) {
      const on = code.and(code.get(S.HSCTLR), code.const(1));
      code.push(changed);
      f.const(0);
      f.byte(OP.ne);
      code.push(on);
      f.byte(OP.and);
      code.when(() => this.#leave(LEFT.machine));
    }
    // The others belong to PL1, which has no translation in a batch.
  }

  // ---- memory -----------------------------------------------------------------------------------------

  #access(address: Value, value: Value | undefined, access: number): Operand | undefined {
    const code = this.#code;
    const f = this.#f;
    const at = this.#operand(address);
    const size = accessSize(access);
    const log = Math.log2(size);
    const aligned = Math.max(size, 1 << extract(access, ACCESS_BITS.alignment));
    if ("constant" in at && value === undefined && this.#isOwnPage(at.constant, aligned))
      return { constant: this.#literal(at.constant, size) };
    const write = value !== undefined;
    const tagged = code.or(
      code.and(at, code.const(0xfffff000 | (aligned - 1))),
      code.const(contextOf(this.#at.key) << TAG_CONTEXT),
    );
    const place = code.shl(
      code.and(code.shr(at, code.const(12)), code.const(PROBE_ENTRIES - 1)),
      code.const(3),
    );
    const probe = write ? WRITE_PROBE : READ_PROBE;
    code.push(code.add(place, code.const(probe)));
    f.tee(L.entry);
    f.memory(OP.load, 2, PAGE_ENTRY.tag);
    code.push(tagged);
    f.byte(OP.ne);
    code.when(() => {
      code.push(tagged);
      f.const(write ? 1 : 0);
      f.call(MISS);
      f.tee(L.entry);
      f.byte(OP.eqz);
      code.when(() =>
        this.#leave(LEFT.page, at, {
          constant: contextOf(this.#at.key) | (write ? 0x100 : 0),
        }),
      );
    });
    code.push(at);
    f.get(L.entry);
    f.memory(OP.load, 2, PAGE_ENTRY.addend);
    f.byte(OP.add);
    if (!write) {
      f.memory([OP.load8, OP.load16, OP.load][log]!, log, 0);
      return code.taken();
    }
    code.push(this.#operand(value));
    f.memory([OP.store8, OP.store16, OP.store][log]!, log, 0);
    return undefined;
  }
  #isOwnPage(address: number, aligned: number): boolean {
    return (address ^ this.#at.pc) >>> 12 === 0 && (address & (aligned - 1)) === 0;
  }
  /** A literal beside the code, whose page nobody writes. */
  #literal(address: number, size: number): number {
    let word = 0;
    for (let i = 0; i < size; i++) word |= this.#at.page[(address & 0xfff) + i]! << (8 * i);
    return word;
  }

  // ---- exits --------------------------------------------------------------------------------------------

  /** Gives the case back. */
  #leave(reason: number, first?: Operand, second?: Operand): void {
    if (first !== undefined) this.#code.setWord(CELL.first, first);
    if (second !== undefined) this.#code.setWord(CELL.second, second);
    this.#f.const(reason);
    this.#f.byte(OP.return);
  }
  /** The key of the present state. */
  #keyNow(): Operand {
    const code = this.#code;
    const mode = code.get(SLOT.M);
    let key = mode;
    for (const [slot, { lsb }] of [
      [SLOT.T, KEY.thumb],
      [SLOT.E, KEY.bigEndian],
      [SLOT.IT, KEY.it],
    ] as const)
      key = code.or(key, code.shl(code.get(slot), code.const(lsb)));
    const inHyp = code.pure("eq", [mode, code.const(MODE.hyp.encoding)]);
    const context = code.select(inHyp, { local: L.hypContext }, code.const(CONTEXT.pl1));
    return code.or(key, code.shl(context, code.const(KEY_CONTEXT)));
  }
  #goOn(pc: Operand, key: Operand): void {
    const f = this.#f;
    this.#code.push(pc);
    f.set(L.pc);
    this.#code.push(key);
    f.set(L.key);
    this.#code.branch("dispatch");
  }
  #exit(node: Extract<Node, { kind: `exit${string}` }>): void {
    const code = this.#code;
    const f = this.#f;
    const behind = this.#contextChanged
      ? undefined
      : ({ constant: this.#at.key & ~IT_BITS } as const);
    switch (node.kind) {
      case "exitGoto": {
        const known =
          behind === undefined ? undefined : this.#index.get(placeOf(node.target, behind.constant));
        if (known === undefined)
          return this.#goOn(code.const(node.target | 0), behind ?? this.#keyNow());
        f.const(known);
        f.set(L.index);
        return code.branch("top");
      }
      case "exitDispatch":
        return this.#goOn(code.const(node.target | 0), this.#keyNow());
      case "exitJump":
        return this.#goOn(this.#operand(node.target), behind ?? this.#keyNow());
      case "exitExchange": {
        const target = this.#operand(node.target);
        code.put(SLOT.T, code.and(target, code.const(1)));
        code.put(SLOT.IT, code.const(0));
        return this.#goOn(code.and(target, code.const(-2)), this.#keyNow());
      }
      case "exitReturn": {
        const psr = this.#operand(node.psr);
        const allowed = code.const(returnModes(this.#mode.pl));
        code.push(code.and(code.pure("shr", [allowed, psr]), code.const(1)));
        f.byte(OP.eqz);
        code.when(() => this.#leave(LEFT.machine));
        returnFromException(code, this.#operand(node.target), psr);
        return this.#goOn(code.get(SLOT.PC), this.#keyNow());
      }
      case "exitException":
        if (this.#mark.it !== 0 || this.#mark.size !== 4 || this.#mode.pl === 0) break;
        if (node.exception === "hvc") return this.#hvc(node.immediate);
        if (node.exception === "smc") return this.#smc(node.immediate);
        break;
      default:
    }
    this.#leave(LEFT.machine);
  }
  #hvc(immediate: number): void {
    const code = this.#code;
    const fromHyp = this.#mode.pl === 2;
    const next = code.const((this.#mark.pc + 4) | 0);
    enterHyp(code, {
      vector: fromHyp ? HYP_VECTOR.hypervisorCall : HYP_VECTOR.hypTrap,
      syndrome: code.const(this.#host.hvcSyndrome(immediate)),
      returnAddress: next,
    });
    if (fromHyp) this.#hypTakes(next);
    this.#goOn(code.get(SLOT.PC), this.#keyNow());
  }
  /** HYP mode took an exception of its own: the first is told. */
  #hypTakes(target: Operand): void {
    const f = this.#f;
    f.get(L.hypTaken);
    f.byte(OP.eqz);
    this.#code.when(() => {
      f.const(1);
      f.set(L.hypTaken);
      this.#code.setWord(STATE + endWord("target") * 4, target);
    });
  }
  #smc(immediate: number): void {
    const mark = this.#plan.marks.get(immediate) ?? this.#plan.otherMark;
    const next = (this.#mark.pc + 4) | 0;
    if (mark === "goes-on") return this.#goOn(this.#code.const(next), this.#keyNow());
    this.#end(this.#code.const(mark), next, this.#mark.pc | 0);
  }
  #selfLoop(): void {
    const code = this.#code;
    const taken = { local: L.hypTaken };
    const end = code.select(
      taken,
      code.const(this.#plan.hypException),
      code.const(this.#plan.selfLoop),
    );
    this.#end(end, this.#at.pc, this.#at.pc);
  }
  #end(end: Operand, pc: number, address: number): void {
    const code = this.#code;
    const tell = (name: EndWord, value: Operand): void =>
      code.setWord(STATE + endWord(name) * 4, value);
    code.put(SLOT.PC, code.const(pc));
    tell("end", end);
    tell("mode", code.get(SLOT.M));
    tell("thumb", code.get(SLOT.T));
    tell("address", code.const(address));
    this.#f.const(0);
    this.#f.byte(OP.return);
  }

  // ---- from an address to a block -----------------------------------------------------------------------

  #dispatch(): void {
    const code = this.#code;
    const f = this.#f;
    code.freeTemporaries();
    code.open(OP.loop, "again");
    const pc: Operand = { local: L.pc };
    const key: Operand = { local: L.key };
    const place = code.pure("xor", [
      code.pure("xor", [code.shr(pc, code.const(1)), code.shr(key, code.const(4))]),
      code.shr(pc, code.const(12)),
    ]);
    const entry = code.shl(code.and(place, code.const(JUMP_ENTRIES - 1)), code.const(4));
    for (const step of [0, 16]) {
      for (const [offset, wanted] of [
        [0, L.pc],
        [4, L.key],
      ] as const) {
        code.push(entry);
        f.memory(OP.load, 2, JUMPS + step + offset);
        f.get(wanted);
        f.byte(OP.eq);
      }
      f.byte(OP.and);
      code.when(() => {
        code.push(entry);
        f.memory(OP.load, 2, JUMPS + step + 8);
        f.set(L.index);
        code.branch("top");
      });
    }
    const context = code.shr(key, code.const(KEY_CONTEXT));
    code.push(context);
    f.byte(OP.eqz);
    code.when(() => this.#leave(LEFT.code, pc, key));
    const page = code.shr(pc, code.const(12));
    code.push(
      code.add(page, code.shl(code.add(context, code.const(-CONTEXT.hyp)), code.const(20))),
    );
    f.memory(OP.load8, 0, FETCHES);
    const found = code.taken();
    code.push(found);
    f.byte(OP.eqz);
    code.when(() => this.#leave(LEFT.fetch, pc, context));
    code.push(found);
    f.const(2);
    f.byte(LT_U);
    code.when(() => this.#leave(LEFT.code, pc, key));
    this.#charge(1);
    code.put(S.HIFAR, pc);
    code.push(code.shl(found, code.const(2)));
    f.memory(OP.load, 2, SYNDROMES);
    const syndrome = code.taken();
    enterHyp(code, { vector: HYP_VECTOR.prefetchAbort, syndrome, returnAddress: pc });
    const thumb = code.and(code.shr(code.get(spsrSlot(MODE.hyp)!), code.const(5)), code.const(1));
    this.#hypTakes(code.or(pc, thumb));
    code.push(code.get(SLOT.PC));
    f.set(L.pc);
    code.push(this.#keyNow());
    f.set(L.key);
    code.branch("again");
    code.close();
    f.byte(OP.unreachable);
  }
}

/** A block's place as a text. */
export const placeOf = (pc: number, key: number): string => `${pc | 0}:${key}`;
/** A branch to itself and nothing else. */
const isSelfLoop = ({ pc, key, block }: CallBlock): boolean =>
  (key & IT_BITS) === 0 &&
  block.marks.length === 1 &&
  block.nodes.every(
    (node) => node.kind === "const" || (node.kind === "exitGoto" && (node.target | 0) === pc),
  );

/** (tag, write): the entry of a known page, 0 when there is none; a write to a page is logged. */
const missCode = (): FunctionBody => {
  const code = new BatchCode(MISS_TYPE, 2, 2);
  const { f } = code;
  const [tag, write, entry, left] = [0, 1, 2, 3];
  const at: Operand = { local: entry };
  f.const(LEARNED);
  f.set(entry);
  code.word(CELL.learnedCount);
  f.set(left);
  code.open(OP.block, "none");
  code.open(OP.loop, "next");
  f.get(left);
  f.byte(OP.eqz);
  code.branch("none", OP.brIf);
  code.open(OP.block, "other");
  f.get(entry);
  f.memory(OP.load, 2, PAGE_ENTRY.tag);
  f.get(tag);
  f.byte(OP.ne);
  code.branch("other", OP.brIf);
  const place = code.shl(
    code.and(code.shr({ local: tag }, code.const(12)), code.const(PROBE_ENTRIES - 1)),
    code.const(3),
  );
  const install = (probe: number): void => {
    code.push(place);
    f.get(tag);
    f.memory(OP.store, 2, probe);
    code.push(place);
    f.get(entry);
    f.memory(OP.load, 2, PAGE_ENTRY.addend);
    f.memory(OP.store, 2, probe + 4);
  };
  f.get(write);
  f.byte(OP.if);
  f.byte(VOID);
  {
    f.get(entry);
    f.memory(OP.load, 2, PAGE_ENTRY.flags);
    f.const(WRITABLE);
    f.byte(OP.and);
    f.byte(OP.eqz);
    code.when(() => {
      f.const(0);
      f.byte(OP.return);
    });
    install(WRITE_PROBE);
    f.get(entry);
    f.memory(OP.load, 2, PAGE_ENTRY.dirty);
    f.byte(OP.eqz);
    code.when(() => {
      f.get(entry);
      f.const(1);
      f.memory(OP.store, 2, PAGE_ENTRY.dirty);
      code.word(CELL.dirtyCount);
      const count = code.taken();
      code.push(code.shl(count, code.const(2)));
      code.push(at);
      f.memory(OP.store, 2, DIRTY);
      code.setWord(CELL.dirtyCount, code.add(count, code.const(1)));
    });
  }
  f.byte(OP.else);
  install(READ_PROBE);
  f.byte(OP.end);
  f.get(entry);
  f.byte(OP.return);
  code.close();
  f.get(entry);
  f.const(LEARNED_BYTES);
  f.byte(OP.add);
  f.set(entry);
  f.get(left);
  f.const(1);
  f.byte(OP.sub);
  f.set(left);
  code.branch("next");
  code.close();
  code.close();
  f.const(0);
  return f;
};

/** Functions of the module of a call: the first runs it. Block 0 is where it begins. */
export const compileCall = (
  blocks: readonly CallBlock[],
  plan: BatchPlan,
  host: BatchHost,
): FunctionBody[] => [new CallCompiler(blocks, plan, host).compile(), missCode()];
