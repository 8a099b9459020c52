/** Places that a command is to write to, looked at before it runs for minutes. */
import { accessSync, constants, realpathSync, statSync, type Stats } from "node:fs";
import path from "node:path";
import { UsageError } from "./errors.js";

/** One option that names a place. */
export interface Target {
  /** As the user gave it: `--json`. */
  readonly option: string;
  readonly path: string;
  readonly kind: "file" | "folder";
  /** `-` stands for standard output. */
  readonly dash?: boolean;
  /** The file is moved there, so it must not be a device. */
  readonly regular?: boolean;
}

const statOf = (place: string): Stats | undefined => {
  try {
    return statSync(place, { throwIfNoEntry: false });
  } catch (error) {
    // Something on the way is a file: there is nothing of that name.
    if (error instanceof Error && "code" in error && error.code === "ENOTDIR") return undefined;
    throw error;
  }
};
const fail = ({ option, path: place }: Target, found: string): UsageError =>
  new UsageError(`${option} ${place}: ${found}`);

/** Throws UsageError where the target cannot be written. Nothing is made on the disk. */
export const checkTarget = (target: Target): void => {
  const { path: place, kind } = target;
  if (place === "") throw fail(target, `expected the path of a ${kind}, found an empty one`);
  if (place === "-") {
    if (target.dash === true) return;
    throw fail(target, "expected a path, found -; standard output is the console's");
  }
  const there = statOf(place);
  if (there !== undefined) {
    if (kind === "folder" ? !there.isDirectory() : there.isDirectory()) {
      throw fail(
        target,
        kind === "folder"
          ? "expected a folder, found a file; give another path"
          : "expected a file, found a folder; name a file in it",
      );
    }
    if (target.regular === true && !there.isFile())
      throw fail(target, "expected a regular file, found a device, pipe or socket");
  }
  // The nearest folder that is there must take what comes.
  let folder = kind === "folder" ? path.resolve(place) : path.dirname(path.resolve(place));
  let found = statOf(folder);
  while (found === undefined) {
    folder = path.dirname(folder);
    found = statOf(folder);
  }
  if (!found.isDirectory())
    throw fail(target, `expected ${folder} to be a folder, found a file; give another path`);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    throw fail(target, `expected permission to write in ${folder}, found none; give another path`);
  }
};

/** A path by which two names of one file are equal. */
const identity = (place: string): string => {
  const there = statOf(place);
  return there === undefined ? path.resolve(place) : realpathSync(place);
};
/**
 * Checks several targets, that they are different files, and that none is a file that is read from (named by
 * its option or by what it is).
 */
export const checkTargets = (
  targets: readonly Target[],
  inputs: readonly { readonly what: string; readonly path: string }[] = [],
): void => {
  const taken = new Map<string, string>();
  for (const { what, path: place } of inputs) taken.set(identity(place), what);
  for (const target of targets) {
    checkTarget(target);
    if (target.path === "-" || target.kind === "folder" || statOf(target.path)?.isFile() === false)
      continue;
    const same = identity(target.path);
    const other = taken.get(same);
    if (other !== undefined)
      throw fail(target, `expected a file of its own, found that of ${other}; give another path`);
    taken.set(same, target.option);
  }
};
