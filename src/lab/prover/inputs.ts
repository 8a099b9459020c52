/** What a caller may send, as terms over the state at the HVC: the call's number and what its inputs must be. */
import { MODE, registerSlot } from "../../arch/index.js";
import type { Call, Contract, Input } from "../../contract/index.js";
import type { Term, Terms } from "../../engines/index.js";
import type { CallSite } from "../call-site.js";

/** A condition on the caller's state, with what it says in words. */
export interface Given {
  readonly term: Term;
  readonly words: string;
}
const r = (n: number): number => registerSlot(n, MODE.svc);
const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

/** The register that selects the call has its number, or none that another call of the contract has. */
export const selects = (
  terms: Terms,
  contract: Contract,
  call: Call,
  before: readonly Term[],
): Term => {
  const r0 = before[r(0)]!;
  const is = (value: number): Term => terms.eq(r0, terms.const(value, 32));
  if (call.selector.kind === "value") return is(call.selector.value);
  const named = contract.calls.flatMap((c) =>
    c.selector.kind === "value" ? [c.selector.value] : [],
  );
  return terms.and(...named.map((value) => terms.not(is(value))));
};

const lowBits = (terms: Terms, word: Term, count: number, value: number): Term =>
  terms.eq(terms.extract(count - 1, 0, word), terms.const(value, count));

/** What an input's constraints ask of its register. `kernelCode`: code of the kernel's instruction set alone. */
const constraintsOf = (
  terms: Terms,
  input: Input,
  site: CallSite,
  before: readonly Term[],
  kernelCode: boolean,
): Given[] => {
  const word = before[r(input.register)]!;
  const name = `r${input.register}`;
  const given: Given[] = [];
  for (const c of input.constraints) {
    switch (c.kind) {
      case "aligned":
        given.push({
          term: lowBits(terms, word, Math.log2(c.bytes), 0),
          words: `${name} is a multiple of ${c.bytes}`,
        });
        break;
      case "bit0SelectsThumb":
        if (kernelCode) break;
        given.push({
          term: terms.not(lowBits(terms, word, 2, 2)),
          words: `${name} is the address of an instruction: a multiple of 4, or odd for Thumb`,
        });
        break;
      case "executable":
        // What the target does is the host's: a path ends where control is handed over.
        if (!kernelCode) break;
        given.push(
          site.options.thumb
            ? {
                term: lowBits(terms, word, 1, 1),
                words: `${name} is odd: the kernel is Thumb code`,
              }
            : {
                term: lowBits(terms, word, 2, 0),
                words: `${name} is a multiple of 4: the kernel is ARM code`,
              },
        );
        break;
      case "physical":
      case "below4GiB":
        // Any 32-bit word is one.
        break;
    }
  }
  return given;
};

/** Every condition that the contract puts on the inputs of a call. */
export const inputConditions = (
  terms: Terms,
  call: Call,
  site: CallSite,
  before: readonly Term[],
  kernelCode: boolean,
): readonly Given[] =>
  call.inputs.flatMap((input) => constraintsOf(terms, input, site, before, kernelCode));

/**
 * Conditions under which a counterexample can be run: what is sent for an address is one of the laboratory's
 * own. They are asked for first; a violation that needs another address is looked for without them.
 */
export const runnable = (
  terms: Terms,
  call: Call,
  site: CallSite,
  before: readonly Term[],
): Given[] =>
  call.inputs.flatMap((input): Given[] => {
    const { layout } = site;
    const values =
      input.domain === "code"
        ? [site.target(false), site.target(true)]
        : input.domain === "vectors"
          ? [layout.newVectors, layout.newVectors + 0x20, layout.hostVectors]
          : [];
    if (values.length === 0) return [];
    const word = before[r(input.register)]!;
    return [
      {
        term: terms.or(...values.map((v) => terms.eq(word, terms.const(v, 32)))),
        words: `r${input.register} is ${values.map(hex).join(" or ")}`,
      },
    ];
  });
