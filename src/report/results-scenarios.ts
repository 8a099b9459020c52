/** Scenarios as files: JSON, and the page in HTML and Markdown. */
import type { ScenarioResult } from "../lab/index.js";
import { scenariosDocument } from "./page-scenarios.js";
import { renderHtml } from "./render-html.js";
import { renderMarkdown } from "./render-markdown.js";

/** The results as JSON, schema hyplab-scenarios 1. */
export const renderScenariosJson = (results: readonly ScenarioResult[]): string =>
  `${JSON.stringify(
    {
      schema: "hyplab-scenarios",
      version: 1,
      scenarios: results.map(({ stages, ...rest }) => ({
        ...rest,
        stages: stages.map(({ clause, verdict, at }) => ({ clause: clause.id, at, ...verdict })),
      })),
    },
    undefined,
    2,
  )}\n`;

/** The page of the scenarios by itself, by path. */
export const renderScenarios = (results: readonly ScenarioResult[]): Map<string, string> => {
  const page = scenariosDocument(results, false);
  return new Map([
    [`${page.name}.html`, renderHtml(page, [page])],
    [`markdown/${page.name}.md`, renderMarkdown(page)],
  ]);
};
