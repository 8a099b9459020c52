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
import type { CachedBlock } from "../interpreter/cached-block.js";
import { BLOCK_LIMIT, type Interpreter } from "../interpreter/interpreter.js";
import type { InterpreterCpu } from "../interpreter/interpreter-cpu.js";
import { HEAD, MICRO } from "../interpreter/micro-ops.js";
import type { Tier } from "../interpreter/tier.js";
import { IMPORTS, TYPES, type HostCalls } from "./abi.js";
import { allowBranchHints } from "./branch-hints.js";
import { compileRegion } from "./compile.js";
import { TierCounts } from "./counts.js";
import { encodeModule } from "../module/encoder.js";
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

/** Share of its runs that a block may have left to be taken into a region. */
const WARM_LEFT = 7 / 8;
/** Modules alive at most: V8 has room for about 43,000 in a process, and machines share it. */
const MOST_MODULES = 1000;
const FIRST_TABLE = 1024;
/** How often `leftWithin` may tell of an instruction before its accesses call the machine. */
const MOST_TIMES_LEFT = 64;

interface CompiledRegion {
  readonly region: Region;
  readonly fn: number;
  retired: boolean;
}

export class WasmTier implements Tier {
  where = -1;
  readonly table = new WebAssembly.Table({ element: "anyfunc", initial: FIRST_TABLE });
  readonly #counts = new TierCounts();
  readonly #options: TierOptions;
  readonly #engine: Interpreter;
  readonly #memory: WebAssembly.Memory;
  readonly #calls: HostCalls;
  #functions = 0;
  #modules = 0;
  /** By the number of a block: regions that have it. */
  readonly #regions = new Map<number, CompiledRegion[]>();
  readonly #optimised = new WeakMap<CachedBlock, Rewritten>();
  #waiting: CachedBlock[] = [];
  readonly #waits = new Set<CachedBlock>();
  /** By instruction: how often `leftWithin` told of it. */
  readonly #leftWithin = new Map<number, number>();
  // The CPU that runs.
  #host!: EngineHost;
  #region!: Int32Array;
  #drops = 0;

  private constructor(engine: Interpreter, memory: WebAssembly.Memory, options: TierOptions) {
    allowBranchHints(true);
    this.#engine = engine;
    this.#memory = memory;
    this.#options = options;
    this.#calls = this.#hostCalls();
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
    while (this.#functions > 0) this.table.set(--this.#functions, null);
    this.#modules = 0;
    this.#regions.clear();
    this.#waiting = [];
    this.#waits.clear();
    this.#leftWithin.clear();
  }

  begin(cpu: InterpreterCpu): void {
    this.#host = cpu.host;
    this.#region = cpu.region;
    this.#drops = this.#engine.cache.drops;
    this.where = -1;
  }
  left(exit: number): void {
    this.#counts.left(exit);
  }

  warm(cpu: InterpreterCpu, block: CachedBlock): void {
    const { cache } = this.#engine;
    cache.code[block.entry + HEAD.word] = cache.runsOf(block);
    if (!this.#waits.has(block)) {
      this.#waits.add(block);
      this.#waiting.push(block);
      if (this.#waiting.length < this.#options.batch) return;
    }
    this.#compileWaiting(cpu.host);
  }
  leftWithin(block: CachedBlock, instruction: number): void {
    this.#counts.leftWithin++;
    if (block.stale || block.missing.includes(instruction)) return;
    const key = block.id * BLOCK_LIMIT + instruction;
    const times = (this.#leftWithin.get(key) ?? 0) + 1;
    this.#leftWithin.set(key, times);
    if (times < MOST_TIMES_LEFT) return;
    block.missing = [...block.missing, instruction];
    // All that have it are made anew, when they are entered next.
    const { cache } = this.#engine;
    for (const made of this.#regions.get(block.id) ?? []) {
      if (made.retired) continue;
      this.#retire(made);
      const entry = made.region.blocks[0]!.cached;
      cache.code[entry.entry + HEAD.word] = 1;
      if (this.#waits.has(entry)) continue;
      this.#waits.add(entry);
      this.#waiting.push(entry);
    }
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
      b.compiled || waits.has(b) || cache.code[b.entry + HEAD.word]! <= cache.runsOf(b) * WARM_LEFT;
    const choice = {
      pageOf: (pc: number): number => host.knownCodePage(pc),
      isWarm,
      complete: (b: CachedBlock): void => complete(host, b),
      mostBlocks: regionBlocks,
      // Blocks stand in several regions.
      optimise: (b: CachedBlock): Rewritten => {
        let known = this.#optimised.get(b);
        if (known === undefined) {
          known = optimise(b.source, optimisations, {
            literal: (address, access) => literalOf(host, b, address, access),
          });
          this.#optimised.set(b, known);
        }
        return known;
      },
    };
    const made: Region[] = [];
    // What stands in another's region may never be entered by itself; where it is it becomes warm again.
    const within = new Set<CachedBlock>();
    for (const block of blocks) {
      if (within.has(block)) continue;
      const region = formRegion(block, cache, choice);
      for (const { cached } of region.blocks) within.add(cached);
      made.push(region);
    }
    const bytes = encodeModule({
      types: TYPES,
      imports: IMPORTS,
      table: true,
      functions: made.map((region) => compileRegion(region, optimisations, host)),
      memoryPages: this.#memory.buffer.byteLength / 65536,
    });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      host: { ...this.#calls, memory: this.#memory, table: this.table },
    });
    this.#modules++;
    this.#counts.compiled(made);
    made.forEach((region, i) => this.#install(region, exports[`f${i}`] as () => void));
  }
  #install(region: Region, code: () => void): void {
    const { cache } = this.#engine;
    const fn = this.#functions++;
    if (fn === this.table.length) this.table.grow(fn);
    this.table.set(fn, code);
    const made: CompiledRegion = { region, fn, retired: false };
    const entry = region.blocks[0]!.cached;
    for (const { cached: block } of region.blocks) {
      block.compiled = true;
      const known = this.#regions.get(block.id);
      if (known === undefined) this.#regions.set(block.id, [made]);
      else known.push(made);
    }
    cache.code[entry.entry] = MICRO.HEAD_COMPILED;
    cache.code[entry.entry + HEAD.word] = region.need[0]!;
    cache.code[entry.entry + HEAD.fn] = fn;
  }
  /** A block of some region is stale: none of them may be entered any more. */
  #dropped(block: CachedBlock): void {
    for (const made of this.#regions.get(block.id) ?? []) this.#retire(made);
    this.#regions.delete(block.id);
  }
  #retire(made: CompiledRegion): void {
    const { cache } = this.#engine;
    const entry = made.region.blocks[0]!.cached;
    if (made.retired) return;
    made.retired = true;
    if (entry.stale) return;
    cache.code[entry.entry] = MICRO.HEAD_COUNTED;
    cache.code[entry.entry + HEAD.word] = cache.runsOf(entry);
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
  /** Says in the signal word whether the compiled code has to leave; what it said before holds until it has left. */
  #after(budget: number): void {
    const { drops } = this.#engine.cache;
    const region = this.#region;
    let signal = region[CONTROL.signal]!;
    if (drops !== this.#drops || region[CONTROL.budget] !== budget) signal |= SIGNAL.leave;
    this.#drops = drops;
    if (this.#host.faulted) {
      region[CONTROL.where] = this.where;
      signal |= SIGNAL.fault;
    }
    region[CONTROL.signal] = signal;
    this.where = -1;
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
