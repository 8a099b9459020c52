import { INDEX_WIDTH, subterms, WORD_WIDTH, type Term } from "./term.js";

/** A query in SMT-LIB 2.6, and what its model is asked for. */
export interface QueryText {
  /** From `(set-logic` to the last `(assert`; no `(check-sat)`. */
  readonly text: string;
  readonly logic: "QF_BV" | "QF_ABV";
  /** Names of the free variables as terms, each with its symbol in the text. */
  readonly variables: readonly { readonly term: Term; readonly symbol: string }[];
  /** Reads of initial memory: the symbols of the word and of its index. */
  readonly reads: readonly {
    readonly term: Term;
    readonly symbol: string;
    readonly index: string;
  }[];
}

const SIMPLE = /^[A-Za-z~!@$%^&*_+=<>.?/-][A-Za-z0-9~!@$%^&*_+=<>.?/-]*$/;
/** Reserved words and the names of the theories' functions that a variable must not take. */
const TAKEN =
  /^(?:t\d+|let|par|as|forall|exists|match|_|!|true|false|not|and|or|xor|ite|concat|extract|select|store|distinct|bv\w*|=|=>|BINARY|DECIMAL|HEXADECIMAL|NUMERAL|STRING|push|pop|assert|reset|exit|echo|(?:check|declare|define|get|set)-.*)$/;

/** A name as a symbol. A bar or backslash cannot stand in one and is refused, as is `!` at the end, which marks. */
const symbolOf = (name: string): string => {
  if (/[|\\]|!$/.test(name) || name === "")
    throw new RangeError(`${JSON.stringify(name)} cannot be a symbol of SMT-LIB`);
  if (TAKEN.test(name)) return `|${name}!|`;
  return SIMPLE.test(name) ? name : `|${name}|`;
};

const bitVector = (value: bigint, width: number): string =>
  width % 4 === 0
    ? `#x${value.toString(16).padStart(width / 4, "0")}`
    : `#b${value.toString(2).padStart(width, "0")}`;

const sort = (width: number): string => (width === 0 ? "Bool" : `(_ BitVec ${width})`);

/**
 * Prints the assertions so that a term that is used more than once stands in the text once, as a function without
 * arguments. Names of shared terms are counted within the query, so equal queries have equal texts. Array
 * reads are `select` on arrays of 32-bit words with indices of 30 bits.
 */
export const printQuery = (assertions: readonly Term[]): QueryText => {
  const terms = subterms(assertions);
  const uses = new Map<Term, number>();
  for (const term of terms) for (const arg of term.args) uses.set(arg, (uses.get(arg) ?? 0) + 1);
  const printed = new Map<Term, string>();
  const declarations: string[] = [];
  const definitions: string[] = [];
  const variables: { term: Term; symbol: string }[] = [];
  const reads: { term: Term; symbol: string; index: string }[] = [];
  const arrays = new Set<string>();
  let shared = 0;
  const share = (term: Term, text: string): string => {
    const name = `t${shared++}`;
    definitions.push(`(define-fun ${name} () ${sort(term.width)} ${text})`);
    return name;
  };
  for (const term of terms) {
    const args = term.args.map((arg) => printed.get(arg) ?? "");
    if (term.op === "var") {
      const symbol = symbolOf(term.name);
      declarations.push(`(declare-fun ${symbol} () ${sort(term.width)})`);
      variables.push({ term, symbol });
      printed.set(term, symbol);
    } else if (term.op === "read") {
      const array = symbolOf(term.name);
      if (!arrays.has(array)) {
        arrays.add(array);
        declarations.push(
          `(declare-fun ${array} () (Array (_ BitVec ${INDEX_WIDTH}) (_ BitVec ${WORD_WIDTH})))`,
        );
      }
      const [index] = term.args;
      let indexText = args[0] ?? "";
      if (index !== undefined && indexText.startsWith("(")) {
        indexText = share(index, indexText);
        printed.set(index, indexText);
      }
      const symbol = share(term, `(select ${array} ${indexText})`);
      reads.push({ term, symbol, index: indexText });
      printed.set(term, symbol);
    } else {
      const text = printTerm(term, args);
      const often = (uses.get(term) ?? 0) > 1 && term.args.length > 0;
      // Long nests are cut too: solvers read them by recursion.
      printed.set(term, often || text.length > 400 ? share(term, text) : text);
    }
  }
  const logic = reads.length > 0 ? "QF_ABV" : "QF_BV";
  const asserts = assertions.map((term) => `(assert ${printed.get(term) ?? ""})`);
  const text = [`(set-logic ${logic})`, ...declarations, ...definitions, ...asserts, ""].join("\n");
  return { text, logic, variables, reads };
};

/** One term without sharing, for messages and traces; parts that lie deeper than `depth` are shown as `...`. */
export const printShort = (term: Term, depth = 6): string => {
  if (depth === 0 && term.args.length > 0) return "...";
  const args = term.args.map((arg) => printShort(arg, depth - 1));
  if (term.op === "var") return term.name;
  if (term.op === "read") return `(select ${term.name} ${args[0] ?? ""})`;
  return printTerm(term, args);
};

const printTerm = (term: Term, args: readonly string[]): string => {
  switch (term.op) {
    case "const":
      return bitVector(term.value, term.width);
    case "true":
    case "false":
      return term.op;
    case "eq":
      return `(= ${args.join(" ")})`;
    case "extract":
      return `((_ extract ${term.hi} ${term.lo}) ${args.join(" ")})`;
    case "zero_extend":
    case "sign_extend":
      return `((_ ${term.op} ${term.hi}) ${args.join(" ")})`;
    case "bvand":
    case "bvor":
    case "bvxor":
    case "bvadd":
    case "bvmul":
    case "concat":
      // Two arguments in the standard; more only where a solver extends it.
      return args.reduce((a, b) => `(${term.op} ${a} ${b})`);
    default:
      return `(${term.op} ${args.join(" ")})`;
  }
};
