import type { Model, QueryText } from "../terms/index.js";

/** A model out of the values that a solver gives to the symbols of a printed query. */
export const modelOf = (
  query: QueryText,
  variables: readonly bigint[],
  reads: readonly { readonly index: bigint; readonly word: bigint }[],
): Model => {
  const words = new Map<string, Map<bigint, bigint>>();
  for (const [i, { term }] of query.reads.entries()) {
    const read = reads[i];
    if (read === undefined) continue;
    const array = words.get(term.name) ?? new Map<bigint, bigint>();
    words.set(term.name, array.set(read.index, read.word));
  }
  return {
    variables: new Map(query.variables.map(({ term }, i) => [term.name, variables[i] ?? 0n])),
    words,
  };
};
