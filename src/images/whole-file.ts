/** Files that are there whole or not at all, whatever ends the program that writes them. */
import { randomBytes } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

/** A name beside `target` that no other process uses: `TARGET.PID.RANDOM.tmp`. */
export const temporaryName = (target: string): string =>
  `${target}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`;

/** False when no process of that number runs. One of another user's is there too. */
const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
};

/** Removes what programs that were killed left beside `target` under a name of `temporaryName`. */
export const removeLeftovers = (target: string): void => {
  const folder = path.dirname(target);
  const beginning = `${path.basename(target)}.`;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(beginning)) continue;
    const found = /^(\d+)\.[0-9a-f]{12}\.tmp$/.exec(name.slice(beginning.length));
    if (found !== null && !runs(Number(found[1])))
      rmSync(path.join(folder, name), { recursive: true, force: true });
  }
};

/**
 * Writes a file so that others see the old one, or none, or the whole new one. A link is followed; a device
 * or a pipe is written to, for it cannot be replaced. Folders on the way are made.
 */
export const writeWholeFile = (target: string, data: Uint8Array | string): void => {
  const there = statSync(target, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile() && !there.isDirectory()) {
    writeFileSync(target, data);
    return;
  }
  const place = there === undefined ? path.resolve(target) : realpathSync(target);
  mkdirSync(path.dirname(place), { recursive: true });
  removeLeftovers(place);
  const temporary = temporaryName(place);
  try {
    writeFileSync(temporary, data);
    renameSync(temporary, place);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
};
