/**
 * Tier 1: compiles what the interpreter finds warm and runs it. A region's entry block gets a HEAD that
 * leads here; everything else stays the interpreter's: translation, exceptions, the end of a budget.
 */
import { extract } from "../../arch/index.js";
import {
  ACCESS_BITS,
  accessSize,
  ALL_OPTIMISATIONS,
  CONTROL,
  optimise,
  PAGE_SHIFT,
  PAGE_SIZE,
  SIGNAL,
  VECTOR_OP_NAMES,
  VECTOR_OPS,
  type EngineHost,
  type Optimisation,
  type Rewritten,
} from "../../ir/index.js";
import type { CachedBlock } from "../interpreter/code-cache.js";
import {
  BLOCK_LIMIT,
  type Interpreter,
  type InterpreterCpu,
  type Tier,
} from "../interpreter/interpreter.js";
import { MICRO } from "../interpreter/micro-ops.js";
import { IMPORTS, TYPES, type HostCalls } from "./abi.js";
import { allowBranchHints } from "./branch-hints.js";
import { compileRegion } from "./compile.js";
import { makeDispatcher, type Dispatcher } from "./dispatcher.js";
import { TierCounts } from "./counts.js";
import { encodeModule } from "./encoder.js";
import { makeProbes } from "./probes.js";
import { formRegion, type Region } from "./region.js";

export interface TierOptions {
  /** Instructions that are run in a block before it is compiled. */
  readonly threshold: number;
  /** Regions in a module: a module costs 140 us, a function more in it 7 us. */
  readonly batch: number;
  /** Blocks in a region at most, 1 to 31. */
  readonly regionBlocks?: number;
  /** Rules of the optimiser that are on; all when absent. */
  readonly optimisations?: ReadonlySet<Optimisation>;
}

/**
 * Instructions after which compiled code comes back: V8 puts better code in place of a running function at
 * its next call alone.
 */
const STRETCH = 1 << 20;
/**
 * What it costs to enter compiled code and to come back, in instructions of the interpreter; what an entry may
 * lose before the interpreter gets the block back, and what it may have in hand.
 */
const ENTRY_COST = 40,
  LEAST_GAIN = -ENTRY_COST * 256,
  MOST_GAIN = ENTRY_COST * 4096;
/** Share of its runs that a block may have left to be taken into a region. */
const WARM_LEFT = 7 / 8;
/** Runs of a block at most before it is asked again whether to compile it. */
const LONGEST_WAIT = 1 << 30;
/** Modules alive at most: V8 has room for about 43,000 in a process, and machines share it. */
const MOST_MODULES = 1000;
const FIRST_TABLE = 1024;

interface CompiledRegion {
  readonly region: Region;
  readonly fn: number;
  retired: boolean;
}

export class WasmTier implements Tier {
  where = -1;
  readonly #counts = new TierCounts();
  readonly #options: TierOptions;
  readonly #engine: Interpreter;
  readonly #memory: WebAssembly.Memory;
  readonly #calls: HostCalls;
  readonly #probes: ReturnType<typeof makeProbes>;
  #table!: WebAssembly.Table;
  #dispatch!: Dispatcher;
  #functions = 0;
  #modules = 0;
  /** By the number of a block: regions that have it. */
  readonly #regions = new Map<number, CompiledRegion[]>();
  /** By the number of an entry block: its function. */
  readonly #entries = new Map<number, number>();
  /** By function: instructions run in it and behind it, less what it cost to enter it. */
  #gains: number[] = [];
  /** By the number of an entry block: how often the interpreter got it back. */
  readonly #givenBack = new Map<number, number>();
  #waiting: CachedBlock[] = [];
  readonly #waits = new Set<CachedBlock>();
  // The CPU that runs.
  #host!: EngineHost;
  #region!: Int32Array;
  #drops = 0;

  private constructor(engine: Interpreter, memory: WebAssembly.Memory, options: TierOptions) {
    allowBranchHints();
    this.#engine = engine;
    this.#memory = memory;
    this.#options = options;
    this.#calls = this.#hostCalls();
    this.#probes = makeProbes(memory, this.#calls);
    this.clear();
  }
  /** Makes an interpreter, before it ran anything, hand over what is warm. `memory`: the machine's one memory. */
  static attach(engine: Interpreter, memory: WebAssembly.Memory, options: TierOptions): WasmTier {
    const tier = new WasmTier(engine, memory, options);
    engine.cache.onDrop = (block) => tier.#dropped(block);
    engine.useTier(tier, options.threshold);
    return tier;
  }

  /** What the tier did, by what it did. */
  get statistics(): ReadonlyMap<string, number> {
    return this.#counts.named();
  }
  clear(): void {
    this.#table = new WebAssembly.Table({ element: "anyfunc", initial: FIRST_TABLE });
    this.#dispatch = makeDispatcher(this.#memory, this.#table);
    this.#functions = 0;
    this.#modules = 0;
    this.#regions.clear();
    this.#entries.clear();
    this.#gains = [];
    this.#givenBack.clear();
    this.#waiting = [];
    this.#waits.clear();
  }

  run(cpu: InterpreterCpu, block: CachedBlock): number {
    const { region } = cpu;
    const fn = this.#entries.get(block.id)!;
    cpu.jumps.rememberCompiled(block.pc, block.key, fn);
    this.#host = cpu.host;
    this.#region = region;
    this.#drops = this.#engine.cache.drops;
    const budget = region[CONTROL.budget]!;
    region[CONTROL.floor] = Math.max(0, budget - STRETCH);
    const exit = this.#dispatch(region.byteOffset, fn);
    this.where = -1;
    const gain = this.#gains[fn]! + budget - region[CONTROL.budget]! - ENTRY_COST;
    this.#gains[fn] = Math.min(gain, MOST_GAIN);
    if (gain < LEAST_GAIN && !block.stale) this.#giveBack(block, fn);
    this.#counts.left(exit);
    return exit;
  }

  /** To enter here costs more than it saves: the interpreter runs the block, until it asks again. */
  #giveBack(block: CachedBlock, fn: number): void {
    const { cache } = this.#engine;
    const { code } = cache;
    const times = (this.#givenBack.get(block.id) ?? 0) + 1;
    this.#givenBack.set(block.id, times);
    this.#gains[fn] = 0;
    this.#counts.givenBack++;
    code[block.entry] = MICRO.HEAD_COUNTED;
    code[block.entry + 3] = Math.min(cache.runsOf(block) * 8 ** times, LONGEST_WAIT);
  }

  warm(cpu: InterpreterCpu, block: CachedBlock): void {
    const { cache } = this.#engine;
    cache.code[block.entry + 3] = cache.runsOf(block);
    if (!this.#waits.has(block)) {
      this.#waits.add(block);
      this.#waiting.push(block);
      if (this.#waiting.length < this.#options.batch) return;
    }
    this.#compileWaiting(cpu.host);
  }
  #compileWaiting(host: EngineHost): void {
    const engine = this.#engine;
    const { cache } = engine;
    const { regionBlocks, optimisations = ALL_OPTIMISATIONS } = this.#options;
    const blocks = this.#waiting.filter((b) => !b.stale);
    const waits = new Set(this.#waits);
    this.#waiting = [];
    this.#waits.clear();
    if (this.#modules === MOST_MODULES) return engine.clear();
    if (blocks.length === 0) return;
    const isWarm = (b: CachedBlock): boolean =>
      b.compiled || waits.has(b) || cache.code[b.entry + 3]! <= cache.runsOf(b) * WARM_LEFT;
    const optimised = new Map<CachedBlock, Rewritten>();
    const choice = {
      pageOf: (pc: number): number => host.knownCodePage(pc),
      isWarm,
      complete: (b: CachedBlock): void => complete(host, b),
      mostBlocks: regionBlocks,
      // Blocks stand in several regions of a batch.
      optimise: (b: CachedBlock): Rewritten => {
        let known = optimised.get(b);
        if (known === undefined) {
          known = optimise(b.source, optimisations, {
            literal: (address, access) => literalOf(host, b, address, access),
          });
          optimised.set(b, known);
        }
        return known;
      },
    };
    const made = blocks.map((b) => formRegion(b, cache, choice));
    const bytes = encodeModule({
      types: TYPES,
      imports: IMPORTS,
      table: false,
      functions: made.map((region) => compileRegion(region, optimisations, host)),
      memoryPages: this.#memory.buffer.byteLength / 65536,
    });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      host: { ...this.#calls, ...this.#probes, memory: this.#memory },
    });
    this.#modules++;
    this.#counts.compiled(made);
    made.forEach((region, i) => this.#install(region, exports[`f${i}`] as () => void));
  }
  #install(region: Region, code: () => void): void {
    const { cache } = this.#engine;
    const fn = this.#functions++;
    this.#gains.push(0);
    if (fn === this.#table.length) this.#table.grow(fn);
    this.#table.set(fn, code);
    const made: CompiledRegion = { region, fn, retired: false };
    const entry = region.blocks[0]!.cached;
    this.#entries.set(entry.id, fn);
    for (const { cached: block } of region.blocks) {
      block.compiled = true;
      const known = this.#regions.get(block.id);
      if (known === undefined) this.#regions.set(block.id, [made]);
      else known.push(made);
    }
    cache.code[entry.entry] = MICRO.HEAD_COMPILED;
    cache.code[entry.entry + 3] = region.need[0]!;
  }
  /** A block of some region is stale: none of them may be entered any more. */
  #dropped(block: CachedBlock): void {
    const { cache } = this.#engine;
    for (const made of this.#regions.get(block.id) ?? []) {
      if (made.retired) continue;
      made.retired = true;
      const entry = made.region.blocks[0]!.cached;
      this.#entries.delete(entry.id);
      for (const cpu of this.#engine.cpus) cpu.jumps.forgetCompiled(entry.pc);
      if (entry.stale) continue;
      cache.code[entry.entry] = MICRO.HEAD_COUNTED;
      cache.code[entry.entry + 3] = cache.runsOf(entry);
    }
    this.#regions.delete(block.id);
  }

  // ---- calls out of compiled code -------------------------------------------------------------------

  #hostCalls(): HostCalls {
    return {
      load: (address, access, where) => {
        this.#counts.loads++;
        const budget = this.#before(where);
        const value = this.#host.load(address, access);
        this.#after(budget);
        return value;
      },
      store: (address, value, access, where) => {
        this.#counts.stores++;
        const budget = this.#before(where);
        this.#host.store(address, value, access);
        this.#after(budget);
      },
      sysRead: (register, wide, where) => {
        this.#counts.system(register, false);
        const budget = this.#before(where);
        const value = this.#host.sysRead(register, wide === 1);
        this.#after(budget);
        return value;
      },
      sysReadHigh: () => this.#host.sysReadHigh(),
      sysWrite: (register, low, high, wide, where) => {
        this.#counts.system(register, true);
        const budget = this.#before(where);
        this.#host.sysWrite(register, low, high, wide === 1);
        this.#after(budget);
      },
      writeCpsr: (value, mask, where) => {
        this.#counts.cpsrWrites++;
        const budget = this.#before(where);
        this.#host.writeCpsr(value, mask);
        this.#after(budget);
      },
      node: (node, where) => {
        const budget = this.#before(where);
        const called = this.#engine.cache.blocks[where >>> 6]!.source.nodes[node]!;
        this.#counts.node(called);
        this.#engine.callNode(called);
        this.#after(budget);
      },
      vector: (op, d, n, m, imm) => {
        this.#counts.vectors++;
        VECTOR_RUNS[op]!(this.#region, d, n, m, imm);
      },
    };
  }
  #before(where: number): number {
    this.where = where;
    return this.#region[CONTROL.budget]!;
  }
  /** Says in the signal word whether the compiled code has to leave. */
  #after(budget: number): void {
    const { drops } = this.#engine.cache;
    const region = this.#region;
    let signal = 0;
    if (drops !== this.#drops || region[CONTROL.budget] !== budget) signal = SIGNAL.leave;
    this.#drops = drops;
    if (this.#host.faulted) {
      region[CONTROL.where] = this.where;
      signal |= SIGNAL.fault;
    }
    region[CONTROL.signal] = signal;
  }
}

const VECTOR_RUNS = VECTOR_OP_NAMES.map((name) => VECTOR_OPS[name].run);

/** Gives a block its nodes again. */
const complete = (host: EngineHost, block: CachedBlock): void => {
  if (block.source.nodes.length > 0) return;
  const again = host.translateIn(block.page, block.pc, block.key, BLOCK_LIMIT)?.block;
  if (again?.marks.length !== block.length) throw new Error("wasm: code changed unseen");
  block.source = again;
};

/** A word of a block's own page, which every store to the page would drop; undefined for other places. */
export const literalOf = (
  host: EngineHost,
  block: CachedBlock,
  address: number,
  access: number,
): number | undefined => {
  const size = accessSize(access);
  const elsewhere = (address ^ block.pc) >>> PAGE_SHIFT !== 0;
  if (elsewhere || (address & (size - 1)) !== 0 || extract(access, ACCESS_BITS.alignment) !== 0)
    return undefined;
  return host.codeWord(block.page, address & (PAGE_SIZE - 1), size);
};
