/** Clauses over variables 1 to `variables`; literals as in DIMACS, a negative one is a complement. */
export class Cnf {
  variables = 0;
  readonly clauses: (readonly number[])[] = [];

  newVariable(): number {
    return ++this.variables;
  }

  /** Adds a clause without doubles; one that is true anyway is left out. */
  add(...literals: readonly number[]): void {
    const clause = [...new Set(literals)];
    if (!clause.some((literal) => clause.includes(-literal))) this.clauses.push(clause);
  }

  /** As a file in DIMACS; clause n is line n + 1, which gives LRAT its numbers. */
  get dimacs(): string {
    const lines = this.clauses.map((clause) => [...clause, 0].join(" "));
    return [`p cnf ${this.variables} ${this.clauses.length}`, ...lines, ""].join("\n");
  }
}
