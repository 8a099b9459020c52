import { randomBytes } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

/** The user's cache folder for this program: `$XDG_CACHE_HOME/hyplab`, or `~/.cache/hyplab`. */
export const defaultCacheFolder = (): string => {
  const base = process.env["XDG_CACHE_HOME"];
  // The XDG specification says to ignore relative values.
  const root = base !== undefined && path.isAbsolute(base) ? base : path.join(homedir(), ".cache");
  return path.join(root, "hyplab");
};

/** A name beside `target` that no other process uses. */
export const temporaryName = (target: string): string =>
  `${target}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`;

/** Writes a file so that others see the old one, or none, or the whole new one. */
export const writeAtomically = (target: string, data: Uint8Array | string): void => {
  mkdirSync(path.dirname(target), { recursive: true });
  const temporary = temporaryName(target);
  try {
    writeFileSync(temporary, data);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
};
