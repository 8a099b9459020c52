import type { Term } from "../terms/term.js";

/** The value of a constant term as an unsigned number, or undefined. */
export const constantOf = (term: Term): number | undefined =>
  term.op === "const" ? Number(term.value) : undefined;
