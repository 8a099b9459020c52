/** The documentation as files: every page in every format, the header and the results. */
import { CONTRACTS } from "../contract/index.js";
import type { Page } from "./document.js";
import { renderReplayCase, replayCase, replayFileName, statusOf } from "../lab/index.js";
import { resultsOf, sightingsOf, type ReportModel } from "./model.js";
import { REPLAY_FOLDER } from "./status-words.js";
import { contractDocument } from "./page-contract.js";
import { generationsDocument, indexDocument, matrixDocument } from "./page-overview.js";
import { mutationDocument } from "./page-mutation.js";
import { regressionsDocument } from "./page-regressions.js";
import { scenariosDocument } from "./page-scenarios.js";
import { imageDocument, occupantDocument } from "./page-subject.js";
import { renderHeader } from "./render-header.js";
import { renderHtml } from "./render-html.js";
import { renderMan } from "./render-man.js";
import { renderMarkdown } from "./render-markdown.js";
import { renderRst, renderRstToctree } from "./render-rst.js";
import { renderResultsJson } from "./results-json.js";
import { renderJunit } from "./results-junit.js";
import { renderRegressionsJson } from "./results-regressions.js";
import { renderSarif } from "./results-sarif.js";

const MAN = "hyp-abi";
/** Files beside the pages, with what the contents say of them. */
const OTHER_FORMS: readonly (readonly [string, string])[] = [
  ["markdown/index.md", "These pages as Markdown"],
  ["rst/index.rst", "These pages as reStructuredText, for Sphinx"],
  [`man/${MAN}.7`, "A manual page of section 7: contracts and matrix"],
  [`include/${MAN}.h`, "A header with the numbers, for C and assembly"],
  ["results/results.json", "Results as JSON"],
  ["results/junit.xml", "Results as JUnit XML"],
  ["results/results.sarif", "Violations and known bugs as SARIF 2.1.0"],
  ["results/regressions.json", "Known bugs as JSON"],
];

/** Pages over everything, those that every page leads to; flips and scenarios are one more each where they are there. */
const OVERVIEWS = 4;

/** Every page, the contents first. */
export const documentationPages = (model: ReportModel): Page[] => {
  const sightings = sightingsOf(model.subjects);
  const own = new Set(model.occupants.map((o) => o.id));
  return [
    indexDocument(model, OTHER_FORMS),
    generationsDocument(),
    matrixDocument(model),
    regressionsDocument(model),
    ...(model.mutation === undefined ? [] : [mutationDocument(model.mutation)]),
    ...(model.scenarios === undefined ? [] : [scenariosDocument(model.scenarios, true)]),
    ...model.subjects.filter((s) => !own.has(s.subject)).map(imageDocument),
    ...CONTRACTS.map((c) => contractDocument(c, sightings, model)),
    ...model.occupants.map((o) => occupantDocument(o, model)),
  ];
};
/** The HTML site by path: pages alone. */
export const renderSite = (model: ReportModel): Map<string, string> => {
  const pages = documentationPages(model);
  const more = [model.mutation, model.scenarios].filter((m) => m !== undefined).length;
  const overviews = pages.slice(0, OVERVIEWS + more);
  return new Map(pages.map((p) => [`${p.name}.html`, renderHtml(p, overviews)]));
};
export interface RenderOptions {
  /** hyplab's version, for SARIF. */
  readonly version: string;
}
/** All files of the documentation by their path. */
export const renderDocumentation = (
  model: ReportModel,
  options: RenderOptions,
): Map<string, string> => {
  const pages = documentationPages(model);
  const files = renderSite(model);
  for (const page of pages) {
    files.set(`markdown/${page.name}.md`, renderMarkdown(page));
    files.set(
      `rst/${page.name}.rst`,
      page.name === "index" ? `${renderRst(page)}\n${renderRstToctree(pages)}` : renderRst(page),
    );
  }
  const forMan = pages.filter((p) => /^(?:generations|matrix|contract-|image-)/.test(p.name));
  files.set(
    `man/${MAN}.7`,
    renderMan(MAN, "the ABI between ARM kernels and the occupant of HYP mode", forMan),
  );
  for (const s of model.subjects) {
    for (const p of s.phases) {
      for (const v of resultsOf(p).flatMap((r) => r.verdicts)) {
        const status = statusOf(v);
        if (status.kind !== "violated") continue;
        const made = replayCase(s.subject, p.phase, v.clause, status.counterexample);
        const name = replayFileName(s.subject, p.phase, v.clause);
        if (made !== undefined) files.set(`${REPLAY_FOLDER}/${name}`, renderReplayCase(made));
      }
    }
  }
  files.set(`include/${MAN}.h`, renderHeader());
  files.set("results/results.json", renderResultsJson(model.subjects));
  const { regressions = [] } = model;
  files.set("results/junit.xml", renderJunit(model.subjects, { regressions }));
  files.set("results/results.sarif", renderSarif(model.subjects, options.version, regressions));
  files.set("results/regressions.json", renderRegressionsJson(regressions));
  return files;
};
