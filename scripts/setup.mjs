// Installs and builds when that is needed. Runs before anything is installed: Node's own modules only.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

/** Runs a command with its output shown; throws when it fails. */
export const run = (command, args, options = {}) =>
  execFileSync(command, args, { cwd: root, stdio: "inherit", ...options });

const newest = (directory) => {
  let time = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) {
      time = Math.max(
        time,
        statSync(path.join(entry.parentPath ?? entry.path, entry.name)).mtimeMs,
      );
    }
  }
  return time;
};

/** Installs the locked dependencies unless they are there. */
export const ensureInstalled = () => {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`hyplab needs Node 20.19 or later; this is ${process.versions.node}`);
    process.exit(2);
  }
  const stamp = path.join(root, "node_modules", ".package-lock.json");
  const lock = path.join(root, "package-lock.json");
  const compiler = path.join(root, "node_modules", "typescript", "bin", "tsc");
  if (
    !existsSync(compiler) ||
    !existsSync(stamp) ||
    statSync(stamp).mtimeMs < statSync(lock).mtimeMs
  ) {
    // Not "npm ci": it refuses a lock file that lacks the optional packages of other platforms, and a
    // registry need not hold all of those. Versions come from the lock file all the same.
    run(npm, ["install", "--no-save", "--no-fund", "--no-audit"]);
  }
};

/** Compiles src/ to dist/ unless dist/ is newer, and makes `npx hyplab` find it. */
export const ensureBuilt = () => {
  const output = path.join(root, "dist", "cli", "main.js");
  const source = Math.max(
    newest(path.join(root, "src")),
    statSync(path.join(root, "tsconfig.build.json")).mtimeMs,
  );
  if (!existsSync(output) || statSync(output).mtimeMs < source) {
    rmSync(path.join(root, "dist"), { recursive: true, force: true });
    run(process.execPath, [
      path.join("node_modules", "typescript", "bin", "tsc"),
      "-p",
      "tsconfig.build.json",
    ]);
  }
  chmodSync(output, 0o755);
  // npx looks in node_modules/.bin; the package's own command is not put there by npm.
  const bin = path.join(root, "node_modules", ".bin");
  const link = path.join(bin, "hyplab");
  if (!existsSync(link)) {
    mkdirSync(bin, { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(path.join("..", "..", "dist", "cli", "main.js"), link);
  }
};
