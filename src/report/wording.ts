/** Values and registers in words: said here once, for every page. */
import type { Call, Clause, Contract, Source, ValueExpression } from "../contract/index.js";
import { code, joined, link, type Inline, type Text } from "./document.js";
import { clausePlace, occupantPage, type ReportModel, imagePage } from "./model.js";

/** A number as an error code or an address is read: small ones decimal, others hexadecimal. */
export const number = (value: number): string => {
  const signed = value | 0;
  if (signed >= -1 && signed < 256) return String(signed);
  return `0x${(value >>> 0).toString(16).padStart(8, "0")}`;
};
export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${n} ${n === 1 ? one : many}`;
export const selectorOf = (call: Call): string =>
  call.selector.kind === "other" ? "any other r0" : `r0 = ${number(call.selector.value)}`;
export const valueOf = (v: ValueExpression): string => {
  switch (v.kind) {
    case "constant":
      return number(v.value);
    case "register":
      return `what r${v.register} held`;
    case "system":
      return v.register;
    case "successor":
      return "the address after the HVC";
    case "cpsr":
      return "the caller's CPSR";
    case "stubVectors":
      return "the vectors of the initial stub";
  }
};
/** What a call gives back in r0, or where control goes. */
export const outcomeOf = (call: Call): string => {
  const { control } = call;
  const results = call.results.map((r) => `r${r.register} = ${r.words}`).join(", ");
  switch (control.kind) {
    case "returns":
      return results === "" ? "returns" : `returns; ${results}`;
    case "enters":
      return `enters r${control.target} in HYP mode`;
    case "calls-function":
      return "calls r0 in HYP mode";
    case "wild-branch":
      return "branches to the number in r0";
    case "misread":
      return "taken for an initialisation step";
    case "powers-off":
      return { "cpu-off": "CPU off", "domain-crash": "domain crashed", parked: "CPU parked" }[
        control.how
      ];
    case "undefined-injected":
      return "UNDEFINED in the caller";
  }
};
export const STATUS: Readonly<Record<Call["status"], string>> = {
  implemented: "implemented",
  "does-nothing": "accepted, does nothing",
  refused: "refused",
  misread: "misread",
};
export const sourcesOf = (sources: readonly Source[]): string =>
  sources.map((s) => `${s.what} [${s.mark}]`).join("; ");
/** Whether two lists of sources are the same. */
export const sameSources = (a: readonly Source[], b: readonly Source[]): boolean =>
  sourcesOf(a) === sourcesOf(b);
export const immediateOf = (c: Contract): string =>
  c.immediate === "any" ? "any" : `#${number(c.immediate)}`;

/** A subject's name, as a link to its page. */
export const subjectLink = (subject: string, model: ReportModel): Inline =>
  model.occupants.some((o) => o.id === subject)
    ? link(occupantPage(subject), subject)
    : link(imagePage(subject), subject);
export const clauseLink = (clause: Clause): Inline => {
  const { page, id } = clausePlace(clause);
  return link(page, clause.id, id);
};
/** Register numbers in few words: r1 to r3, r5. */
export const registerRange = (numbers: readonly number[]): string => {
  const runs: [number, number][] = [];
  for (const n of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === n - 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs
    .map(([a, b]) => (a === b ? `r${a}` : b === a + 1 ? `r${a}, r${b}` : `r${a} to r${b}`))
    .join(", ");
};
/** Names of state slots in few words: runs of R0, R1 ... first, the others as they are. */
export const slotNames = (slots: readonly string[]): Text => {
  const core = slots.filter((s) => /^R\d+$/.test(s)).map((s) => Number(s.slice(1)));
  const others = slots.filter((s) => !/^R\d+$/.test(s));
  return joined([
    ...(core.length === 0 ? [] : [[registerRange(core.toSorted((a, b) => a - b))]]),
    ...others.map((s): Text => [code(s)]),
  ]);
};
