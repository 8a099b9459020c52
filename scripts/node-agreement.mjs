// `npm run node-agreement -- RUN [VERSION]`: replays a recorded run (hyplab boot --record) on another version of
// Node, 22 when none is named, and compares the state's hash with that on this one at several instructions.
// The other Node comes from the registry's package `node` into a folder of its own that is removed again.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { prepare, root } from "./setup.mjs";

const POINTS = 4;
const fail = (why) => {
  console.error(`node-agreement: ${why}`);
  process.exit(2);
};
const [file, version = "22"] = process.argv.slice(2);
if (file === undefined || !/^\d+(\.\d+)*$/.test(version))
  fail("expected a recorded run and a version; hyplab boot IMAGE --record RUN makes a run");
prepare();

/** What a replay says at its end: how far it got and the state's hash. */
const replay = (node, to) => {
  const { stdout, stderr, error } = spawnSync(
    node,
    [
      path.join(root, "dist/cli/main.cjs"),
      "replay",
      file,
      ...(to === undefined ? [] : ["--to", to]),
    ],
    { encoding: "latin1", maxBuffer: 2 ** 30 },
  );
  if (error !== undefined) fail(error.message);
  const found = /^(\d+) instructions, .*, state ([0-9a-f]+)/m.exec(stdout);
  if (found === null) fail(`replay said: ${(stderr || stdout).trim().split("\n").at(-1)}`);
  return { at: Number(found[1]), hash: found[2] };
};

const folder = mkdtempSync(path.join(os.tmpdir(), "hyplab-node-"));
let differs = 0;
try {
  writeFileSync(path.join(folder, "package.json"), '{ "private": true }\n');
  const install = spawnSync("npm", ["install", "--no-fund", "--no-audit", `node@${version}`], {
    cwd: folder,
    encoding: "utf8",
  });
  const other = path.join(folder, "node_modules", ".bin", "node");
  const { stdout, status } = spawnSync(other, ["--version"], { encoding: "utf8" });
  if (install.status !== 0 || status !== 0) {
    const last = (install.stderr ?? "").trim().split("\n").at(-1);
    throw new Error(`node@${version} cannot be installed here: ${last}`);
  }
  console.log(`Node ${process.version} and ${stdout.trim()}`);
  const { at: end } = replay(process.execPath);
  for (let n = 1; n <= POINTS; n++) {
    const to = n === POINTS ? undefined : String(Math.max(1, Math.floor((end * n) / POINTS)));
    const [here, there] = [replay(process.execPath, to), replay(other, to)];
    const same = here.at === there.at && here.hash === there.hash;
    if (!same) differs++;
    console.log(
      `${here.at} instructions: ${here.hash} ${same ? "=" : "DIFFERS FROM"} ${there.hash}`,
    );
  }
} catch (error) {
  console.error(`node-agreement: ${error.message}`);
  process.exitCode = 2;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (differs > 0) process.exitCode = 1;
