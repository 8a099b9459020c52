import { asClause, numbersOf, ProofTextError, readDimacs, type Clause } from "./dimacs.js";
import { Assignment, StepError, verdictOf, type Verdict } from "./verdict.js";

/** A clause with its two watched literals in front. */
interface Watched {
  readonly literals: number[];
  /** As it was written, for deletion. */
  readonly key: string;
  deleted: boolean;
}

/**
 * Checks a refutation in DRAT's text form (Wetzler, Heule and Hunt, "DRAT-trim", 2014), forwards. Every clause that is
 * added must follow by unit propagation (RUP) or be RAT on its first literal. As in drat-trim, deleting a clause
 * that is unit under what is known already is ignored.
 *
 * @param cnf The clauses in DIMACS.
 * @param proof Lines `LITERALS 0` and `d LITERALS 0`, nothing but deletions after the empty clause.
 */
export const checkDrat = (cnf: string, proof: string): Verdict =>
  verdictOf(() => new DratChecker(readDimacs(cnf)).run(proof));

class DratChecker {
  readonly #all: Watched[] = [];
  readonly #byKey = new Map<string, Watched[]>();
  readonly #watches = new Map<number, Watched[]>();
  readonly #assignment = new Assignment();
  /** Literals that are true and not propagated yet. */
  #queue: number[] = [];
  /** Clauses that made a literal true without an assumption. */
  readonly #reasons = new Set<Watched>();
  #contradiction = false;

  constructor(clauses: readonly Clause[]) {
    for (const clause of clauses) this.#add(clause);
  }

  run(proof: string): number {
    let steps = 0;
    let refuted = false;
    for (const [i, raw] of proof.split("\n").entries()) {
      const line = i + 1;
      const content = raw.trim();
      if (content === "" || content.startsWith("c")) continue;
      steps++;
      if (/^d\s/.test(content)) {
        this.#delete(asClause(numbersOf(content.slice(1), line), line), line);
        continue;
      }
      if (refuted) throw new ProofTextError(line, "something follows the empty clause");
      const clause = asClause(numbersOf(content, line), line);
      if (!this.#contradiction && !this.#isRup(clause) && !this.#isRat(clause))
        throw new StepError(`line ${line}: the clause is neither RUP nor RAT`);
      if (clause.length === 0) refuted = true;
      else this.#add(clause);
    }
    // A contradiction among unit clauses is the empty clause, written or not.
    if (!refuted && !this.#contradiction) throw new StepError("the empty clause is never added");
    return steps;
  }

  /** Adds a clause and what follows from it without assumptions. */
  #add(clause: Clause): void {
    const literals = [...clause];
    const key = keyOf(clause);
    const watched: Watched = { literals, key, deleted: false };
    this.#all.push(watched);
    const same = this.#byKey.get(key);
    if (same === undefined) this.#byKey.set(key, [watched]);
    else same.push(watched);
    if (literals.some((literal) => literals.includes(-literal))) return;
    // Literals that are not false come first, so that watches are right from the start.
    literals.sort(
      (a, b) => Number(this.#assignment.isFalse(a)) - Number(this.#assignment.isFalse(b)),
    );
    const [first, second] = literals;
    if (second !== undefined && first !== undefined) {
      this.#watch(first, watched);
      this.#watch(second, watched);
    }
    if (first === undefined || this.#assignment.isFalse(first)) {
      this.#contradiction = true;
      return;
    }
    if (second !== undefined && !this.#assignment.isFalse(second)) return;
    if (this.#assignment.isTrue(first)) return;
    this.#reasons.add(watched);
    this.#set(first);
    if (this.#propagate((reason) => this.#reasons.add(reason))) this.#contradiction = true;
  }

  #delete(clause: Clause, line: number): void {
    const same = this.#byKey.get(keyOf(clause));
    const watched = same?.at(-1);
    if (same === undefined || watched === undefined)
      throw new StepError(`line ${line}: the clause that is to be deleted is not there`);
    if (this.#reasons.has(watched)) return;
    same.pop();
    watched.deleted = true;
  }

  #watch(literal: number, clause: Watched): void {
    const list = this.#watches.get(literal);
    if (list === undefined) this.#watches.set(literal, [clause]);
    else list.push(clause);
  }

  #set(literal: number): boolean {
    if (this.#assignment.isTrue(literal)) return true;
    if (!this.#assignment.assign(literal)) return false;
    this.#queue.push(literal);
    return true;
  }

  /** Assigns what follows from what was set; true if a clause becomes false. */
  #propagate(onReason: (clause: Watched) => void = () => undefined): boolean {
    for (let next = this.#queue.pop(); next !== undefined; next = this.#queue.pop()) {
      const list = this.#watches.get(-next) ?? [];
      const kept: Watched[] = [];
      let conflict = false;
      for (const clause of list) {
        if (clause.deleted) continue;
        if (conflict || !this.#rewatch(clause, -next)) kept.push(clause);
        if (conflict) continue;
        const [first = 0, second] = clause.literals;
        if (second !== -next || this.#assignment.isTrue(first)) continue;
        onReason(clause);
        if (!this.#set(first)) conflict = true;
      }
      this.#watches.set(-next, kept);
      if (conflict) {
        this.#queue = [];
        return true;
      }
    }
    return false;
  }

  /** Puts the false literal second, or another in its place that is not false; true if it found one. */
  #rewatch(clause: Watched, falsified: number): boolean {
    const { literals } = clause;
    if (literals[0] === falsified) [literals[0], literals[1]] = [literals[1] ?? 0, falsified];
    if (this.#assignment.isTrue(literals[0] ?? 0)) return false;
    for (let i = 2; i < literals.length; i++) {
      const other = literals[i] ?? 0;
      if (this.#assignment.isFalse(other)) continue;
      literals[1] = other;
      literals[i] = falsified;
      this.#watch(other, clause);
      return true;
    }
    return false;
  }

  /** Whether the clause's negation leads to a contradiction, beside what is assumed already. */
  #isRup(clause: readonly number[]): boolean {
    const mark = this.#assignment.length;
    const conflict = clause.some((literal) => !this.#set(-literal)) || this.#propagate();
    this.#queue = [];
    this.#assignment.undo(mark);
    return conflict;
  }

  #isRat(clause: Clause): boolean {
    const [pivot] = clause;
    if (pivot === undefined) return false;
    return this.#all.every((other) => {
      if (other.deleted || !other.literals.includes(-pivot)) return true;
      const rest = other.literals.filter((literal) => literal !== -pivot);
      if (rest.some((literal) => clause.includes(-literal))) return true;
      return this.#isRup([...clause, ...rest]);
    });
  }
}

const keyOf = (clause: Clause): string => [...clause].sort((a, b) => a - b).join(" ");
