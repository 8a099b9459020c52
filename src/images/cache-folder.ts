import { homedir } from "node:os";
import path from "node:path";

/** The user's cache folder for this program: `$XDG_CACHE_HOME/hyplab`, or `~/.cache/hyplab`. */
export const defaultCacheFolder = (): string => {
  const base = process.env["XDG_CACHE_HOME"];
  // The XDG specification says to ignore relative values.
  const root = base !== undefined && path.isAbsolute(base) ? base : path.join(homedir(), ".cache");
  return path.join(root, "hyplab");
};
