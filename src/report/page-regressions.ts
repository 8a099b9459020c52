/** The known bugs: each with its clauses and what came of the runs with the bug and with the fix. */
import {
  CONDUCT_CLAUSES,
  CONTRACTS,
  KNOWN_BUGS,
  LIFE_CLAUSES,
  type KnownBug,
} from "../contract/index.js";
import type { RegressionFinding, RegressionResult } from "../lab/index.js";
import {
  code,
  definitions,
  details,
  heading,
  joined,
  link,
  list,
  paragraph,
  slug,
  table,
  verdict,
  type Block,
  type Inline,
  type Page,
  type Text,
} from "./document.js";
import type { ReportModel } from "./model.js";
import { clauseLink, plural, sourcesOf } from "./wording.js";

const PAGE = "regressions";
const placeOf = (bug: KnownBug): string => `bug-${bug.number}`;

/** Clauses that stand on no contract's page and are asked here. */
const ELSEWHERE = [...LIFE_CLAUSES, ...CONDUCT_CLAUSES].filter((c) =>
  KNOWN_BUGS.some((b) => b.shown.kind === "run" && b.shown.clauses.includes(c.id)),
);
const clauseNamed = (id: string): Inline => {
  const clause = CONTRACTS.flatMap((c) => c.clauses).find((c) => c.id === id);
  return clause === undefined ? link(PAGE, id, slug(id)) : clauseLink(clause);
};

const outcome = (bug: KnownBug, result: RegressionResult | undefined): Inline => {
  if (bug.shown.kind === "not-expressible") return verdict("plain", "not expressible here");
  switch (result?.verdict) {
    case undefined:
    case "not expressible":
      return verdict("warn", "never run");
    case "shown":
      return verdict("good", "found, fix clean");
    default:
      return verdict("bad", result!.verdict);
  }
};

/** Findings of one side that came out alike on one line. */
const lines = (findings: readonly RegressionFinding[]): Text[] => {
  const groups = new Map<string, RegressionFinding[]>();
  for (const f of findings) {
    const key = JSON.stringify([f.clause, f.held, f.asked, f.found]);
    groups.set(key, [...(groups.get(key) ?? []), f]);
  }
  return [...groups.values()].map((group): Text => {
    const [first] = group;
    return [
      clauseNamed(first!.clause),
      ` (${group.map((f) => f.setup).join("; ")}): `,
      first!.held ? verdict("good", "held") : verdict("bad", "violated"),
      `; ${first!.asked}: ${first!.found}`,
    ];
  });
};
/** The first case of each clause that was violated with the bug. */
const counterexamples = (bug: KnownBug, findings: readonly RegressionFinding[]): Text[] =>
  bug.shown.kind === "run"
    ? lines(
        bug.shown.clauses.flatMap(
          (id) => findings.find((f) => f.clause === id && f.side === "bug" && !f.held) ?? [],
        ),
      )
    : [];

const section = (bug: KnownBug, result: RegressionResult | undefined): Block[] => {
  const { shown } = bug;
  const findings = result?.findings ?? [];
  const side = (which: "bug" | "fix"): RegressionFinding[] =>
    findings.filter((f) => f.side === which);
  const tally = (which: "bug" | "fix"): string => {
    const own = side(which);
    const held = own.filter((f) => f.held).length;
    return own.length === 0 ? "never run" : `${held} held, ${own.length - held} violated`;
  };
  return [
    heading(`${bug.number}. ${bug.title}`, 3, placeOf(bug)),
    definitions(
      ["Name", [code(`regression-${bug.id}`)]],
      ["Where", [bug.where]],
      ["Symptom", [bug.symptom]],
      ["Cause", [bug.cause]],
      ["Fix", [bug.fix]],
      ["Seen", [sourcesOf(bug.evidence.map((e) => ({ what: e.about, mark: e.mark })))]],
      ["Verdict", [outcome(bug, result)]],
      ...(shown.kind === "not-expressible"
        ? [["Why not", [shown.why]] as const]
        : [
            ["With the bug", [`${shown.bug}: ${tally("bug")}`]] as const,
            ["With the fix", [`${shown.fix}: ${tally("fix")}`]] as const,
            ...(shown.limits === undefined ? [] : [["Limits", [shown.limits]] as const]),
          ]),
    ),
    ...(findings.length === 0
      ? []
      : [
          paragraph("Counterexamples with the bug:"),
          list(...counterexamples(bug, findings)),
          details(
            ["Every finding, setup by setup"],
            paragraph("With the bug:"),
            list(...lines(side("bug"))),
            paragraph("With the fix:"),
            list(...lines(side("fix"))),
          ),
        ]),
  ];
};

export const regressionsDocument = (model: ReportModel): Page => {
  const results = new Map((model.regressions ?? []).map((r) => [r.bug.number, r]));
  const expressible = KNOWN_BUGS.filter((b) => b.shown.kind === "run");
  const shown = [...results.values()].filter((r) => r.verdict === "shown").length;
  return {
    name: PAGE,
    title: "Known bugs",
    blocks: [
      paragraph(
        `${plural(KNOWN_BUGS.length, "row")}, of which this machine can express ${expressible.length}. Each of those is run twice: with the bug its clauses have to be violated, with the fix they have to hold. ${shown} came out so.`,
      ),
      table(
        "Known bugs",
        ["No.", "Bug", "Where", "Verdict", "Clauses"],
        KNOWN_BUGS.map((b): Text[] => [
          [String(b.number)],
          [link(PAGE, b.title, placeOf(b))],
          [b.where],
          [outcome(b, results.get(b.number))],
          b.shown.kind === "run"
            ? joined(b.shown.clauses.map((id): Text => [clauseNamed(id)]))
            : [b.shown.why],
        ]),
      ),
      heading("Row by row"),
      ...KNOWN_BUGS.flatMap((b) => section(b, results.get(b.number))),
      heading("Clauses about more than one call"),
      table(
        "Clauses about more than one call",
        ["Clause", "What is said", "Source"],
        ELSEWHERE.map((c): Text[] => [
          [code(c.id, slug(c.id))],
          [c.statement],
          [sourcesOf(c.sources)],
        ]),
      ),
    ],
  };
};
