/** `hyplab boot` with bare-metal programs, as it is shipped. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { assemble } from "../isa/index.js";

const root = path.resolve(import.meta.dirname, "../..");
const main = path.join(root, "dist/cli/main.cjs");
let folder: string;

beforeAll(() => {
  execFileSync(process.execPath, [path.join(root, "scripts/build.mjs")], { stdio: "ignore" });
  folder = mkdtempSync(path.join(tmpdir(), "hyplab-boot-guests-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a flat program, where the boot loader puts it. */
const boot = (source: string, ...flags: string[]): { status: number | null; out: string } => {
  const file = path.join(folder, "guest.bin");
  writeFileSync(file, assemble(source, { base: 0x40010000 }).bytes);
  const { status, stdout } = spawnSync(
    process.execPath,
    [main, "boot", file, "--memory", "16", "--timeout-instructions", "10000", ...flags],
    { encoding: "utf8", input: "" },
  );
  return { status, out: stdout };
};

/** Asks for its command line, prints it and exits with 7. */
const CALLS = `
  mov r0, #0x15
  ldr r1, =line
  svc 0x123456
  mov r0, #4
  ldr r1, =0x40020000
  svc 0x123456
  mov r0, #0x20
  ldr r1, =exit
  svc 0x123456
  b .
.ltorg
line: .word 0x40020000, 100
exit: .word 0x20026, 7`;

test("a program's semihosting calls are answered when that is asked for, and its end is the command's", () => {
  const asked = boot(CALLS, "--semihosting", "--append", "guest -v");
  expect(asked).toEqual({ status: 1, out: "guest -v" });
  expect(boot(CALLS, "--append", "guest -v")).toEqual({ status: 3, out: "" });
});

/** Loads a word from an odd address with the MMU off and prints a byte of it. */
const UNALIGNED = `
  adr r1, word
  ldr r0, [r1, #1]
  ldr r1, =0x09000000
  str r0, [r1]
  ldr r0, =0x84000008
  smc #0
.ltorg
word: .byte 0, 0x41, 0x42, 0x43, 0x44
.align 4`;

test("what the architecture leaves open goes as on the reference board, or as on the CPU", () => {
  expect(boot(UNALIGNED)).toEqual({ status: 0, out: "A" });
  expect(boot(UNALIGNED, "--unpredictable", "cortex-a15")).toEqual({ status: 3, out: "" });
  expect(boot(UNALIGNED, "--unpredictable", "none").status).toBe(2);
});
