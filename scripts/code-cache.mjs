// Keeps V8's code for what commands use, beside the programs that scripts/bundle.mjs made:
//   node scripts/code-cache.mjs FOLDER
// Each program runs some commands first: V8 keeps what was compiled by then, and compiles what is not there when it
// is called. The guest is usual-code.s.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import v8 from "node:v8";

const folder = path.resolve(process.argv[2]);
const room = (file) => import(pathToFileURL(path.join(folder, file)).href);
const { compileProgram, evaluateProgram, keepCode } = await room("cli/load-program.js");
const { assemble } = await room("isa/index.js");
const { allowBranchHints } = await room("engines/wasm/branch-hints.js");

const scratch = mkdtempSync(path.join(os.tmpdir(), "hyplab-code-"));
const guest = path.join(scratch, "guest.bin");
const snapshot = path.join(scratch, "guest.snapshot");
const code = readFileSync(path.join(import.meta.dirname, "usual-code.s"), "utf8");
writeFileSync(guest, assemble(code, { base: 0x40010000, thumb: false }).bytes);

/** Commands of a guest's life, each with the exit code that it has when all is well. */
const GUEST = [
  [0, "boot", guest, "--no-hyp", "--memory", "16", "--until", ">", "--snapshot", snapshot],
  [3, "resume", snapshot, "--timeout-instructions", "1000000"],
];
/** The others: built-in occupants break promises. */
const OTHERS = [
  [0, "list", "instructions"],
  [1, "check", "--cases", "20"],
];

/** Runs commands of a program, and keeps what V8 compiled. */
const keep = async (name, commands) => {
  // V8 forgets code that was not used for some time; all flags are as usual again when the code is kept, for they
  // are part of what it is checked by.
  v8.setFlagsFromString("--no-flush-bytecode");
  const compiled = compileProgram(path.join(folder, "cli"), name);
  const program = evaluateProgram(compiled);
  for (const [expected, ...command] of commands) {
    await program.run(command, compiled.digest);
    if (process.exitCode !== expected)
      throw new Error(`hyplab ${command.join(" ")} ended with ${process.exitCode}`);
  }
  v8.setFlagsFromString("--flush-bytecode");
  // Engines set this one.
  allowBranchHints(false);
  writeFileSync(
    path.join(folder, "cli", `${name}.cache`),
    keepCode(compiled.digest, compiled.script.createCachedData()),
  );
};
try {
  await keep("guest-program", GUEST);
  await keep("program", [...OTHERS, ...GUEST]);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(0);
