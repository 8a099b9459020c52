// `npm start`: installs, builds and runs the main job on the built-in occupants.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { ensureBuilt, ensureInstalled, root } from "./setup.mjs";

ensureInstalled();
ensureBuilt();
const given = process.argv.slice(2);
const args = given.length > 0 ? given : ["matrix"];
const main = path.join(root, "dist", "cli", "main.js");
const { status } = spawnSync(process.execPath, [main, ...args], { stdio: "inherit" });
process.exitCode = status ?? 1;
