// `npm run boot-lockstep`: compiles and runs the comparison of a kernel's boot with QEMU.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { ensureInstalled, root, run } from "./setup.mjs";

ensureInstalled();
run(process.execPath, [
  path.join("node_modules", "typescript", "bin", "tsc"),
  "-p",
  "tsconfig.boot-lockstep.json",
]);
const main = path.join(root, ".cache", "boot-lockstep", "test", "boot-lockstep", "main.js");
const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
