/** Pages of what was checked: our occupants, and real images with their phases. */
import {
  CALLERS,
  describeCase,
  describeSetup,
  statusOf,
  type MatrixCell,
  type PhaseResult,
  type SubjectResult,
} from "../lab/index.js";
import {
  code,
  definitions,
  details,
  heading,
  joined,
  link,
  list,
  paragraph,
  table,
  verdict,
  type Block,
  type Page,
  type Text,
} from "./document.js";
import {
  contractPage,
  imagePage,
  occupantPage,
  resultsOf,
  severityOf,
  tally,
  type OccupantInfo,
  type ReportModel,
} from "./model.js";
import { describeStatus, evidenceOf, replayLink } from "./status-words.js";
import { clauseLink, plural } from "./wording.js";

/** Verdicts of phases against their generation and its documentation, in numbers. */
const verdictTable = (subject: SubjectResult): Block =>
  table(
    "Verdicts",
    [
      "Phase",
      "Contract",
      "Proved",
      "Held",
      "Promises violated",
      "Observations that differ",
      "Not judged",
      "Cases",
    ],
    subject.phases.flatMap((p) =>
      resultsOf(p).map((r): Text[] => {
        const t = tally(r.verdicts);
        return [
          [p.phase],
          [
            link(contractPage(r.contract.id), r.contract.id),
            r === p.implementation ? "" : " (documentation)",
          ],
          [`${t.proved} of ${r.verdicts.length}`],
          [`${t.held} of ${r.verdicts.length}`],
          [
            t.violated === 0
              ? verdict("good", "none")
              : verdict(r.contract.kind === "documentation" ? "warn" : "bad", String(t.violated)),
          ],
          [t.differing === 0 ? "none" : verdict("warn", String(t.differing))],
          [t.open === 0 ? "none" : String(t.open)],
          [String(r.cases)],
        ];
      }),
    ),
  );

/** Every violation, those that came out alike in several phases on one line. */
const violations = (subject: SubjectResult): Block[] => {
  const groups = new Map<string, { phases: string[]; text: Text }>();
  for (const p of subject.phases) {
    for (const r of resultsOf(p)) {
      for (const judged of r.verdicts) {
        const { clause } = judged;
        const v = statusOf(judged);
        if (v.kind !== "violated") continue;
        const words = {
          error: verdict("bad", "promise violated"),
          warning: verdict("warn", "documentation's promise not kept"),
          note: verdict("warn", "observation differs"),
        }[severityOf(r.contract, clause)];
        const text: Text = [
          clauseLink(clause),
          ", ",
          words,
          `: ${clause.statement} Case `,
          code(describeCase(v.counterexample)),
          `: ${v.counterexample.found}`,
        ];
        const key = JSON.stringify(text);
        const place = { subject: subject.subject, phase: p.phase, clause };
        const group = groups.get(key) ?? {
          phases: [],
          text: [...text, ...replayLink(v, place)],
        };
        group.phases.push(p.phase);
        groups.set(key, group);
      }
    }
  }
  return groups.size === 0
    ? [paragraph("Nothing was violated.")]
    : [
        paragraph(
          "A case runs again, instruction by instruction, by ",
          code("hyplab replay FILE"),
          " with the file that its replay leads to.",
        ),
        list(
          ...[...groups.values()].map(({ phases, text }): Text => [
            ...text,
            ` (${phases.join("; ")})`,
          ]),
        ),
      ];
};
const everyClause = (p: PhaseResult): Block[] =>
  resultsOf(p).map((r) =>
    details(
      [`Every clause of ${r.contract.id}: ${p.phase}`],
      table(
        `${r.contract.title}, ${p.phase}`,
        ["Clause", "What is said", "Status", "Evidence"],
        r.verdicts.map((v): Text[] => [
          [clauseLink(v.clause)],
          [v.clause.statement],
          [describeStatus(statusOf(v), v.clause.strength)],
          evidenceOf(statusOf(v)),
        ]),
      ),
    ),
  );

/** What each caller meets; setups that end alike on one row. */
const meetings = (cells: readonly MatrixCell[]): Block =>
  table(
    "What each caller meets",
    ["Caller", "Setup", "What comes of it"],
    CALLERS.flatMap((caller) => {
      const groups = new Map<string, string[]>();
      const own = cells.filter((c) => c.caller === caller.id);
      for (const c of own)
        groups.set(c.words, [...(groups.get(c.words) ?? []), describeSetup(c.setup)]);
      return [...groups].map(([words, setups]): Text[] => [
        [code(caller.id), ` ${caller.intent}`],
        [setups.length === own.length ? "all" : setups.join("; ")],
        [words],
      ]);
    }),
  );

export const occupantDocument = (o: OccupantInfo, model: ReportModel): Page => {
  const subject = model.subjects.find((s) => s.subject === o.id);
  const cells = model.matrix.filter((c) => c.occupant === o.id);
  return {
    name: occupantPage(o.id),
    title: `Occupant: ${o.title}`,
    blocks: [
      paragraph(o.summary),
      definitions(
        [
          "Occupant",
          [code(o.id), `, ${o.family}; a program of the laboratory's own, in A32 and T32`],
        ],
        ["Contract", [link(contractPage(o.contract), o.contract)]],
        ["Needs", [o.needsStack ? "a HYP stack" : "nothing: it runs without a stack"]],
        ...(o.resetsTo === undefined
          ? []
          : [["A reset goes back to", [link(occupantPage(o.resetsTo), o.resetsTo)]] as const]),
      ),
      ...(cells.length === 0
        ? [paragraph(verdict("warn", "No caller was tried against it."))]
        : [heading("What each caller meets"), meetings(cells)]),
      ...(subject === undefined
        ? [paragraph(verdict("warn", "Never checked."))]
        : [
            heading("Verdicts"),
            paragraph(`${plural(subject.cases, "case")} in all, seed ${subject.seed}.`),
            verdictTable(subject),
            heading("Violations"),
            ...violations(subject),
          ]),
    ],
  };
};

const hexadecimal = (n: number): string => `0x${(n >>> 0).toString(16).padStart(8, "0")}`;
export const imageDocument = (subject: SubjectResult): Page => ({
  name: imagePage(subject.subject),
  title: `Image: ${subject.subject}`,
  blocks: [
    paragraph(
      `A real image, run from its HYP entry; ${plural(subject.phases.length, "phase")} found by what it did, ${plural(subject.cases, "case")}, seed ${subject.seed}.`,
    ),
    heading("Verdicts"),
    verdictTable(subject),
    heading("Violations"),
    ...violations(subject),
    ...subject.phases.flatMap((p): Block[] => {
      const at = p.hvbarName;
      return [
        heading(`Phase: ${p.phase}`),
        definitions(
          ["What answers", [p.title]],
          [
            "Generation",
            [link(contractPage(p.contract.id), p.contract.title), `, ${p.recognised}`],
          ],
          ...(p.alsoFits.length === 0
            ? []
            : [
                [
                  "Its answers fit as well",
                  joined(p.alsoFits.map((id): Text => [link(contractPage(id), id)])),
                ] as const,
              ]),
          ["HVBAR", [code(hexadecimal(p.hvbar)), at === undefined ? "" : ` (${at})`]],
          ["Reached after", [`${plural(p.instructions, "instruction")} from the entry`]],
        ),
        ...everyClause(p),
      ];
    }),
  ],
});
