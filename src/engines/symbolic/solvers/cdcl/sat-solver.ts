import type { Cnf } from "./cnf.js";
import type { LratLog } from "./lrat-log.js";
import { DecisionOrder } from "./order.js";

export type SatAnswer = "sat" | "unsat" | "unknown";

/** Offsets in a clause's record in the arena; the literals follow. */
const SIZE = 0;
const LBD = 1;
const ID = 2;
const LITERALS = 3;

const UNASSIGNED = -1;
const NO_REASON = -1;
/** Conflicts between restarts are this times Luby's sequence. */
const RESTART_UNIT = 64;

/** Literal 2v is variable v, 2v + 1 its complement; variable v is DIMACS v + 1. */
const internal = (literal: number): number => (literal > 0 ? 2 * literal - 2 : -2 * literal - 1);
const dimacs = (literal: number): number =>
  (literal & 1) === 0 ? (literal >> 1) + 1 : -((literal >> 1) + 1);

/**
 * Conflict-driven clause learning: two watched literals with blockers, VSIDS, saved phases, first unique implication
 * points, recursive minimisation, Luby's restarts, learned clauses dropped by their number of levels. It makes no use of
 * time or chance: the same clauses give the same answer.
 */
export class SatSolver {
  readonly #variables: number;
  #arena: Int32Array;
  #used = 0;
  readonly #originals: number[] = [];
  #learned: number[] = [];
  /** Per literal: pairs of a clause that watches it and another literal of that clause. */
  readonly #watches: number[][];
  /** Per literal: 1 true, 0 false, UNASSIGNED. */
  readonly #values: Int8Array;
  readonly #levels: Int32Array;
  readonly #reasons: Int32Array;
  readonly #phases: Uint8Array;
  readonly #trail: Int32Array;
  /** Where in the trail a variable stands. */
  readonly #places: Int32Array;
  #trailLength = 0;
  #head = 0;
  readonly #limits: number[] = [];
  readonly #order: DecisionOrder;
  readonly #seen: Uint8Array;
  readonly #log: LratLog | undefined;
  /** Numbers of the unit clauses of variables that are fixed; only with a log. */
  readonly #units: Int32Array;
  #lastId = 0;
  #contradiction = false;
  conflicts = 0;
  decisions = 0;
  propagations = 0;

  constructor(cnf: Cnf, log?: LratLog) {
    const n = cnf.variables;
    this.#variables = n;
    this.#log = log;
    let space = 1024;
    for (const clause of cnf.clauses) space += clause.length + LITERALS;
    this.#arena = new Int32Array(space * 2);
    this.#watches = Array.from({ length: 2 * n }, () => []);
    this.#values = new Int8Array(2 * n).fill(UNASSIGNED);
    this.#levels = new Int32Array(n);
    this.#reasons = new Int32Array(n).fill(NO_REASON);
    this.#phases = new Uint8Array(n);
    this.#trail = new Int32Array(n);
    this.#places = new Int32Array(n);
    this.#seen = new Uint8Array(n);
    this.#units = new Int32Array(n);
    this.#order = new DecisionOrder(n);
    const units: number[] = [];
    for (const clause of cnf.clauses) {
      const reference = this.#store(clause.map(internal), ++this.#lastId, 0);
      if (clause.length === 0) this.#refute(reference);
      else if (clause.length === 1) units.push(reference);
      else {
        this.#originals.push(reference);
        this.#watch(reference);
      }
    }
    for (const reference of units) {
      if (this.#contradiction) break;
      const literal = this.#arena[reference + LITERALS]!;
      if (this.#values[literal] === 0) this.#refute(reference);
      else if (this.#values[literal] === UNASSIGNED) this.#assign(literal, reference);
    }
  }

  /** The value of a variable of the clauses after `sat`. */
  value(variable: number): boolean {
    return this.#values[2 * (variable - 1)] === 1;
  }

  /** Decides the clauses, or gives up after so many conflicts. `until` is asked now and then whether to give up. */
  solve(maxConflicts: number, until: () => boolean = () => false): SatAnswer {
    if (this.#contradiction) return "unsat";
    const end = this.conflicts + maxConflicts;
    let restarts = 0;
    let nextRestart = this.conflicts + RESTART_UNIT * luby(1);
    let reduceAt = this.conflicts + 2000;
    for (;;) {
      const conflict = this.#propagate();
      if (conflict >= 0) {
        this.conflicts++;
        if (this.#limits.length === 0) {
          this.#refute(conflict);
          return "unsat";
        }
        this.#learn(conflict);
        this.#order.decay();
        if (this.conflicts >= end || ((this.conflicts & 0xff) === 0 && until())) {
          this.#backtrack(0);
          return "unknown";
        }
        continue;
      }
      if (this.conflicts >= nextRestart) {
        this.#backtrack(0);
        restarts++;
        nextRestart = this.conflicts + RESTART_UNIT * luby(restarts + 1);
        if (this.conflicts >= reduceAt) {
          reduceAt = this.conflicts + 2000 + 300 * restarts;
          this.#reduce();
        }
      }
      const next = this.#decide();
      if (next < 0) return "sat";
    }
  }

  #store(literals: readonly number[], id: number, lbd: number): number {
    const need = this.#used + LITERALS + literals.length;
    if (need > this.#arena.length) {
      const larger = new Int32Array(Math.max(need, 2 * this.#arena.length));
      larger.set(this.#arena);
      this.#arena = larger;
    }
    const reference = this.#used;
    this.#arena[reference + SIZE] = literals.length;
    this.#arena[reference + LBD] = lbd;
    this.#arena[reference + ID] = id;
    this.#arena.set(literals, reference + LITERALS);
    this.#used = need;
    return reference;
  }

  #watch(reference: number): void {
    const first = this.#arena[reference + LITERALS]!;
    const second = this.#arena[reference + LITERALS + 1]!;
    this.#watches[first]!.push(reference, second);
    this.#watches[second]!.push(reference, first);
  }

  #assign(literal: number, reason: number): void {
    const v = literal >> 1;
    this.#values[literal] = 1;
    this.#values[literal ^ 1] = 0;
    this.#levels[v] = this.#limits.length;
    this.#reasons[v] = reason;
    this.#places[v] = this.#trailLength;
    this.#trail[this.#trailLength++] = literal;
    if (this.#limits.length === 0 && this.#log !== undefined) this.#fix(literal, reason);
  }

  /** Logs the unit clause of a literal that holds without a decision. */
  #fix(literal: number, reason: number): void {
    const size = this.#arena[reason + SIZE]!;
    const v = literal >> 1;
    if (size === 1) {
      this.#units[v] = this.#arena[reason + ID]!;
      return;
    }
    const hints: number[] = [];
    for (let i = 0; i < size; i++) {
      const other = this.#arena[reason + LITERALS + i]!;
      if (other !== literal) hints.push(this.#units[other >> 1]!);
    }
    hints.push(this.#arena[reason + ID]!);
    this.#units[v] = ++this.#lastId;
    this.#log?.add(this.#lastId, [dimacs(literal)], hints);
  }

  /** Logs the empty clause: all literals of this clause are false without a decision. */
  #refute(clause: number): void {
    this.#contradiction = true;
    if (this.#log === undefined) return;
    const hints: number[] = [];
    for (let i = 0; i < this.#arena[clause + SIZE]!; i++)
      hints.push(this.#units[this.#arena[clause + LITERALS + i]! >> 1]!);
    hints.push(this.#arena[clause + ID]!);
    this.#log.add(++this.#lastId, [], hints);
  }

  /** Assigns what follows; the clause that is false, or -1. */
  #propagate(): number {
    const values = this.#values;
    while (this.#head < this.#trailLength) {
      const arena = this.#arena;
      const negated = this.#trail[this.#head++]! ^ 1;
      const watchers = this.#watches[negated]!;
      this.propagations++;
      let kept = 0;
      let i = 0;
      const count = watchers.length;
      let conflict = -1;
      while (i < count) {
        const clause = watchers[i]!;
        const blocker = watchers[i + 1]!;
        i += 2;
        if (values[blocker] === 1) {
          watchers[kept++] = clause;
          watchers[kept++] = blocker;
          continue;
        }
        const at = clause + LITERALS;
        let first = arena[at]!;
        if (first === negated) {
          first = arena[at + 1]!;
          arena[at] = first;
          arena[at + 1] = negated;
        }
        if (values[first] === 1) {
          watchers[kept++] = clause;
          watchers[kept++] = first;
          continue;
        }
        const end = at + arena[clause]!;
        let k = at + 2;
        while (k < end && values[arena[k]!] === 0) k++;
        if (k < end) {
          const other = arena[k]!;
          arena[at + 1] = other;
          arena[k] = negated;
          this.#watches[other]!.push(clause, first);
          continue;
        }
        watchers[kept++] = clause;
        watchers[kept++] = first;
        if (values[first] === 0) {
          conflict = clause;
          break;
        }
        this.#assign(first, clause);
      }
      if (kept < i) {
        while (i < count) watchers[kept++] = watchers[i++]!;
        watchers.length = kept;
      }
      if (conflict >= 0) return conflict;
    }
    return -1;
  }

  /** Decides a literal; -1 if all variables have values. */
  #decide(): number {
    for (;;) {
      const v = this.#order.take();
      if (v < 0) return -1;
      if (this.#values[2 * v] !== UNASSIGNED) continue;
      this.decisions++;
      this.#limits.push(this.#trailLength);
      const literal = 2 * v + (this.#phases[v] === 1 ? 0 : 1);
      this.#assign(literal, NO_REASON);
      return literal;
    }
  }

  #backtrack(level: number): void {
    if (this.#limits.length <= level) return;
    const limit = this.#limits[level]!;
    for (let i = this.#trailLength - 1; i >= limit; i--) {
      const literal = this.#trail[i]!;
      const v = literal >> 1;
      this.#values[literal] = UNASSIGNED;
      this.#values[literal ^ 1] = UNASSIGNED;
      this.#phases[v] = (literal & 1) ^ 1;
      this.#reasons[v] = NO_REASON;
      this.#order.put(v);
    }
    this.#trailLength = limit;
    this.#head = limit;
    this.#limits.length = level;
  }

  /** Learns the clause of the first unique implication point, goes back and asserts its literal. */
  #learn(conflict: number): void {
    const arena = this.#arena;
    const level = this.#limits.length;
    const learned: number[] = [0];
    /** Variables whose reasons take part, and variables that are fixed. */
    const resolved: number[] = [];
    const fixed: number[] = [];
    const touched: number[] = [];
    let open = 0;
    let clause = conflict;
    let at = this.#trailLength;
    let literal = -1;
    do {
      for (let i = 0; i < arena[clause + SIZE]!; i++) {
        const other = arena[clause + LITERALS + i]!;
        const v = other >> 1;
        if (other === literal || this.#seen[v] === 1) continue;
        this.#seen[v] = 1;
        touched.push(v);
        if (this.#levels[v] === 0) {
          fixed.push(v);
          continue;
        }
        this.#order.bump(v);
        if (this.#levels[v] === level) open++;
        else learned.push(other);
      }
      do literal = this.#trail[--at]!;
      while (this.#seen[literal >> 1] === 0 || this.#levels[literal >> 1] !== level);
      open--;
      if (open > 0) {
        resolved.push(literal >> 1);
        clause = this.#reasons[literal >> 1]!;
      }
    } while (open > 0);
    learned[0] = literal ^ 1;
    const kept = learned.filter(
      (other, i) => i === 0 || !this.#isRedundant(other, touched, resolved, fixed),
    );
    let back = 0;
    const levels = new Set<number>([level]);
    for (let i = 1; i < kept.length; i++) {
      const its = this.#levels[kept[i]! >> 1]!;
      levels.add(its);
      if (its > back) {
        back = its;
        [kept[1], kept[i]] = [kept[i]!, kept[1]!];
      }
    }
    const id = ++this.#lastId;
    if (this.#log !== undefined) {
      resolved.sort((a, b) => this.#places[a]! - this.#places[b]!);
      const hints = fixed.map((v) => this.#units[v]!);
      for (const v of resolved) hints.push(arena[this.#reasons[v]! + ID]!);
      hints.push(arena[conflict + ID]!);
      this.#log.add(id, kept.map(dimacs), hints);
    }
    for (const v of touched) this.#seen[v] = 0;
    this.#backtrack(back);
    const reference = this.#store(kept, id, levels.size);
    if (kept.length > 1) {
      this.#learned.push(reference);
      this.#watch(reference);
    }
    this.#assign(kept[0]!, reference);
  }

  /**
   * Whether a literal of the learned clause follows from the others by reasons. What was found to follow stays
   * marked 2, what was found not to 3; reasons that were used join `resolved`.
   */
  #isRedundant(literal: number, touched: number[], resolved: number[], fixed: number[]): boolean {
    const arena = this.#arena;
    const root = literal >> 1;
    if (this.#reasons[root] === NO_REASON) return false;
    const stack: number[] = [root];
    const next: number[] = [0];
    while (stack.length > 0) {
      const v = stack.at(-1)!;
      const reason = this.#reasons[v]!;
      const size = arena[reason + SIZE]!;
      let i = next.pop()!;
      let deeper = false;
      for (; i < size; i++) {
        const u = arena[reason + LITERALS + i]! >> 1;
        if (u === v || this.#seen[u] === 1 || this.#seen[u] === 2) continue;
        if (this.#levels[u] === 0) {
          this.#seen[u] = 1;
          touched.push(u);
          fixed.push(u);
          continue;
        }
        if (this.#reasons[u] === NO_REASON || this.#seen[u] === 3) {
          // Nothing on the stack follows. The root keeps its mark as a literal of the clause.
          for (const w of stack)
            if (w !== root) {
              this.#seen[w] = 3;
              touched.push(w);
            }
          return false;
        }
        next.push(i + 1);
        stack.push(u);
        next.push(0);
        deeper = true;
        break;
      }
      if (deeper) continue;
      stack.pop();
      resolved.push(v);
      if (v === root) continue;
      this.#seen[v] = 2;
      touched.push(v);
    }
    return true;
  }

  /** Drops the half of the learned clauses that span most levels; those of two levels and reasons stay. */
  #reduce(): void {
    const arena = this.#arena;
    const sorted = [...this.#learned].sort(
      (a, b) => arena[a + LBD]! - arena[b + LBD]! || arena[a + SIZE]! - arena[b + SIZE]! || a - b,
    );
    const keep = new Set<number>(sorted.slice(0, sorted.length >> 1));
    for (const clause of sorted) {
      const first = arena[clause + LITERALS]!;
      if (arena[clause + LBD]! <= 2 || this.#reasons[first >> 1] === clause) keep.add(clause);
    }
    this.#log?.delete(
      this.#lastId,
      this.#learned.filter((clause) => !keep.has(clause)).map((clause) => arena[clause + ID]!),
    );
    this.#collect(this.#learned.filter((clause) => keep.has(clause)));
  }

  /** Copies what stays into a new arena and builds the watches anew; no decision stands. */
  #collect(learned: readonly number[]): void {
    const old = this.#arena;
    const moved = new Map<number, number>();
    this.#arena = new Int32Array(old.length);
    this.#used = 0;
    const move = (clause: number): number => {
      const present = moved.get(clause);
      if (present !== undefined) return present;
      const size = old[clause + SIZE]!;
      const literals = [...old.subarray(clause + LITERALS, clause + LITERALS + size)];
      const reference = this.#store(literals, old[clause + ID]!, old[clause + LBD]!);
      moved.set(clause, reference);
      return reference;
    };
    for (const list of this.#watches) list.length = 0;
    for (const [i, clause] of this.#originals.entries()) this.#originals[i] = move(clause);
    this.#learned = learned.map(move);
    for (const clause of [...this.#originals, ...this.#learned]) this.#watch(clause);
    for (let v = 0; v < this.#variables; v++)
      if (this.#reasons[v] !== NO_REASON) this.#reasons[v] = move(this.#reasons[v]!);
  }
}

/** Luby, Sinclair and Zuckerman's sequence 1 1 2 1 1 2 4 ..., from 1. */
const luby = (index: number): number => {
  let length = 1;
  let power = 0;
  while (length < index) {
    length = 2 * length + 1;
    power++;
  }
  let i = index;
  while (length !== i) {
    length = (length - 1) >> 1;
    power--;
    if (i > length) i -= length;
  }
  return 2 ** power;
};
