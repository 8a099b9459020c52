/** Exit codes and what ends a run: one line, no stack trace. */
import { ImageError } from "../images/index.js";
import { MachineError } from "../machine/index.js";
import { LifeError, PhaseError, SavedFileError } from "../lab/index.js";
import { AssemblyError } from "../isa/index.js";
import { ProofFormatError } from "../certificates/index.js";
import { SolverDisagreementError, SolverError } from "../engines/index.js";
import { VERSION } from "./version.js";

/** 70 is EX_SOFTWARE of sysexits.h. */
export const EXIT_CODE = { ok: 0, violation: 1, usage: 2, stopped: 3, defect: 70 } as const;

/** What --help says of them. */
export const EXIT_CODE_HELP = `
Exit codes:
  0   all promises hold; the run ended as it was to
  1   a promise is broken, a stage was not reached, a replay differs, or a guest's program failed
  2   bad input or usage
  3   stopped at something unmodelled, by a signal or over budget
  70  a defect of hyplab itself; HYPLAB_STACK=1 in the environment shows where`;

/** The user asked for something that is not there. */
export class UsageError extends Error {
  readonly code = "cli/usage";
}

/** What was expected, what was found, and what to do, for the errors of the operating system that users cause. */
const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  ENOENT: "expected a file or folder, found nothing of that name; check the path",
  ENOTDIR: "expected a folder, found something else; check the path",
  EISDIR: "expected a file, found a folder; name a file in it",
  EEXIST: "expected a folder or nothing, found something else; give another path",
  EACCES: "expected permission, found none (EACCES); check the owner and the permissions",
  EPERM: "expected permission, found none (EPERM); check the owner and the permissions",
  EROFS: "expected a place to write to, found a file system that is read-only; give another path",
  ENOSPC: "expected room on the disk, found none; make room, or give another path",
};
const systemWords = (error: unknown): string | undefined => {
  if (error instanceof RangeError && /allocation failed/i.test(error.message))
    return "expected memory of the host for this, found too little; give the machine less (--memory)";
  if (!(error instanceof Error && "code" in error && typeof error.code === "string"))
    return undefined;
  if (!/^E[A-Z0-9]+$/.test(error.code)) return undefined;
  const about = "path" in error && typeof error.path === "string" ? error.path : undefined;
  const words = SYSTEM_WORDS[error.code];
  return about === undefined || words === undefined ? error.message : `${about}: ${words}`;
};

/** The line and the exit code of an error, or undefined for one that is a defect of ours. */
export const explain = (error: unknown): { line: string; exitCode: number } | undefined => {
  if (error instanceof SolverDisagreementError)
    return { line: error.message, exitCode: EXIT_CODE.defect };
  if (error instanceof PhaseError || error instanceof LifeError)
    return { line: error.message, exitCode: EXIT_CODE.stopped };
  if (
    error instanceof UsageError ||
    error instanceof ImageError ||
    error instanceof MachineError ||
    error instanceof SavedFileError ||
    error instanceof AssemblyError ||
    error instanceof SolverError ||
    error instanceof ProofFormatError
  ) {
    return { line: error.message, exitCode: EXIT_CODE.usage };
  }
  const words = systemWords(error);
  return words === undefined ? undefined : { line: words, exitCode: EXIT_CODE.usage };
};

/** What is said of an error that `explain` does not know: a line, and where it was for who asks for it. */
export const explainDefect = (error: unknown, withStack: boolean): string => {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const line = `hyplab: a defect of hyplab ${VERSION}: ${what.replaceAll("\n", " ")}; please report it with the command`;
  if (!withStack) return `${line} and the output under HYPLAB_STACK=1\n`;
  return `${line} and this\n${error instanceof Error ? (error.stack ?? "no stack") : "no stack"}\n`;
};

/** The nearest of some names, for a typo. */
export const suggestion = (given: string, names: readonly string[]): string => {
  const scored = names
    .map((name) => ({ name, distance: editDistance(given, name) }))
    .toSorted((a, b) => a.distance - b.distance);
  const best = scored[0];
  return best !== undefined && best.distance <= Math.max(2, given.length / 3)
    ? `; did you mean "${best.name}"?`
    : "";
};
const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(
        Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    }
    row = next;
  }
  return row[b.length]!;
};
