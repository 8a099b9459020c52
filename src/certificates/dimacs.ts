/** A clause: literals other than 0, a negative one is a complement. */
export type Clause = readonly number[];

/** A text that is not in its format; `line` counts from 1. */
export class ProofTextError extends Error {
  override readonly name = "ProofTextError";
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

/** More variables or clauses than this are refused before memory is taken for them. */
export const MAX_VARIABLES = 1 << 24;

/** The numbers of a line that ends with 0, without that 0. */
export const numbersOf = (text: string, line: number): number[] => {
  const numbers = text
    .trim()
    .split(/[ \t]+/)
    .map((word) => {
      if (!/^-?\d{1,10}$/.test(word))
        throw new ProofTextError(
          line,
          `expected a number, found ${JSON.stringify(word.slice(0, 20))}`,
        );
      return Number(word);
    });
  if (numbers.pop() !== 0) throw new ProofTextError(line, "expected 0 at the end");
  return numbers;
};

/** @throws ProofTextError for a literal that cannot be. */
export const asClause = (numbers: readonly number[], line: number): Clause => {
  for (const literal of numbers)
    if (literal === 0 || Math.abs(literal) > MAX_VARIABLES)
      throw new ProofTextError(line, `${literal} is no literal`);
  return [...new Set(numbers)];
};

/**
 * The clauses of a file in DIMACS. Stricter than the format: one clause a line, as many variables and clauses as the
 * header says.
 *
 * @throws ProofTextError for anything else.
 */
export const readDimacs = (text: string): readonly Clause[] => {
  const clauses: Clause[] = [];
  let header: { readonly variables: number; readonly clauses: number } | undefined;
  for (const [i, raw] of text.split("\n").entries()) {
    const line = i + 1;
    const content = raw.trim();
    if (content === "" || content.startsWith("c")) continue;
    if (header === undefined) {
      const words = /^p cnf (\d{1,9}) (\d{1,9})$/.exec(content);
      if (words === null) throw new ProofTextError(line, "expected p cnf VARIABLES CLAUSES");
      header = { variables: Number(words[1]), clauses: Number(words[2]) };
      if (header.variables > MAX_VARIABLES)
        throw new ProofTextError(line, `more than ${MAX_VARIABLES} variables`);
      continue;
    }
    const clause = asClause(numbersOf(content, line), line);
    for (const literal of clause)
      if (Math.abs(literal) > header.variables)
        throw new ProofTextError(line, `${literal}: the header has ${header.variables} variables`);
    clauses.push(clause);
  }
  if (header === undefined) throw new ProofTextError(1, "expected p cnf, found nothing");
  if (clauses.length !== header.clauses)
    throw new ProofTextError(1, `${header.clauses} clauses are promised, found ${clauses.length}`);
  return clauses;
};
