/** Statuses of clauses in words, with what they rest on. */
import type { Clause } from "../contract/index.js";
import { describeCase, replayCase, replayFileName, type Status } from "../lab/index.js";
import { code, file, joined, verdict, type Inline, type Text } from "./document.js";
import { isProved, type ReportModel, type Sighting } from "./model.js";
import { plural, subjectLink } from "./wording.js";

/** A status in a phrase. */
export const describeStatus = (s: Status, strength: Clause["strength"]): Inline => {
  const promise = strength === "promise";
  switch (s.kind) {
    case "proved":
      return verdict("good", "proved");
    case "proved-under-assumptions":
      return verdict("good", "proved under assumptions");
    case "held":
      return verdict("good", `held in ${plural(s.cases, "case")}`);
    case "violated":
      return promise
        ? verdict("bad", "violated")
        : verdict("warn", "differs from what was observed");
    case "violated-under-assumptions":
      return verdict(promise ? "bad" : "warn", "violated under assumptions");
    case "unreachable":
      return verdict("plain", "unreachable at this phase");
    case "not-applicable":
      return verdict("plain", "not applicable");
    case "unknown":
      return verdict("warn", "unknown");
    case "never-tried":
      return verdict("warn", "not tried");
    case "inconsistent":
      return verdict("bad", "inconsistent: a defect of the laboratory");
  }
};

/** Folder of the counterexamples, from the output's root. */
export const REPLAY_FOLDER = "replay";
/** Where a counterexample was found. */
export interface Place {
  readonly subject: string;
  readonly phase: string;
  readonly clause: Clause;
}
/** A violation's file, which `hyplab replay` runs again; nothing where no call was made. */
export const replayLink = (s: Status, place: Place): Text => {
  if (s.kind !== "violated") return [];
  if (replayCase(place.subject, place.phase, place.clause, s.counterexample) === undefined)
    return [];
  const name = replayFileName(place.subject, place.phase, place.clause);
  return ["; ", file(`${REPLAY_FOLDER}/${name}`, "replay")];
};
const assuming = (assumptions: readonly string[]): string =>
  assumptions.map((a) => `assuming that ${a}`).join("; ");

/** What a status rests on. */
export const evidenceOf = (s: Status, place?: Place): Text => {
  switch (s.kind) {
    case "proved":
      return [`for every state, on ${plural(s.paths, "path")}`];
    case "proved-under-assumptions":
      return [`for every state, on ${plural(s.paths, "path")}, ${assuming(s.assumptions)}`];
    case "held":
      return [`seed ${s.seed}${s.unproved === undefined ? "" : `; not proved: ${s.unproved}`}`];
    case "violated":
    case "violated-under-assumptions":
      return [
        "case ",
        code(describeCase(s.counterexample)),
        `: ${s.counterexample.found}`,
        ...(s.kind === "violated" ? [] : [`, ${assuming(s.assumptions)}`]),
        ...(place === undefined ? [] : replayLink(s, place)),
      ];
    case "inconsistent":
      return [s.what];
    case "unreachable":
    case "not-applicable":
    case "unknown":
    case "never-tried":
      return [s.why];
  }
};

/** The status over every place where a clause was asked. */
export const statusOver = (clause: Clause, places: readonly Sighting[]): Inline => {
  const of = (...kinds: Status["kind"][]): readonly Sighting[] =>
    places.filter((p) => kinds.includes(p.status.kind));
  if (places.length === 0) return verdict("warn", "never tried");
  const wrong = of("inconsistent");
  if (wrong.length > 0) return describeStatus(wrong[0]!.status, clause.strength);
  const bad = of("violated", "violated-under-assumptions");
  if (bad.length > 0) {
    const promise = clause.strength === "promise";
    return verdict(
      promise ? "bad" : "warn",
      `${promise ? "violated" : "differs"} in ${bad.length} of ${plural(places.length, "place")}`,
    );
  }
  const proved = places.filter((p) => isProved(p.status));
  const held = of("held");
  const good = proved.length + held.length;
  if (good > 0) {
    const cases = held.reduce((n, p) => n + (p.status.kind === "held" ? p.status.cases : 0), 0);
    const parts = [
      ...(proved.length > 0
        ? [
            `proved${of("proved-under-assumptions").length > 0 ? " under assumptions" : ""} at ${plural(proved.length, "place")}`,
          ]
        : []),
      ...(held.length > 0
        ? [`held in ${plural(cases, "case")} at ${plural(held.length, "place")}`]
        : []),
      ...(places.length > good ? [`${places.length - good} not judged`] : []),
    ];
    return verdict("good", parts.join(", "));
  }
  if (of("unknown").length > 0) return verdict("warn", "unknown");
  if (of("never-tried").length > 0) return verdict("warn", "not tried");
  return of("unreachable").length > 0
    ? verdict("plain", "unreachable at this phase")
    : verdict("plain", "not applicable");
};
/** The places of a clause, those that came out alike on one line. */
export const evidenceLines = (places: readonly Sighting[], model: ReportModel): Text[] => {
  const groups = new Map<string, Sighting[]>();
  for (const p of places) {
    const key = JSON.stringify([p.subject, p.status.kind, evidenceOf(p.status)]);
    groups.set(key, [...(groups.get(key) ?? []), p]);
  }
  return [...groups.values()].map((group): Text => {
    const first = group[0]!;
    return [
      subjectLink(first.subject, model),
      ` (${group.map((p) => p.phase).join("; ")}): `,
      describeStatus(first.status, first.clause.strength),
      ", ",
      ...joined([evidenceOf(first.status, first)]),
    ];
  });
};
