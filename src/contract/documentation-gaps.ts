/**
 * Where documentation and implementations part, by their records alone: no gap is typed in, each one
 * follows from a documented fact that the answering call of the implementation does not share. Running
 * (in the laboratory) is the stronger evidence; this finds the same without a machine, and 64-bit too.
 */
import { ARM64_CONTRACTS } from "./arm64.js";
import { HOST_CALLERS } from "./callers.js";
import { DOCUMENTATION } from "./documentation.js";
import { answerTo, callFor } from "./generations.js";
import { KVM_CONTRACTS } from "./kvm.js";
import { LINUX_STUBS } from "./linux-stub.js";
import type { Call, Contract, ValueExpression } from "./types.js";

export interface DocumentationGap {
  readonly documentation: string;
  /** Implementation that parts from it, or caller that depends on what is not said. */
  readonly against: string;
  readonly call: string;
  readonly kind:
    /** Another result, or none, where one is documented. */
    | "result"
    /** A documented change of state does not come about. */
    | "effect"
    /** Control goes elsewhere. */
    | "control"
    /** The documented result comes about under a condition that is not documented. */
    | "condition"
    /** The text is silent and a caller depends on it. */
    | "silence";
  readonly words: string;
}

const same = (a: ValueExpression | undefined, b: ValueExpression | undefined): boolean =>
  a?.kind === "constant" && b?.kind === "constant"
    ? (a.value | 0) === (b.value | 0)
    : JSON.stringify(a) === JSON.stringify(b);

const gapsOfCall = (
  documentation: Contract,
  documented: Call,
  implementation: Contract,
): DocumentationGap[] => {
  if (documented.selector.kind !== "value") return [];
  const { value } = documented.selector;
  const call = callFor(implementation, value);
  const answer = answerTo(implementation, value);
  if (call === undefined || answer === undefined) return [];
  const found: DocumentationGap[] = [];
  const gap = (kind: DocumentationGap["kind"], words: string): void => {
    found.push({
      documentation: documentation.id,
      against: implementation.id,
      call: documented.id,
      kind,
      words,
    });
  };
  if (documented.control.kind !== call.control.kind) {
    gap("control", `control: documented ${documented.control.kind}, found ${call.control.kind}`);
  }
  for (const wanted of documented.results) {
    const given = call.results.filter((r) => r.register === wanted.register);
    if (given.some((r) => r.when !== undefined)) {
      for (const r of given.filter((r) => !same(r.value, wanted.value)))
        gap("condition", `r${r.register} is ${r.words}: ${r.when ?? "always"}`);
    } else if (!given.some((r) => same(r.value, wanted.value))) {
      gap(
        "result",
        `r${wanted.register}: documented ${wanted.words}, found ${given[0]?.words ?? "nothing said"}`,
      );
    }
  }
  for (const wanted of documented.effects) {
    const comesAbout =
      wanted.kind === "set"
        ? call.effects.some(
            (e) =>
              e.kind === "set" && e.register === wanted.register && same(e.value, wanted.value),
          ) ||
          // A stub whose vectors stay in place has them back already.
          (wanted.value.kind === "stubVectors" &&
            implementation.family === "linux-stub" &&
            call.status === "does-nothing")
        : call.effects.some(
            (e) =>
              e.kind === "clear" &&
              e.register === wanted.register &&
              (cleared(call, e.register) & wanted.mask) === wanted.mask,
          );
    if (!comesAbout)
      gap(
        "effect",
        wanted.kind === "set"
          ? `${wanted.register} is not set`
          : `${wanted.register}.${wanted.names} is left as it was`,
      );
  }
  return found;
};
const cleared = (call: Call, register: string): number =>
  call.effects.reduce(
    (mask, e) => (e.kind === "clear" && e.register === register ? mask | e.mask : mask),
    0,
  );

/** Gaps of one documentation state and one implementation. */
export const gapsBetween = (
  documentation: Contract,
  implementation: Contract,
): DocumentationGap[] =>
  documentation.calls.flatMap((call) => gapsOfCall(documentation, call, implementation));

const ALL_CONTRACTS: readonly Contract[] = [
  ...LINUX_STUBS,
  ...KVM_CONTRACTS,
  ...DOCUMENTATION,
  ...ARM64_CONTRACTS,
];
const NAMED: ReadonlyMap<string, Contract> = new Map(ALL_CONTRACTS.map((c) => [c.id, c]));

/** What a text leaves open and a caller written in its day depends on. */
export const silencesOf = (documentation: Contract): DocumentationGap[] => {
  const ofItsDay = HOST_CALLERS.filter((caller) =>
    caller.writtenFor.some((id) => NAMED.get(id)?.documentedBy.includes(documentation.id)),
  );
  return documentation.calls.flatMap((call) => {
    if (call.control.kind !== "enters" || call.control.ifItReturns !== "not said") return [];
    return ofItsDay
      .filter(
        (caller) =>
          caller.afterReturn.kind === "runs-away" &&
          call.selector.kind === "value" &&
          caller.registers[0]?.kind === "constant" &&
          caller.registers[0].value === call.selector.value,
      )
      .map((caller) => ({
        documentation: documentation.id,
        against: caller.id,
        call: call.id,
        kind: "silence" as const,
        words: "what a return means is not said, and the caller runs away when control returns",
      }));
  });
};

/** Every gap between an implementation and the documentation of its day, and every silence. */
export const documentationGaps = (): DocumentationGap[] => [
  ...ALL_CONTRACTS.flatMap((c) => c.documentedBy.flatMap((id) => gapsBetween(NAMED.get(id)!, c))),
  ...ALL_CONTRACTS.filter((c) => c.kind === "documentation" && c.restates === undefined).flatMap(
    silencesOf,
  ),
];
