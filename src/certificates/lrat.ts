import { asClause, numbersOf, ProofTextError, readDimacs, type Clause } from "./dimacs.js";
import { Assignment, StepError, verdictOf, type Verdict } from "./verdict.js";

/**
 * Checks a refutation in LRAT (Cruz-Filipe, Heule, Hunt, Kaufmann and Schneider-Kamp, "Efficient Certified RAT
 * Verification", 2017). Every clause that is added must follow by unit propagation along its hints, or be RAT on
 * its first literal with hints for every clause that has the complement; the last must be empty.
 *
 * @param cnf The clauses in DIMACS, numbered from 1.
 * @param proof Lines `ID LITERALS 0 HINTS 0` and `ID d IDS 0`, nothing after the empty clause.
 */
export const checkLrat = (cnf: string, proof: string): Verdict =>
  verdictOf(() => new LratChecker(readDimacs(cnf)).run(proof));

class LratChecker {
  readonly #clauses = new Map<number, Clause>();
  /** Numbers of the clauses in which a literal occurs; made when the first RAT step asks. */
  #occurrences: Map<number, Set<number>> | undefined;
  readonly #assignment = new Assignment();
  #lastId: number;

  constructor(clauses: readonly Clause[]) {
    for (const [i, clause] of clauses.entries()) this.#clauses.set(i + 1, clause);
    this.#lastId = clauses.length;
  }

  /** The number of steps up to the empty clause. */
  run(proof: string): number {
    let steps = 0;
    let refuted = false;
    for (const [i, raw] of proof.split("\n").entries()) {
      const line = i + 1;
      const content = raw.trim();
      if (content === "" || content.startsWith("c")) continue;
      if (refuted) throw new ProofTextError(line, "something follows the empty clause");
      const deletion = /^\d{1,10} d (.*)$/.exec(content);
      if (deletion !== null) this.#delete(numbersOf(deletion[1] ?? "", line), line);
      else refuted = this.#add(content, line);
      steps++;
    }
    if (!refuted) throw new StepError("the empty clause is never added");
    return steps;
  }

  #delete(ids: readonly number[], line: number): void {
    for (const id of ids) {
      const clause = this.#clauses.get(id);
      if (clause === undefined)
        throw new StepError(`line ${line}: clause ${id}, which is to be deleted, is not there`);
      this.#clauses.delete(id);
      for (const literal of clause) this.#occurrences?.get(literal)?.delete(id);
    }
  }

  /** Adds a clause; true if it is empty. */
  #add(content: string, line: number): boolean {
    const [id = 0, ...numbers] = numbersOf(content, line);
    const end = numbers.indexOf(0);
    if (end < 0) throw new ProofTextError(line, "expected ID LITERALS 0 HINTS 0");
    const literals = numbers.slice(0, end);
    const clause = asClause(literals, line);
    const hints = numbers.slice(end + 1);
    if (id <= this.#lastId)
      throw new StepError(`line ${line}: number ${id} does not come after ${this.#lastId}`);
    this.#lastId = id;
    this.#follows(clause, hints, line);
    this.#assignment.undo(0);
    this.#clauses.set(id, clause);
    if (this.#occurrences !== undefined) enter(this.#occurrences, id, clause);
    return clause.length === 0;
  }

  #follows(clause: Clause, hints: readonly number[], line: number): void {
    for (const literal of clause) if (!this.#assignment.assign(-literal)) return;
    const groups = hints.findIndex((hint) => hint < 0);
    const own = groups < 0 ? hints : hints.slice(0, groups);
    if (this.#propagate(own, line)) return;
    const [pivot] = clause;
    if (pivot === undefined)
      throw new StepError(`line ${line}: the hints lead to no contradiction`);
    this.#resolvents(pivot, groups < 0 ? [] : hints.slice(groups), line);
  }

  /** RAT: with every clause that has the pivot's complement, the resolvent follows by its group of hints. */
  #resolvents(pivot: number, hints: readonly number[], line: number): void {
    const groups = new Map<number, number[]>();
    let group: number[] = [];
    for (const hint of hints) {
      if (hint > 0) group.push(hint);
      else groups.set(-hint, (group = []));
    }
    this.#occurrences ??= this.#index();
    for (const id of this.#occurrences.get(-pivot) ?? []) {
      const mark = this.#assignment.length;
      const other = this.#clauses.get(id) ?? [];
      const blocked = other.some(
        (literal) => literal !== -pivot && !this.#assignment.assign(-literal),
      );
      if (!blocked) {
        const its = groups.get(id);
        if (its === undefined)
          throw new StepError(
            `line ${line}: the hints lead to no contradiction, and the resolvent with clause ${id} has none`,
          );
        if (!this.#propagate(its, line))
          throw new StepError(`line ${line}: the resolvent with clause ${id} does not follow`);
      }
      this.#assignment.undo(mark);
    }
  }

  /** Follows hints, each of which has to be a unit clause by then or false; true if one is false. */
  #propagate(hints: readonly number[], line: number): boolean {
    for (const hint of hints) {
      const clause = this.#clauses.get(hint);
      if (clause === undefined) throw new StepError(`line ${line}: clause ${hint} is not there`);
      const open = clause.filter((literal) => !this.#assignment.isFalse(literal));
      const [unit] = open;
      if (unit === undefined) return true;
      if (open.length > 1 || this.#assignment.isTrue(unit))
        throw new StepError(`line ${line}: hint ${hint} is not a unit clause here`);
      this.#assignment.assign(unit);
    }
    return false;
  }

  #index(): Map<number, Set<number>> {
    const occurrences = new Map<number, Set<number>>();
    for (const [id, clause] of this.#clauses) enter(occurrences, id, clause);
    return occurrences;
  }
}

const enter = (occurrences: Map<number, Set<number>>, id: number, clause: Clause): void => {
  for (const literal of clause) {
    const ids = occurrences.get(literal);
    if (ids === undefined) occurrences.set(literal, new Set([id]));
    else ids.add(id);
  }
};
