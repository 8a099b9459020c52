/**
 * A refutation in LRAT (Cruz-Filipe, Heule and others, "Efficient Certified RAT Verification", 2017): each clause that
 * is added names, in the order of propagation, the clauses that refute its negation.
 */
export class LratLog {
  readonly #lines: string[] = [];

  /** @param clause Literals as in DIMACS; none is the contradiction. */
  add(id: number, clause: readonly number[], hints: readonly number[]): void {
    this.#lines.push(
      `${id} ${clause.length > 0 ? `${clause.join(" ")} ` : ""}0 ${hints.length > 0 ? `${hints.join(" ")} ` : ""}0`,
    );
  }

  /** Deletes clauses; `at` is the number of the last clause that was added. */
  delete(at: number, ids: readonly number[]): void {
    if (ids.length > 0) this.#lines.push(`${at} d ${ids.join(" ")} 0`);
  }

  get text(): string {
    return `${this.#lines.join("\n")}\n`;
  }
}
