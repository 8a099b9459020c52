/** The door of report/: documentation and results out of contract and evidence. */
export type { OccupantInfo, ReportModel, Severity } from "./model.js";
export { renderHeader } from "./render-header.js";
export { renderResultsJson, resultsDocument } from "./results-json.js";
export { renderJunit, type JunitOptions } from "./results-junit.js";
export { scenariosDocument } from "./page-scenarios.js";
export { renderScenarios, renderScenariosJson } from "./results-scenarios.js";
export { renderRegressionsJson } from "./results-regressions.js";
export { renderSarif } from "./results-sarif.js";
export { documentationPages, renderDocumentation, renderSite, type RenderOptions } from "./site.js";
