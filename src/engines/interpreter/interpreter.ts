/**
 * Tier 0: runs pre-decoded micro-ops. It owns translated code and the way from a PC to a block; what
 * an access, an exception or a system register does is the host's.
 */
import { SLOT } from "../../arch/index.js";
import {
  CONTROL,
  PackedBlock,
  PAGE_SIZE,
  type Block,
  type EngineHost,
  type Node,
} from "../../ir/index.js";
import { CodeCache } from "./code-cache.js";
import type { CachedBlock } from "./cached-block.js";
import { makeRunFunction, Running } from "./generate.js";
import type { InterpreterCpu } from "./interpreter-cpu.js";
import type { RunFunction } from "./run-calls.js";
import { EXIT } from "./run-function-code.js";
import { JumpCache } from "./jump-cache.js";
import { GOTO } from "./micro-ops.js";
import { TIER_EXIT, WANTS_BUDGET, type Tier } from "./tier.js";

/** Instructions in a block at most. */
export const BLOCK_LIMIT = 48;

/** Bit that no translation key has: with it no jump is followed (RunFunction). */
const APART = 1 << 29;

export class Interpreter {
  readonly cache: CodeCache;
  /** Made when something runs first: it depends on the tier. */
  #made: RunFunction | undefined;
  readonly #memory: WebAssembly.Memory;
  readonly #cpus: InterpreterCpu[] = [];
  #tier: Tier | undefined;
  #cpu!: InterpreterCpu;
  /** What the run function's calls look at. */
  readonly #running = new Running();
  #host!: EngineHost;
  #region!: Int32Array;

  /** `memory`: the machine's one memory; `regions`: the regions of all its CPUs, in it. */
  constructor(memory: WebAssembly.Memory, regions: readonly Int32Array[]) {
    this.cache = new CodeCache(memory, regions);
    this.#memory = memory;
  }
  get #run(): RunFunction {
    const { cache } = this;
    return (this.#made ??= makeRunFunction(this.#memory, this.#tier?.table, this.#running, {
      call: (block, index) => this.callNode(cache.blocks[block]!.calls[index]!),
      leftWithin: (id, at) => {
        const block = cache.blocks[id]!;
        this.#tier!.leftWithin(block, cache.indexOf(block, at));
      },
    }));
  }

  /** Makes a CPU that `run` takes. */
  attach(region: Int32Array, host: EngineHost): InterpreterCpu {
    const cpu = { region, host, jumps: new JumpCache(region) };
    this.#cpus.push(cpu);
    // What is plain is the same for all CPUs of a machine.
    this.cache.plainRead ??= (register, level) => host.plainRead(register, level);
    return cpu;
  }
  /** From now on warm blocks are compiled: those that run `countdown` times. Before any code runs. */
  useTier(tier: Tier, countdown: number): void {
    this.#tier = tier;
    this.cache.countdown = countdown;
  }

  /**
   * Runs until the budget in the CPU's control word is used up or the host says `interrupted`. The PC
   * slot then holds the address of the next instruction.
   */
  run(cpu: InterpreterCpu): void {
    const { host, region, jumps } = cpu;
    this.#cpu = cpu;
    this.#host = host;
    this.#region = region;
    this.#running.host = host;
    this.#running.region = region;
    this.#tier?.begin(cpu);
    const enter = this.#run;
    let key = host.translationKey();
    let linkAt = 0;
    let linkFrom: CachedBlock | undefined;
    let linkGeneration = 0;
    while (region[CONTROL.budget]! > 0 && !host.interrupted) {
      let entry = linkFrom === undefined ? jumps.find(region[SLOT.PC]!, key) : -1;
      if (entry < 0) {
        const found = this.#block(region[SLOT.PC]!, key);
        if (found === undefined) {
          host.takePending(0, 4);
          region[CONTROL.budget] = region[CONTROL.budget]! - 1;
          key = host.translationKey();
          linkFrom = undefined;
          continue;
        }
        // Targets of links are on their block's virtual page.
        if (
          linkFrom !== undefined &&
          linkGeneration === this.cache.generation &&
          !linkFrom.stale &&
          linkFrom.page === found.page &&
          found.secondPage < 0
        ) {
          this.cache.code[linkAt + GOTO.link] = found.entry;
        }
        linkFrom = undefined;
        entry = found.entry;
      }
      const exit = enter(region.byteOffset, entry, 0);
      switch (exit) {
        case EXIT.link:
          linkAt = region[CONTROL.at]!;
          linkFrom = this.cache.blocks[region[CONTROL.block]!]!;
          linkGeneration = this.cache.generation;
          key = region[CONTROL.key]!;
          break;
        case EXIT.lookup:
          key = region[CONTROL.key]!;
          if (this.#tier !== undefined)
            noteJump(this.cache.blocks[region[CONTROL.block]!]!, region[SLOT.PC]!);
          break;
        case EXIT.budget:
          key = this.#outOfBudget(region[CONTROL.block]!);
          break;
        case EXIT.warm: {
          const block = this.cache.blocks[region[CONTROL.block]!]!;
          region[SLOT.PC] = block.pc | 0;
          key = block.key;
          this.#tier!.warm(cpu, block);
          break;
        }
        case EXIT.compiled:
          key = this.#compiled(region[CONTROL.key]!);
          break;
        default:
          this.#leave(exit);
          key = host.translationKey();
      }
    }
  }

  /** Compiled code came back with `exit`, and the way on is not known. */
  #compiled(exit: number): number {
    const region = this.#region;
    this.#tier!.left(exit);
    if (exit >= 0) return exit & ~WANTS_BUDGET;
    const where = region[CONTROL.where]!;
    const left = this.cache.blocks[where >>> 6]!;
    if (exit === TIER_EXIT.fault) this.#leaveAt(EXIT.fault, left, where & 63, undefined);
    else if (exit === TIER_EXIT.exit)
      this.#leaveAt(EXIT.exit, left, where & 63, left.source.nodes[region[CONTROL.node]!]);
    else this.#leaveAt(EXIT.exceptionReturn, left, where & 63, undefined);
    return this.#host.translationKey();
  }

  /** Forgets all code. */
  clear(): void {
    this.cache.clear();
    this.#tier?.clear();
    for (const cpu of this.#cpus) cpu.jumps.flush();
  }

  /**
   * Instructions of the running block behind the current one: they are charged to the budget already.
   * For calls that are made from within a block.
   */
  ahead(): number {
    const where = this.#tier?.where ?? -1;
    if (where >= 0) return this.cache.blocks[where >>> 6]!.length - 1 - (where & 63);
    const block = this.cache.blocks[this.#region[CONTROL.block]!]!;
    return block.length - 1 - this.cache.indexOf(block, this.#region[CONTROL.at]!);
  }

  /** Runs a node of a block that is a call into the machine. */
  callNode(node: Node): void {
    const host = this.#host;
    switch (node.kind) {
      case "hint":
        return host.hint(node.hint);
      case "trapCheck":
        return host.trapCheck(node.trap);
      case "checkCoprocessor":
        return host.checkCoprocessor(node.coprocessor, node.advancedSimd);
      default:
        throw new Error(`interpreter: ${node.kind} is not a call`);
    }
  }

  /** The block at (pc, key), translated if need be; undefined when the fetch faults. */
  #block(pc: number, key: number): CachedBlock | undefined {
    const host = this.#host;
    const page = host.codePage(pc);
    if (page < 0) return undefined;
    let found = this.#current(this.cache.find(page, pc, key));
    if (host.faulted) return undefined;
    if (found === undefined) {
      this.#makeRoom();
      found = this.cache.takeUp(page, pc, key);
    }
    if (found === undefined) {
      const source = host.translate(pc, key, BLOCK_LIMIT);
      if (source === undefined) return undefined;
      found = this.cache.add(source, key);
      giveUp(source.block);
    }
    // What depends on a second page is looked up each time.
    if (found.secondPage < 0) this.#cpu.jumps.remember(pc, key, found.entry);
    return found;
  }
  /** The block if its second page, if any, is still what is mapped there. That page may fault. */
  #current(block: CachedBlock | undefined): CachedBlock | undefined {
    if (block === undefined || block.secondPage < 0) return block;
    const second = this.#host.codePage((block.pc & ~(PAGE_SIZE - 1)) + PAGE_SIZE);
    if (second === block.secondPage) return block;
    if (second >= 0) this.cache.drop(block);
    return undefined;
  }
  #makeRoom(): void {
    if (this.cache.full) this.clear();
  }

  /** HEAD found too small a budget, or a stale block: run what fits one instruction at a time. */
  #outOfBudget(id: number): number {
    const host = this.#host;
    const region = this.#region;
    const block = this.cache.blocks[id]!;
    region[SLOT.PC] = block.pc | 0;
    if (block.stale) {
      this.#cpu.jumps.forget(block.pc);
      return block.key;
    }
    let key = block.key;
    while (region[CONTROL.budget]! > 0 && !host.interrupted) {
      const single = this.#single(region[SLOT.PC]!, key);
      if (single === undefined) {
        host.takePending(0, 4);
        region[CONTROL.budget] = region[CONTROL.budget]! - 1;
        key = host.translationKey();
        continue;
      }
      const exit = this.#run(region.byteOffset, single.entry, APART);
      if (exit === EXIT.link || exit === EXIT.lookup) key = region[CONTROL.key]!;
      else {
        // A single instruction that was dropped is looked up again.
        if (exit === EXIT.budget)
          region[SLOT.PC] = this.cache.blocks[region[CONTROL.block]!]!.pc | 0;
        else this.#leave(exit);
        key = host.translationKey();
      }
    }
    return key;
  }
  /** A block of one instruction, kept apart from the blocks that are linked and jumped to. */
  #single(pc: number, key: number): CachedBlock | undefined {
    const host = this.#host;
    const page = host.codePage(pc);
    if (page < 0) return undefined;
    const known = this.#current(this.cache.findSingle(page, pc, key));
    if (host.faulted) return undefined;
    if (known !== undefined) return known;
    const source = host.translate(pc, key, 1);
    if (source === undefined) return undefined;
    this.#makeRoom();
    const made = this.cache.addSingle(source, key);
    giveUp(source.block);
    return made;
  }

  /** Exits that name an instruction: gives back what it did not use, sets PC and IT, tells the host. */
  #leave(exit: number): void {
    const region = this.#region;
    const offset = region[CONTROL.at]!;
    if (exit === EXIT.unknown) throw new Error(`interpreter: no micro-op at ${offset}`);
    const block = this.cache.blocks[region[CONTROL.block]!]!;
    const node = block.calls[region[CONTROL.index]!];
    this.#leaveAt(exit, block, this.cache.indexOf(block, offset), node);
  }
  #leaveAt(exit: number, block: CachedBlock, index: number, node: Node | undefined): void {
    const host = this.#host;
    const region = this.#region;
    const { instructions } = this.cache;
    const at = block.first + index;
    const pc = instructions.pc(at);
    const unused = block.length - (index + 1);
    region[CONTROL.budget] = region[CONTROL.budget]! + unused;
    region[SLOT.PC] = pc;
    region[SLOT.IT] = instructions.it(at);
    if (exit === EXIT.fault) {
      if (!host.takeReplay())
        return host.takePending(instructions.syndrome(at), instructions.size(at));
      region[CONTROL.budget] = region[CONTROL.budget]! + 1;
      return this.cache.endAfter(block, pc);
    }
    if (exit === EXIT.exceptionReturn)
      return host.exceptionReturn(region[CONTROL.target]!, region[CONTROL.psr]!);
    this.#exit(node!, (pc + instructions.size(at)) >>> 0);
  }
  #exit(node: Node, nextPc: number): void {
    const host = this.#host;
    if (node.kind === "exitException") {
      host.takeException(node.exception, node.immediate, nextPc);
    } else if (node.kind === "exitStop") host.stop(node.reason, node.what);
    else throw new Error(`interpreter: ${node.kind} is not an exit`);
  }
}

/** Lowered blocks are not looked at again. */
const giveUp = (block: Block): void => {
  if (block instanceof PackedBlock) block.giveUp();
};

/** Most addresses that are remembered of a block's jumps. */
const MOST_LED = 8;
const noteJump = (block: CachedBlock, pc: number): void => {
  const { led } = block;
  if (led.length < MOST_LED && !led.includes(pc)) block.led = [...led, pc];
};
