// `npm run lockstep`: compiles and runs the comparison with QEMU.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { ensureInstalled, root, run } from "./setup.mjs";

ensureInstalled();
run(process.execPath, [
  path.join("node_modules", "typescript", "bin", "tsc"),
  "-p",
  "tsconfig.lockstep.json",
]);
const main = path.join(root, ".cache", "lockstep", "test", "lockstep", "main.js");
const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
