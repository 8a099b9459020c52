/**
 * One path of a symbolic run: the state at its end so far, the condition under which it is taken, what it
 * wrote to memory, the instructions that it ran and the assumptions that it used.
 */
import { constantOf } from "./constant-of.js";
import { SLOT, type Slot } from "../../../arch/index.js";
import type { Term } from "../terms/term.js";
import type { Terms } from "../terms/terms.js";
import type { SymbolicMemory } from "./memory.js";

/** Whatever a host keeps for each path. */
export interface Forkable<T> {
  fork(): T;
}

/** An instruction that a path ran. */
export interface TracePoint {
  readonly pc: number;
  /** Length in bytes. */
  readonly size: number;
  readonly thumb: boolean;
}

export class SymbolicPath<L extends Forkable<L>> {
  readonly terms: Terms;
  /** One 32-bit term for each state slot of arch/. */
  readonly state: Term[];
  readonly memory: SymbolicMemory;
  /** The host's part. */
  readonly local: L;
  /** Conjuncts of the path condition, oldest first; none of them is `true`. */
  readonly condition: Term[];
  readonly trace: TracePoint[];
  /** What was assumed on the way, in words. */
  readonly assumptions: Set<string>;
  /** Length of `condition` up to which a solver, or its form, has shown that it can be met. */
  checked = 0;
  readonly #truth: Map<Term, boolean>;
  readonly #values: Map<Term, bigint>;

  constructor(
    terms: Terms,
    state: Term[],
    memory: SymbolicMemory,
    local: L,
    from?: SymbolicPath<L>,
  ) {
    this.terms = terms;
    this.state = state;
    this.memory = memory;
    this.local = local;
    this.condition = from?.condition.slice() ?? [];
    this.trace = from?.trace.slice() ?? [];
    this.assumptions = new Set(from?.assumptions);
    this.checked = from?.checked ?? 0;
    this.#truth = new Map(from === undefined ? [] : from.#truth);
    this.#values = new Map(from === undefined ? [] : from.#values);
  }
  fork(): SymbolicPath<L> {
    return new SymbolicPath(
      this.terms,
      this.state.slice(),
      this.memory.fork(),
      this.local.fork(),
      this,
    );
  }
  get(slot: Slot): Term {
    return this.state[slot]!;
  }
  put(slot: Slot, value: Term): void {
    this.state[slot] = value;
  }
  /** The number in a slot as an unsigned word, or undefined where it is not constant. */
  constant(slot: Slot): number | undefined {
    return constantOf(this.state[slot]!);
  }
  /** The PC as an unsigned word, or undefined where it is not constant. */
  get pc(): number | undefined {
    return this.constant(SLOT.PC);
  }
  /** The conjunction of the path condition. */
  get pathCondition(): Term {
    return this.terms.and(...this.condition);
  }
  /** The path goes on under a condition only. */
  assume(condition: Term): void {
    if (condition.op === "and") {
      for (const part of condition.args) this.assume(part);
      return;
    }
    const known = this.decide(condition);
    if (known === true) return;
    this.condition.push(condition);
    this.#learn(condition, true);
  }
  #learn(condition: Term, truth: boolean): void {
    if (condition.op === "not") return this.#learn(condition.args[0]!, !truth);
    this.#truth.set(condition, truth);
    // The parts of a disjunction that does not hold, each for itself.
    if (condition.op === (truth ? "and" : "or"))
      for (const part of condition.args) this.#learn(part, truth);
    if (condition.op === "eq" && truth) {
      const [a, b] = condition.args;
      if (b!.op === "const") this.#values.set(a!, b!.value);
      else if (a!.op === "const") this.#values.set(b!, a!.value);
    }
  }
  /** Whether a condition holds on this path, as far as its form and the path's conjuncts show. */
  decide(condition: Term): boolean | undefined {
    switch (condition.op) {
      case "true":
        return true;
      case "false":
        return false;
      case "not": {
        const inner = this.decide(condition.args[0]!);
        return inner === undefined ? undefined : !inner;
      }
      case "and":
      case "or": {
        const decisive = condition.op === "or";
        let open = false;
        for (const part of condition.args) {
          const truth = this.decide(part);
          if (truth === decisive) return decisive;
          open ||= truth === undefined;
        }
        return open ? this.#truth.get(condition) : !decisive;
      }
      case "eq": {
        const [a, b] = condition.args;
        const left = a!.op === "const" ? a!.value : this.#values.get(a!);
        const right = b!.op === "const" ? b!.value : this.#values.get(b!);
        if (left !== undefined && right !== undefined) return left === right;
        return this.#truth.get(condition);
      }
      default:
        return this.#truth.get(condition);
    }
  }
  /**
   * Splits the path by a condition: `holds` is this path where it can hold, `fails` a path where it
   * can fail. Neither is asked of a solver here.
   */
  split(condition: Term): {
    holds: SymbolicPath<L> | undefined;
    fails: SymbolicPath<L> | undefined;
  } {
    const known = this.decide(condition);
    if (known === true) return { holds: this, fails: undefined };
    if (known === false) return { holds: undefined, fails: this };
    const fails = this.fork();
    fails.assume(this.terms.not(condition));
    this.assume(condition);
    return { holds: this, fails };
  }
}
