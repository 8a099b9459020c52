/**
 * Runs an IR block over terms. Guards, conditional exits and faults split the path; every part goes on. The
 * meaning of an op is its `smt` lane (terms/lanes.ts); there is no other here.
 */
import { SLOT } from "../../../arch/index.js";
import {
  FLAG_OPS,
  type Apply,
  type Block,
  type InstructionMark,
  type Node,
  type Value,
} from "../../../ir/index.js";
import type { Continuation, SymbolicBlock, SymbolicHost } from "./host.js";
import type { Forkable, SymbolicPath } from "./path.js";
import { applyPureOp } from "../terms/lanes.js";
import type { Term } from "../terms/term.js";
import type { Terms } from "../terms/terms.js";

interface Frame<L extends Forkable<L>> {
  readonly path: SymbolicPath<L>;
  /** Node to go on with. */
  readonly at: number;
  /** Number of instruction marks passed. */
  readonly marks: number;
  readonly values: (Term | undefined)[];
}
const WORD = 32;

class BlockRun<L extends Forkable<L>> {
  readonly #terms: Terms;
  readonly #block: Block;
  readonly #thumb: boolean;
  readonly #host: SymbolicHost<L>;
  readonly #frames: Frame<L>[] = [];
  readonly #done: SymbolicPath<L>[] = [];

  constructor(terms: Terms, source: SymbolicBlock, host: SymbolicHost<L>) {
    this.#terms = terms;
    this.#block = source.block;
    this.#thumb = source.thumb;
    this.#host = host;
  }
  run(path: SymbolicPath<L>): SymbolicPath<L>[] {
    this.#frames.push({ path, at: 0, marks: 0, values: [] });
    for (let frame = this.#frames.pop(); frame !== undefined; frame = this.#frames.pop())
      this.#follow(frame);
    return this.#done;
  }

  /** Runs a path to the block's end; what splits off is left in #frames. */
  #follow(frame: Frame<L>): void {
    const { nodes, marks } = this.#block;
    const { values } = frame;
    let { path, marks: passed } = frame;
    for (let at = frame.at; at < nodes.length; at++) {
      for (; passed < marks.length && marks[passed]!.node <= at; passed++) {
        const { pc, size } = marks[passed]!;
        path.trace.push({ pc: pc >>> 0, size, thumb: this.#thumb });
      }
      const node = nodes[at]!;
      if (node.kind === "guard") {
        const zero = this.#terms.eq(values[node.value]!, this.#terms.const(0, WORD));
        const { holds, fails } = path.split(node.invert ? zero : this.#terms.not(zero));
        if (holds !== undefined && fails !== undefined)
          this.#frames.push({ path: fails, at: node.end, marks: passed, values: values.slice() });
        if (holds !== undefined) continue;
        at = node.end - 1;
        continue;
      }
      if (node.kind.startsWith("exit")) {
        this.#exit(path, node, marks[passed - 1]!, values);
        return;
      }
      const parts = this.#effect(path, node, values);
      if (parts === undefined) {
        values[at] = this.#value(path, node, values);
        continue;
      }
      const goOn: Continuation<L>[] = [];
      for (const part of parts) {
        if (part.faulted) this.#fault(part.path, marks[passed - 1]!);
        else goOn.push(part);
      }
      const next = goOn.shift();
      for (const part of goOn) {
        const copy = values.slice();
        copy[at] = part.value;
        this.#frames.push({ path: part.path, at: at + 1, marks: passed, values: copy });
      }
      if (next === undefined) return;
      path = next.path;
      values[at] = next.value;
    }
    throw new Error(`symbolic executor: the block at ${this.#block.pc} ends without an exit`);
  }

  /** Nodes that only the machine can do; undefined for all others. */
  #effect(
    path: SymbolicPath<L>,
    node: Node,
    values: readonly (Term | undefined)[],
  ): Continuation<L>[] | undefined {
    const host = this.#host;
    const value = (v: Value): Term => values[v]!;
    switch (node.kind) {
      case "load":
        return host.load(path, value(node.address), node.access);
      case "store":
        return host.store(path, value(node.address), value(node.value), node.access);
      case "sysRead":
        return host.sysRead(path, node.register, node.wide);
      case "sysWrite":
        return host.sysWrite(
          path,
          node.register,
          value(node.value),
          node.high === undefined ? undefined : value(node.high),
        );
      case "writeCpsr":
        return host.writeCpsr(path, value(node.value), node.byteMask);
      case "checkCoprocessor":
        return host.checkCoprocessor(path, node.coprocessor, node.advancedSimd);
      case "trapCheck":
        return host.trapCheck(path, node.trap);
      case "hint":
        return host.hint(path, node.hint);
      case "vector":
        return host.vector(path, node.op);
      default:
        return undefined;
    }
  }
  /** Nodes that neither fault nor leave. */
  #value(
    path: SymbolicPath<L>,
    node: Node,
    values: readonly (Term | undefined)[],
  ): Term | undefined {
    const terms = this.#terms;
    switch (node.kind) {
      case "const":
        return terms.const(node.value, WORD);
      case "pure":
        return applyPureOp(
          terms,
          node.op,
          node.args.map((v) => values[v]!),
        );
      case "flags": {
        const apply: Apply<Term> = (op, ...args) => applyPureOp(terms, op, args);
        const made = FLAG_OPS[node.op].expand<Term>(
          apply,
          (n) => terms.const(n, WORD),
          ...node.args.map((v) => values[v]!),
        );
        for (const name of FLAG_OPS[node.op].writes) path.put(SLOT[name], made[name]!);
        return undefined;
      }
      case "get":
        return path.get(node.slot);
      case "put":
        path.put(node.slot, values[node.value]!);
        return undefined;
      case "readCpsr":
        return this.#host.readCpsr(path);
      case "sysReadHigh":
        return this.#host.sysReadHigh(path);
      default:
        throw new Error(`symbolic executor: ${node.kind} is not a value`);
    }
  }

  #fault(path: SymbolicPath<L>, mark: InstructionMark): void {
    this.#comeBack(path, mark);
    this.#done.push(...this.#host.takePending(path, mark.syndrome, mark.size));
  }
  /** PC and ITSTATE are the instruction's again. */
  #comeBack(path: SymbolicPath<L>, mark: InstructionMark): void {
    path.put(SLOT.PC, this.#terms.const(mark.pc, WORD));
    path.put(SLOT.IT, this.#terms.const(mark.it, WORD));
  }
  #exit(
    path: SymbolicPath<L>,
    node: Node,
    mark: InstructionMark,
    values: readonly (Term | undefined)[],
  ): void {
    const terms = this.#terms;
    switch (node.kind) {
      case "exitGoto":
      case "exitDispatch":
        path.put(SLOT.PC, terms.const(node.target, WORD));
        this.#done.push(path);
        return;
      case "exitJump":
        path.put(SLOT.PC, values[node.target]!);
        this.#done.push(path);
        return;
      case "exitExchange": {
        const target = values[node.target]!;
        path.put(SLOT.T, terms.zeroExtend(31, terms.extract(0, 0, target)));
        path.put(SLOT.PC, terms.bvand(target, terms.const(-2, WORD)));
        this.#done.push(path);
        return;
      }
      case "exitReturn":
        this.#comeBack(path, mark);
        this.#done.push(
          ...this.#host.exceptionReturn(path, values[node.target]!, values[node.psr]!),
        );
        return;
      case "exitException":
        this.#comeBack(path, mark);
        this.#done.push(
          ...this.#host.takeException(
            path,
            node.exception,
            node.immediate,
            (mark.pc + mark.size) >>> 0,
          ),
        );
        return;
      case "exitStop":
        this.#comeBack(path, mark);
        this.#done.push(...this.#host.stop(path, node.reason, node.what));
        return;
      default:
        throw new Error(`symbolic executor: ${node.kind} is not an exit`);
    }
  }
}

/** Runs a block on a path and gives all the paths that come out of it. */
export const runBlock = <L extends Forkable<L>>(
  terms: Terms,
  source: SymbolicBlock,
  path: SymbolicPath<L>,
  host: SymbolicHost<L>,
): SymbolicPath<L>[] => new BlockRun(terms, source, host).run(path);
