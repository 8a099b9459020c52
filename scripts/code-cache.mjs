// Keeps V8's code for what commands use, beside the program that scripts/bundle.mjs made:
//   node scripts/code-cache.mjs FOLDER
// The program runs some commands first: V8 keeps what was compiled by then, and compiles what is not there when it
// is called. What the guests do here is what a kernel does, in small.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import v8 from "node:v8";

const folder = path.resolve(process.argv[2]);
const room = (file) => import(pathToFileURL(path.join(folder, file)).href);
const { compileProgram, evaluateProgram, keepCode } = await room("cli/load-program.js");
const { assemble } = await room("isa/index.js");
const { allowBranchHints } = await room("engines/wasm/branch-hints.js");

/** A flat program that says >, and answers a line with itself and the end. */
const GUEST = `
  ldr r6, =0x09000000
  mov r0, #0x3e
  str r0, [r6]
loop:
  ldr r0, [r6, #0x18]
  tst r0, #0x10
  bne loop
  ldr r0, [r6]
  and r0, r0, #0xff
  str r0, [r6]
  cmp r0, #10
  bne loop
  ldr r0, =0x84000008
  smc #0
`;
const scratch = mkdtempSync(path.join(os.tmpdir(), "hyplab-code-"));
const guest = path.join(scratch, "guest.bin");
const snapshot = path.join(scratch, "guest.snapshot");
writeFileSync(guest, assemble(GUEST, { base: 0x40010000, thumb: false }).bytes);

/** With the exit code that each has when all is well. */
const COMMANDS = [
  [0, "list", "instructions"],
  // Built-in occupants break promises.
  [1, "check", "--cases", "20"],
  [0, "boot", guest, "--memory", "16", "--until", ">", "--snapshot", snapshot],
  [3, "resume", snapshot, "--timeout-instructions", "1000000"],
];
// V8 forgets code that was not used for some time; all flags are as usual again when the code is kept, for they
// are part of what it is checked by.
v8.setFlagsFromString("--no-flush-bytecode");
const compiled = compileProgram(path.join(folder, "cli"));
try {
  const program = evaluateProgram(compiled);
  for (const [expected, ...command] of COMMANDS) {
    await program.run(command);
    if (process.exitCode !== expected)
      throw new Error(`hyplab ${command.join(" ")} ended with ${process.exitCode}`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
v8.setFlagsFromString("--flush-bytecode");
// Engines set this one.
allowBranchHints(false);
writeFileSync(
  path.join(folder, "cli", "program.cache"),
  keepCode(compiled.digest, compiled.script.createCachedData()),
);
process.exit(0);
