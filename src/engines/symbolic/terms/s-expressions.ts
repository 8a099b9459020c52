/** S-expressions of SMT-LIB 2.6 (section 3.1): texts of lanes and answers of solvers. */
export type SExpression = string | readonly SExpression[];

export class SExpressionError extends Error {
  override readonly name = "SExpressionError";
}

const TOKEN = /\s+|;[^\n]*|\(|\)|\|[^|]*\||"(?:[^"]|"")*"|[^\s();|"]+/gy;

/**
 * All expressions of a text. Comments and white space go; `|quoted symbols|` come without their bars, strings keep
 * their quotes.
 *
 * @throws SExpressionError for a text whose brackets do not match, or with a character out of place.
 */
export const parseSExpressions = (text: string): readonly SExpression[] => {
  const stack: SExpression[][] = [[]];
  let at = 0;
  TOKEN.lastIndex = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined)
      throw new SExpressionError(`unexpected ${JSON.stringify(text.slice(at, at + 20))} at ${at}`);
    at += token.length;
    if (token === "(") stack.push([]);
    else if (token === ")") {
      const list = stack.pop();
      const outer = stack.at(-1);
      if (list === undefined || outer === undefined)
        throw new SExpressionError(`closing bracket at ${at} without an opening one`);
      outer.push(list);
    } else if (!/^[\s;]/.test(token))
      stack.at(-1)?.push(token.startsWith("|") ? token.slice(1, -1) : token);
  }
  const [all] = stack;
  if (stack.length !== 1 || all === undefined)
    throw new SExpressionError(`${stack.length - 1} brackets are open at the end`);
  return all;
};

/** The value of `#x..`, `#b..`, `(_ bvN w)`, `true` or `false`; of a bit vector also its width. */
export const parseValue = (
  e: SExpression | undefined,
): { readonly value: bigint; readonly width: number } | undefined => {
  if (e === "true") return { value: 1n, width: 0 };
  if (e === "false") return { value: 0n, width: 0 };
  if (typeof e === "string") {
    if (/^#x[0-9a-fA-F]+$/.test(e))
      return { value: BigInt(`0x${e.slice(2)}`), width: 4 * (e.length - 2) };
    if (/^#b[01]+$/.test(e)) return { value: BigInt(`0b${e.slice(2)}`), width: e.length - 2 };
    return undefined;
  }
  const [head, name, width] = e ?? [];
  if (head !== "_" || typeof name !== "string" || typeof width !== "string") return undefined;
  if (!/^bv\d+$/.test(name) || !/^\d+$/.test(width)) return undefined;
  return { value: BigInt(name.slice(2)), width: Number(width) };
};
