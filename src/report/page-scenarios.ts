/** The scenarios: the matrix, what each clause says, and a timeline for every row. */
import { LIFE_CLAUSES } from "../contract/index.js";
import {
  CALLERS_OF_RESTART,
  describeScenario,
  PANICS,
  type ScenarioEnd,
  type ScenarioResult,
  type StageVerdict,
} from "../lab/index.js";
import {
  code,
  definitions,
  details,
  heading,
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
  type Tone,
} from "./document.js";
import { occupantPage } from "./model.js";
import { plural } from "./wording.js";

export const SCENARIOS_PAGE = "scenarios";

const TONES: Readonly<Record<ScenarioEnd, Tone>> = {
  "next kernel in HYP": "good",
  "next kernel in SVC": "warn",
  "silent death": "bad",
  "not loaded": "bad",
};
const stageWords = (v: StageVerdict): Text => {
  switch (v.kind) {
    case "held":
      return [verdict("good", "held"), `: ${v.evidence.join("; ")}`];
    case "violated":
      return [verdict("bad", "violated"), `: ${v.found}`];
    case "not-reached":
      return ["not reached"];
    case "not-applicable":
      return [`not applicable: ${v.why}`];
  }
};
const stageMark = (v: StageVerdict): Inline => {
  switch (v.kind) {
    case "held":
      return verdict("good", "held");
    case "violated":
      return verdict("bad", "violated");
    case "not-reached":
      return "not reached";
    case "not-applicable":
      return "-";
  }
};
const occupantText = ({ setup }: ScenarioResult, inSite: boolean): Inline => {
  if (setup.occupant === undefined) return "the kernel's own stub";
  return inSite ? link(occupantPage(setup.occupant), setup.occupant) : setup.occupant;
};

/** Instructions in thousands, for a reader's eye. */
const time = (instructions: number): string =>
  instructions.toString().replace(/\B(?=(?:\d{3})+$)/g, " ");

const row = (result: ScenarioResult, inSite: boolean): Text[] => {
  const { setup } = result;
  const place = slug(describeScenario(setup));
  return [
    [link(SCENARIOS_PAGE, describeScenario(setup), place)],
    [occupantText(result, inSite)],
    [setup.panic],
    [String(setup.cpus)],
    [setup.occupant === undefined ? "off" : setup.hypMmu ? "on" : "off"],
    [setup.caller],
    [verdict(TONES[result.end], result.end)],
    [result.why],
  ];
};
const timeline = (result: ScenarioResult): Block =>
  table(
    `Timeline: ${describeScenario(result.setup)}`,
    ["Instructions since reset", "CPU", "Stage", "What happened"],
    result.timeline.map((entry): Text[] => [
      [time(entry.at)],
      [entry.cpu === undefined ? "" : String(entry.cpu)],
      [entry.stage ?? ""],
      [entry.what],
    ]),
  );
const section = (result: ScenarioResult): Block[] => [
  heading(describeScenario(result.setup), 3),
  paragraph(verdict(TONES[result.end], result.end), `: ${result.why}.`),
  table(
    `Stages: ${describeScenario(result.setup)}`,
    ["Stage", "Verdict", "After instructions"],
    result.stages.map(({ clause, verdict: v, at }): Text[] => [
      [link(SCENARIOS_PAGE, clause.title, clause.stage)],
      stageWords(v),
      [at === undefined ? "" : time(at)],
    ]),
  ),
  timeline(result),
  details(
    ["The serial line from the end of the first kernel on"],
    ...result.console
      .split(/\r?\n/)
      .filter((line) => line !== "")
      .slice(0, 60)
      .map((line): Block => paragraph(code(line))),
  ),
];

/** The page of the scenarios. `inSite`: the pages of the occupants are there too. */
export const scenariosDocument = (results: readonly ScenarioResult[], inSite: boolean): Page => {
  const count = (end: ScenarioEnd): number => results.filter((result) => result.end === end).length;
  return {
    name: SCENARIOS_PAGE,
    title: "Lives and deaths: kexec and kdump",
    blocks: [
      paragraph(
        `${plural(results.length, "scenario")}: a real kernel boots, loads the next one, ends, and asks whatever is at HVBAR for a restart. ${count("next kernel in HYP")} reach the next kernel in HYP mode, ${count("next kernel in SVC")} reach it without, ${count("silent death")} die silently.`,
      ),
      heading("Matrix"),
      table(
        "Scenarios",
        [
          "Scenario",
          "Occupant",
          "End of the first kernel",
          "CPUs",
          "HYP MMU",
          "Call",
          "What comes of it",
          "Why",
        ],
        results.map((result) => row(result, inSite)),
      ),
      heading("Stages of each"),
      table(
        "Stages",
        ["Scenario", ...LIFE_CLAUSES.map(({ title }) => title)],
        results.map((result): Text[] => [
          [
            link(
              SCENARIOS_PAGE,
              describeScenario(result.setup),
              slug(describeScenario(result.setup)),
            ),
          ],
          ...LIFE_CLAUSES.map((clause): Text => {
            const found = result.stages.find((stage) => stage.clause.id === clause.id);
            return [found === undefined ? "-" : stageMark(found.verdict)];
          }),
        ]),
      ),
      heading("Clauses"),
      ...LIFE_CLAUSES.flatMap((clause): Block[] => [
        heading(clause.title, 3, clause.stage),
        paragraph(code(clause.id), `: ${clause.statement}`),
        list(...clause.sources.map(({ what, mark }): Text => [`${what} [${mark}]`])),
      ]),
      heading("Words"),
      definitions(
        ...Object.entries(PANICS).map(([name, words]) => [name, [words]] as const),
        ...Object.entries(CALLERS_OF_RESTART).map(
          ([name, words]) => [`call: ${name}`, [words]] as const,
        ),
      ),
      heading("Rows"),
      ...results.flatMap((result) => section(result)),
    ],
  };
};
