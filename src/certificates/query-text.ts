import { ProofFormatError } from "./proof-format-error.js";

/** More than this is no query of ours, and no solver's process is to be fed with it. */
export const MAX_QUERY_LENGTH = 16 << 20;

/**
 * A query from a file goes to a solver's process, and solvers know commands that read files or end them. Only
 * `set-logic` (QF_BV or QF_ABV, first), `declare-fun`, `define-fun` and `assert` may stand in one.
 *
 * @throws ProofFormatError for anything else.
 */
export const validateQuery = (text: string, where: string): void => {
  if (text.length > MAX_QUERY_LENGTH)
    throw new ProofFormatError(
      where,
      `a query of at most ${MAX_QUERY_LENGTH} characters`,
      `${text.length}`,
    );
  if (!/^\(set-logic QF_A?BV\)\s/.test(text))
    throw new ProofFormatError(where, "(set-logic QF_BV) or (set-logic QF_ABV)", text.slice(0, 40));
  const token = /\s+|;[^\n]*(?:\n|$)|\(|\)|\|[^|\\]*\||[^\s();|"\\]+/y;
  let depth = 0;
  let opened = false;
  let commands = 0;
  for (let at = 0; at < text.length;) {
    token.lastIndex = at;
    const found = token.exec(text)?.[0];
    if (found === undefined)
      throw new ProofFormatError(where, "an S-expression of SMT-LIB", text.slice(at, at + 40));
    at += found.length;
    if (/^[\s;]/.test(found)) continue;
    if (opened && depth === 1) {
      const allowed = commands === 0 ? ["set-logic"] : ["declare-fun", "define-fun", "assert"];
      if (!allowed.includes(found))
        throw new ProofFormatError(where, allowed.join(", "), found.slice(0, 40));
      commands++;
    } else if (depth === 0 && found !== "(")
      throw new ProofFormatError(where, "a command", found.slice(0, 40));
    opened = found === "(";
    if (opened) depth++;
    else if (found === ")") depth--;
  }
  if (depth !== 0)
    throw new ProofFormatError(where, "as many closing brackets as opening ones", `${depth} open`);
};
