/** The door of report/: documentation and results out of contract and evidence. */
import type { Evidence, OccupantInfo } from "./pages.js";
import { documentationPages, NAVIGATION, renderHeader } from "./pages.js";
import { renderJunit, renderSarif } from "./machine-readable.js";
import { renderHtml } from "./render-html.js";
import { renderMan, renderMarkdown, renderRst } from "./render-text.js";

export type { Evidence, OccupantInfo } from "./pages.js";
export { renderJunit, renderSarif } from "./machine-readable.js";

/** All files of the documentation by their path. */
export const renderDocumentation = (
  evidence: Evidence,
  occupants: readonly OccupantInfo[],
): Map<string, string> => {
  const pages = documentationPages(evidence, occupants);
  const files = new Map<string, string>();
  for (const page of pages) {
    files.set(`${page.name}.html`, renderHtml(page, NAVIGATION));
    files.set(`markdown/${page.name}.md`, renderMarkdown(page));
    files.set(`rst/${page.name}.rst`, renderRst(page));
  }
  files.set("man/hyp-abi.7", renderMan("HVC ABI", pages));
  files.set("include/hyp-abi.h", renderHeader());
  files.set("results/junit.xml", renderJunit(evidence.subjects));
  files.set("results/results.sarif", renderSarif(evidence.subjects));
  return files;
};
