/** `hyplab check regressions` and `hyplab check regression-NAME`: the known bugs, with the bug and with the fix. */
import { KNOWN_BUGS, type KnownBug } from "../contract/index.js";
import type { RegressionFinding, RegressionResult } from "../lab/index.js";
import { renderRegressionsJson } from "../report/index.js";
import { EXIT_CODE, suggestion, UsageError } from "./errors.js";
import { runJobs, workersFor } from "./jobs.js";
import { colour, print, progress, writeWhole } from "./output.js";
import { unpackRegression } from "./portable.js";

interface RegressionFlags {
  readonly json?: string;
  readonly verbose?: boolean;
  readonly jobs?: number;
}

/** The known bugs that a target of `check` names, or undefined when it names something else. */
export const regressionsNamed = (target: string | undefined): readonly KnownBug[] | undefined => {
  if (target === "regressions") return KNOWN_BUGS;
  const name = /^regression-(.+)$/.exec(target ?? "")?.[1];
  if (name === undefined) return undefined;
  const bug = KNOWN_BUGS.find((b) => String(b.number) === name || b.id === name);
  if (bug === undefined)
    throw new UsageError(
      `no known bug is named "${name}"${suggestion(
        name,
        KNOWN_BUGS.map((b) => b.id),
      )}; they are 1 to ${KNOWN_BUGS.length}: hyplab list regressions`,
    );
  return [bug];
};

/** The numbers, titles, and what of them this machine can express. */
export const listRegressions = (): void => {
  for (const { number, id, title, where, shown } of KNOWN_BUGS)
    print(
      `${String(number).padStart(2)}  ${id.padEnd(20)} ${title} (${where}): ${
        shown.kind === "run" ? `run; ${shown.clauses.join(", ")}` : `not expressible: ${shown.why}`
      }`,
    );
};

const VERDICTS: Readonly<Record<RegressionResult["verdict"], string>> = {
  shown: colour.green("found, fix clean"),
  "bug not found": colour.red("bug not found"),
  "fix not clean": colour.red("fix not clean"),
  "not expressible": colour.dim("not expressible"),
};
const findingLine = (f: RegressionFinding): string =>
  `      ${f.held ? colour.green("held") : colour.red("violated")} ${f.clause} [${f.setup}]: ${f.asked}: ${f.found}`;

const show = ({ bug, verdict, findings }: RegressionResult, verbose: boolean): void => {
  print(`${String(bug.number).padStart(2)}  ${colour.bold(bug.title)}: ${VERDICTS[verdict]}`);
  if (bug.shown.kind === "not-expressible") {
    print(`    ${bug.shown.why}`);
    return;
  }
  for (const side of ["bug", "fix"] as const) {
    const own = findings.filter((f) => f.side === side);
    const held = own.filter((f) => f.held).length;
    print(`    with the ${side}: ${bug.shown[side]}: ${held} held, ${own.length - held} violated`);
    // A case for each clause; what is not as it should be is always told.
    const unexpected = own.filter((f) => f.held === (side === "bug"));
    const first = bug.shown.clauses.flatMap((id) => own.find((f) => f.clause === id) ?? []);
    const shown = verbose
      ? own
      : side === "bug"
        ? [...new Set([...first, ...unexpected])]
        : unexpected;
    for (const f of shown) print(findingLine(f));
  }
  if (verbose && bug.shown.limits !== undefined) print(`    ${bug.shown.limits}`);
};

/** About how long a known bug takes on one core. */
const SECONDS = 0.1;
/** What comes of known bugs, in their order. */
export const regressionResults = async (
  bugs: readonly KnownBug[],
  jobs: number | undefined,
): Promise<RegressionResult[]> => {
  try {
    const results = await runJobs(
      "regressions",
      bugs.map(({ number }) => number),
      { workers: workersFor(jobs, { seconds: SECONDS * bugs.length }), shared: undefined },
    );
    return results.map(unpackRegression);
  } finally {
    progress("");
  }
};

export const regressionsCommand = async (
  bugs: readonly KnownBug[],
  flags: RegressionFlags,
): Promise<number> => {
  const started = performance.now();
  const results = await regressionResults(bugs, flags.jobs);
  if (flags.json !== undefined) writeWhole(flags.json, renderRegressionsJson(results));
  const count = (verdict: RegressionResult["verdict"]): number =>
    results.filter((r) => r.verdict === verdict).length;
  const bad = count("bug not found") + count("fix not clean");
  if (flags.json !== "-") {
    for (const r of results) show(r, flags.verbose === true || bugs.length === 1);
    print(
      `${count("shown")} of ${results.length} known bugs are found and their fixes clean, ${bad} are not; ${count("not expressible")} cannot be expressed; ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
  }
  return bad === 0 ? EXIT_CODE.ok : EXIT_CODE.violation;
};
