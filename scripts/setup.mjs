// Installs and builds when that is needed. Runs before anything is installed: Node's own modules only.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

/** Runs a command, its output shown unless `quiet` and well; throws one line when it fails. */
export const run = (command, args, { quiet = false } = {}) => {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
  });
  if (status === 0) return;
  if (quiet) process.stderr.write(`${stdout ?? ""}${stderr ?? ""}`);
  const why =
    error?.message ?? (status === null ? "was ended by a signal" : `ended with ${status}`);
  throw new Error(
    `hyplab: ${path.basename(command)} ${args.join(" ")} ${why}; see the lines above`,
  );
};

/** Latest change below a folder. Folders count too: removing a file changes nothing else. */
const newest = (directory) =>
  readdirSync(directory, { recursive: true }).reduce(
    (time, entry) => Math.max(time, statSync(path.join(directory, entry)).mtimeMs),
    statSync(directory).mtimeMs,
  );

/** Installs the locked dependencies unless they are there. */
export const ensureInstalled = () => {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Error(`hyplab needs Node 20.19 or later; this is ${process.versions.node}`);
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
    // With NODE_ENV=production npm would leave the compiler out.
    run(npm, ["install", "--no-save", "--include=dev", "--no-fund", "--no-audit"]);
  }
};

/** Compiles src/ to dist/ unless dist/ is newer, bundles the command line, and makes `npx hyplab` find it. */
export const ensureBuilt = () => {
  const dist = path.join(root, "dist");
  const output = path.join(dist, "cli", "main.cjs");
  // Written last: the compiler emits in spite of type errors, and a failed build is not to pass for one.
  const stamp = path.join(dist, ".built");
  const source = Math.max(
    newest(path.join(root, "src")),
    ...[
      "tsconfig.build.json",
      "scripts/bundle.mjs",
      "scripts/code-cache.mjs",
      "package-lock.json",
    ].map((file) => statSync(path.join(root, file)).mtimeMs),
  );
  const isFresh = () => existsSync(stamp) && statSync(stamp).mtimeMs >= source;
  if (!isFresh()) {
    const started = new Date();
    // To a folder of its own: several test files may build at once, and others run what is in dist/ meanwhile.
    const fresh = mkdtempSync(path.join(root, "dist-"));
    try {
      run(process.execPath, [
        path.join("node_modules", "typescript", "bin", "tsc"),
        "-p",
        "tsconfig.build.json",
        "--outDir",
        fresh,
      ]);
      run(process.execPath, [path.join("scripts", "bundle.mjs"), fresh]);
      run(process.execPath, [path.join("scripts", "code-cache.mjs"), fresh], { quiet: true });
      writeFileSync(path.join(fresh, ".built"), "");
      // What was edited while the compiler ran is compiled next time.
      utimesSync(path.join(fresh, ".built"), started, started);
      chmodSync(fresh, 0o755);
      if (!isFresh()) {
        rmSync(dist, { recursive: true, force: true });
        renameSync(fresh, dist);
      }
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  chmodSync(output, 0o755);
  // npx looks in node_modules/.bin; the package's own command is not put there by npm.
  const bin = path.join(root, "node_modules", ".bin");
  const link = path.join(bin, "hyplab");
  if (!existsSync(link)) {
    mkdirSync(bin, { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(path.join("..", "..", "dist", "cli", "main.cjs"), link);
  }
};

/** What `npm start` and `npm run build` begin with: one line and exit status 1 when it fails. */
export const prepare = () => {
  try {
    ensureInstalled();
    ensureBuilt();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
};
