/** A folder beside a file that is to be made, for a guest to write to; gone when the program is, however it ends. */
import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { removeLeftovers, temporaryName } from "../images/index.js";

export interface GuestFolder {
  readonly path: string;
  remove(): void;
}

/**
 * A guest's run does not come back to the event loop for minutes, so no signal handler of ours would be heard, and
 * none is for SIGKILL. So a shell waits for the end of a pipe that only we hold, and then removes the folder. It
 * has a session of its own: a Ctrl-C on the terminal does not reach it. Where it was killed too, the next run for
 * the same file removes the folder.
 */
const REMOVE = 'read -r _; rm -rf -- "$1"';

/** Makes the folder `TARGET.PID.RANDOM.tmp`, and those on the way to it. */
export const makeGuestFolder = (target: string): GuestFolder => {
  const place = path.resolve(target);
  mkdirSync(path.dirname(place), { recursive: true });
  removeLeftovers(place);
  const folder = temporaryName(place);
  const guard = spawn("/bin/sh", ["-c", REMOVE, "sh", folder], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // Without a shell the folder of a killed run stays until the next one.
  guard.on("error", () => {});
  guard.stdin.on("error", () => {});
  guard.unref();
  mkdirSync(folder);
  return {
    path: folder,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
      guard.stdin.end();
    },
  };
};
