/** A baseline: the status of every clause at an earlier time, to notice what got worse. */
import { z } from "zod";
import type { SubjectResult } from "./check-subject.js";
import { statusOf } from "./clause-status.js";
import { SavedFileError } from "./saved-file.js";
import { isWorse, STATUS_KINDS, type StatusKind } from "./status.js";

const STATUS = z.enum(STATUS_KINDS as readonly [StatusKind, ...StatusKind[]]);
const FORM = z.object({
  schema: z.literal("hyplab-baseline"),
  version: z.literal(1),
  /** By subject, phase and clause. */
  statuses: z.record(z.string(), z.record(z.string(), z.record(z.string(), STATUS))),
});
export type Baseline = z.infer<typeof FORM>;

/** An image's name without the version of its package: a later version is held against the same baseline. */
const subjectKey = (subject: string): string => subject.replace(/ \(.*\)$/, "");

export const baselineOf = (results: readonly SubjectResult[]): Baseline => ({
  schema: "hyplab-baseline",
  version: 1,
  statuses: Object.fromEntries(
    results.map((r) => [
      subjectKey(r.subject),
      Object.fromEntries(
        r.phases.map((p) => [
          p.phase,
          Object.fromEntries(
            [p.implementation, ...p.documentation].flatMap((c) =>
              c.verdicts.map((v) => [v.clause.id, statusOf(v).kind]),
            ),
          ),
        ]),
      ),
    ]),
  ),
});
/** The text of a baseline. */
export const renderBaseline = (baseline: Baseline): string =>
  `${JSON.stringify(baseline, undefined, 2)}\n`;

/** Reads a baseline's text; `name` is for errors. Throws SavedFileError. */
export const parseBaseline = (name: string, text: string): Baseline => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new SavedFileError(
      `${name}: expected a baseline as JSON, found other text; hyplab check --write-baseline writes one`,
    );
  }
  const parsed = FORM.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new SavedFileError(
      `${name}: expected a baseline of version 1, found ${issue.path.join("/") || "the whole"} wrong (${issue.message}); hyplab check --write-baseline writes one`,
    );
  }
  return parsed.data;
};

/** A clause whose status got worse. */
export interface Worsening {
  readonly subject: string;
  readonly phase: string;
  readonly clause: string;
  readonly before: StatusKind;
  /** "gone" when nothing asks it any more. */
  readonly now: StatusKind | "gone";
}
/**
 * What is worse now than in a baseline. A clause that the baseline does not know counts as never tried there;
 * subjects that were not asked this time are left out, phases and clauses of theirs are not.
 */
export const worsenings = (before: Baseline, now: Baseline): readonly Worsening[] => {
  const found: Worsening[] = [];
  for (const [subject, phases] of Object.entries(now.statuses)) {
    const old = before.statuses[subject] ?? {};
    for (const phase of new Set([...Object.keys(old), ...Object.keys(phases)])) {
      const was = old[phase] ?? {};
      const is = phases[phase] ?? {};
      for (const clause of new Set([...Object.keys(was), ...Object.keys(is)])) {
        const from = was[clause] ?? "never-tried";
        const to = is[clause] ?? "gone";
        if (to === "gone" || isWorse(from, to))
          found.push({ subject, phase, clause, before: from, now: to });
      }
    }
  }
  return found;
};
