/** A folder as a guest can see it through a share, as one digest: what a recorded run rests on. */
import { createHash, type Hash } from "node:crypto";
import { HostFolder, ShareError, type ShareStat } from "../../devices/index.js";

const CHUNK = 1 << 20;

/** What the guest is told instead, where it is told an error. */
const orError = (hash: Hash, act: () => void): void => {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ShareError)) throw error;
    hash.update(`error ${error.code}\n`);
  }
};

/**
 * SHA-256 of everything that a read-only share of the folder can answer: names in their order, kinds, modes, sizes,
 * numbers of links, times of the last change, link targets and contents. Reads all of it. Throws what node:fs
 * throws for the folder itself.
 */
export const folderDigest = (path: string): string => {
  const hash = createHash("sha256");
  const folder = new HostFolder(path);
  const contents = (names: readonly string[]): void => {
    const file = folder.open(names, false);
    try {
      for (let at = 0; ; at += CHUNK) {
        const bytes = file.read(at, CHUNK);
        hash.update(bytes);
        if (bytes.length < CHUNK) break;
      }
    } finally {
      file.close();
    }
  };
  const walk = (names: readonly string[]): void =>
    orError(hash, () => {
      const { kind, mode, size, links, modified }: ShareStat = folder.stat(names);
      const { seconds, nanoseconds } = modified;
      // A name has no slash and no NUL, so nothing reads in two ways.
      hash.update(
        `\0${names.join("/")}\0${kind} ${mode} ${size} ${links} ${seconds} ${nanoseconds}\n`,
      );
      if (kind === "symlink") hash.update(folder.readLink(names));
      else if (kind === "file") orError(hash, () => contents(names));
      else
        orError(hash, () => {
          for (const { name } of folder.list(names)) walk([...names, name]);
        });
    });
  try {
    walk([]);
  } finally {
    folder.close();
  }
  return hash.digest("hex");
};
