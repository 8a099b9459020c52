/** `hyplab check`: the main job. */
import { describeCase, violations, type PhaseResult, type SubjectResult } from "../lab/index.js";
import { OCCUPANTS } from "../occupants/index.js";
import { renderResultsJson } from "../report/index.js";
import { baselineFor, holdAgainst, type BaselineFlags } from "./baseline-option.js";
import { EXIT_CODE, UsageError } from "./errors.js";
import { runJobs, workersFor } from "./jobs.js";
import { colour, print, progress, writeWhole } from "./output.js";
import { unpackSubject } from "./portable.js";
import { regressionsCommand, regressionsNamed } from "./regressions-command.js";
import { saveReplays } from "./replay-file.js";
import { targetNamed } from "./subject-target.js";
import { checkTargetOf, type CheckTarget } from "./work.js";

export interface CheckFlags extends BaselineFlags {
  readonly json?: string;
  readonly seed?: number;
  readonly cases?: number;
  readonly strictDocs?: boolean;
  readonly save?: string;
  readonly verbose?: boolean;
  readonly jobs?: number;
}

/** About how long targets take on one core, in seconds. */
const secondsOf = (targets: readonly CheckTarget[], cases = 64): number =>
  targets.reduce((s, t) => s + ("occupant" in t ? 0.08 : 2) * (cases / 64), 0);
/** Results for targets, in their order: our own occupants when there are none. */
export const subjects = async (
  words: readonly string[],
  { seed, cases, jobs }: Pick<CheckFlags, "seed" | "cases" | "jobs">,
): Promise<SubjectResult[]> => {
  const targets: CheckTarget[] =
    words.length === 0 ? OCCUPANTS.map(({ id }) => ({ occupant: id })) : [];
  for (const word of words) targets.push(checkTargetOf(await targetNamed(word)));
  try {
    const results = await runJobs("check", targets, {
      workers: workersFor(jobs, { seconds: secondsOf(targets, cases) }),
      shared: { ...(seed !== undefined && { seed }), ...(cases !== undefined && { cases }) },
    });
    return results.map(unpackSubject);
  } finally {
    progress("");
  }
};

const phaseLines = (p: PhaseResult, verbose: boolean): void => {
  const promises = p.implementation.verdicts.filter((v) => v.clause.strength === "promise");
  const bad = violations(p.implementation);
  const held = p.implementation.verdicts.filter((v) => v.verdict.kind === "held").length;
  const skipped = p.implementation.verdicts.filter((v) => v.verdict.kind === "not-applicable");
  const where = p.hvbarName;
  print(
    `  ${colour.bold(p.phase)}  HVBAR 0x${p.hvbar.toString(16)}${where === undefined ? "" : ` (${where})`}${p.instructions > 0 ? `, ${p.instructions} instructions after the entry` : ""}`,
  );
  const also = p.alsoFits.length > 0 ? `; fits ${p.alsoFits.join(", ")} as well` : "";
  print(
    `    generation ${colour.cyan(p.contract.id)} (${p.contract.title}), ${p.recognised}${also}`,
  );
  const verdict =
    bad.length === 0 ? colour.green("all held") : colour.red(`${bad.length} violated`);
  print(
    `    ${held} of ${p.implementation.verdicts.length} clauses held (${promises.length} promises), ${verdict}; ${p.implementation.cases} cases, seed ${p.implementation.seed}${skipped.length > 0 ? `; ${skipped.length} not applicable` : ""}`,
  );
  for (const { clause, verdict: v } of bad) {
    if (v.kind !== "violated") continue;
    print(`      ${colour.red("violated")} ${clause.id}: ${clause.statement}`);
    print(`        case ${describeCase(v.counterexample)}: ${v.counterexample.found}`);
  }
  if (verbose) {
    for (const { clause, verdict: v } of p.implementation.verdicts) {
      if (v.kind === "held")
        print(`      held in ${v.cases} cases  ${clause.id}: ${clause.statement}`);
      if (v.kind === "not-applicable" || v.kind === "not-tried")
        print(`      ${v.kind}  ${clause.id}: ${v.why}`);
    }
  }
  for (const d of p.documentation) {
    const drift = violations(d);
    print(
      `    documentation ${colour.cyan(d.contract.id)} (${d.contract.title}): ${drift.length === 0 ? colour.green("kept") : colour.yellow(`${drift.length} of ${d.verdicts.length} promises are not kept`)}`,
    );
    for (const { clause, verdict: v } of drift) {
      if (v.kind !== "violated") continue;
      print(`      ${colour.yellow("drift")} ${clause.id}: ${clause.statement}`);
      print(`        case ${describeCase(v.counterexample)}: ${v.counterexample.found}`);
    }
  }
};

export const checkCommand = async (
  targets: readonly string[],
  flags: CheckFlags,
): Promise<number> => {
  const bugs = regressionsNamed(targets[0]);
  const alone = targets.find((target) => regressionsNamed(target) !== undefined);
  if (targets.length > 1 && alone !== undefined)
    throw new UsageError(`${alone}: known bugs are run by themselves; leave the other targets out`);
  if (bugs !== undefined) {
    for (const flag of [
      "seed",
      "cases",
      "save",
      "strictDocs",
      "baseline",
      "writeBaseline",
    ] as const)
      if (flags[flag] !== undefined)
        throw new UsageError(
          `known bugs are run as they are recorded: --json and --verbose are for them, --${flag.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)} is not`,
        );
    return regressionsCommand(bugs, flags);
  }
  const started = performance.now();
  const before = baselineFor(flags);
  const results = await subjects(targets, flags);
  if (flags.json !== undefined) writeWhole(flags.json, renderResultsJson(results));
  if (flags.save !== undefined) saveReplays(flags.save, results);
  if (flags.json !== "-") {
    for (const r of results) {
      const state =
        r.violated === 0
          ? colour.green("keeps its generation's promises")
          : colour.red(`${r.violated} promises violated`);
      print(
        `${colour.bold(r.subject)}: ${state}${r.drift > 0 ? colour.yellow(`; ${r.drift} of the documentation's promises are not kept`) : ""}`,
      );
      if (targets.length > 0 || flags.verbose === true)
        for (const p of r.phases) phaseLines(p, flags.verbose === true);
    }
    const cases = results.reduce((n, r) => n + r.cases, 0);
    print(
      `${results.length} checked, ${cases} cases, ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
  }
  const worse = holdAgainst(before, flags, results, flags.json === "-");
  const violated = results.some((r) => r.violated > 0);
  const drift = results.some((r) => r.drift > 0);
  // Held against a baseline, what was violated then already is no news.
  if (before !== undefined) return worse ? EXIT_CODE.violation : EXIT_CODE.ok;
  return violated || (flags.strictDocs === true && drift) ? EXIT_CODE.violation : EXIT_CODE.ok;
};
