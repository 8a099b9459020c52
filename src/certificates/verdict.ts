import { ProofTextError } from "./dimacs.js";

/** What a checker says of a refutation: that the clauses contradict each other, or why it is not shown. */
export type Verdict =
  | { readonly kind: "accepted"; readonly steps: number }
  | { readonly kind: "refused"; readonly why: string };

/** A step that does not follow. */
export class StepError extends Error {
  override readonly name = "StepError";
}

/** Runs a check; a text that cannot be read is a refusal like a step that does not follow. */
export const verdictOf = (check: () => number): Verdict => {
  try {
    return { kind: "accepted", steps: check() };
  } catch (error) {
    if (error instanceof ProofTextError || error instanceof StepError)
      return { kind: "refused", why: error.message };
    throw error;
  }
};

/** Values of literals under the negation of a clause and what follows from it. */
export class Assignment {
  /** Literals that are true. */
  readonly #true = new Set<number>();
  readonly #order: number[] = [];

  isTrue(literal: number): boolean {
    return this.#true.has(literal);
  }

  isFalse(literal: number): boolean {
    return this.#true.has(-literal);
  }

  /** Makes a literal true; false if its complement is already. */
  assign(literal: number): boolean {
    if (this.#true.has(-literal)) return false;
    if (!this.#true.has(literal)) {
      this.#true.add(literal);
      this.#order.push(literal);
    }
    return true;
  }

  get length(): number {
    return this.#order.length;
  }

  /** Takes back everything after the first `length` assignments. */
  undo(length: number): void {
    while (this.#order.length > length) {
      const literal = this.#order.pop();
      if (literal !== undefined) this.#true.delete(literal);
    }
  }
}
