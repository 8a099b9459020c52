import { Cnf } from "./cnf.js";

/** More clauses than asked for: the query is not small. */
export class TooLargeError extends Error {
  override readonly name = "TooLargeError";
}

/**
 * Gates over literals, as clauses (Tseitin). A gate with known inputs has no clause, equal gates are one. The
 * literal `TRUE` is variable 1, fixed by the first clause.
 */
export class Gates {
  readonly cnf = new Cnf();
  readonly #made = new Map<string, number>();
  readonly #maxClauses: number;
  readonly true: number;

  constructor(maxClauses: number) {
    this.#maxClauses = maxClauses;
    this.true = this.cnf.newVariable();
    this.cnf.add(this.true);
  }

  get false(): number {
    return -this.true;
  }

  constant(bit: boolean): number {
    return bit ? this.true : -this.true;
  }

  variable(): number {
    return this.cnf.newVariable();
  }

  #gate(key: string, clauses: (output: number) => readonly (readonly number[])[]): number {
    const present = this.#made.get(key);
    if (present !== undefined) return present;
    if (this.cnf.clauses.length >= this.#maxClauses)
      throw new TooLargeError(`more than ${this.#maxClauses} clauses`);
    const output = this.cnf.newVariable();
    for (const clause of clauses(output)) this.cnf.add(...clause);
    this.#made.set(key, output);
    return output;
  }

  and(a: number, b: number): number {
    if (a === -b || a === this.false || b === this.false) return this.false;
    if (a === this.true || a === b) return b;
    if (b === this.true) return a;
    const [x, y] = a < b ? [a, b] : [b, a];
    return this.#gate(`& ${x} ${y}`, (o) => [
      [-o, x],
      [-o, y],
      [o, -x, -y],
    ]);
  }

  or(a: number, b: number): number {
    return -this.and(-a, -b);
  }

  all(literals: readonly number[]): number {
    const parts = [...new Set(literals)].filter((l) => l !== this.true).sort((x, y) => x - y);
    if (parts.length <= 2) return this.and(parts[0] ?? this.true, parts[1] ?? this.true);
    if (parts.some((l) => l === this.false || parts.includes(-l))) return this.false;
    return this.#gate(`& ${parts.join(" ")}`, (o) => [
      ...parts.map((l) => [-o, l]),
      [o, ...parts.map((l) => -l)],
    ]);
  }

  any(literals: readonly number[]): number {
    return -this.all(literals.map((l) => -l));
  }

  xor(a: number, b: number): number {
    if (a === this.false) return b;
    if (b === this.false) return a;
    if (a === this.true) return -b;
    if (b === this.true) return -a;
    if (a === b) return this.false;
    if (a === -b) return this.true;
    // Signs go to the output, so that complements share a gate.
    const sign = a < 0 === b < 0 ? 1 : -1;
    const [x, y] = [Math.min(Math.abs(a), Math.abs(b)), Math.max(Math.abs(a), Math.abs(b))];
    const output = this.#gate(`^ ${x} ${y}`, (o) => [
      [-o, x, y],
      [-o, -x, -y],
      [o, -x, y],
      [o, x, -y],
    ]);
    return sign * output;
  }

  /** c ? a : b. */
  choose(c: number, a: number, b: number): number {
    if (c === this.true || a === b) return a;
    if (c === this.false) return b;
    if (c < 0) return this.choose(-c, b, a);
    if (a === this.true || a === c) return this.or(c, b);
    if (a === this.false || a === -c) return this.and(-c, b);
    if (b === this.true || b === -c) return this.or(-c, a);
    if (b === this.false || b === c) return this.and(c, a);
    if (a === -b) return -this.xor(c, a);
    return this.#gate(`? ${c} ${a} ${b}`, (o) => [
      [-c, -a, o],
      [-c, a, -o],
      [c, -b, o],
      [c, b, -o],
      // Both arms alike decide the output before the condition is known.
      [-a, -b, o],
      [a, b, -o],
    ]);
  }

  /** At least two of three: the carry of an adder. */
  majority(a: number, b: number, c: number): number {
    for (const [known, x, y] of [
      [a, b, c],
      [b, a, c],
      [c, a, b],
    ] as const) {
      if (known === this.true) return this.or(x, y);
      if (known === this.false) return this.and(x, y);
      if (x === y) return x;
      if (x === -y) return known;
    }
    const [x = 0, y = 0, z = 0] = [a, b, c].sort((p, q) => p - q);
    return this.#gate(`m ${x} ${y} ${z}`, (o) => [
      [-x, -y, o],
      [-x, -z, o],
      [-y, -z, o],
      [x, y, -o],
      [x, z, -o],
      [y, z, -o],
    ]);
  }
}
