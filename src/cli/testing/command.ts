/** The command as it is shipped, for tests: built, run, and its small guests. */
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { assemble } from "../../isa/index.js";

const root = path.resolve(import.meta.dirname, "../../..");
export const MAIN = path.join(root, "dist/cli/main.cjs");

/** Builds the command; quick when nothing changed. Call it in `beforeAll`. */
export const buildCommand = (): void => {
  execFileSync(process.execPath, [path.join(root, "scripts/build.mjs")], { stdio: "ignore" });
};

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}
export const hyplabIn = (folder: string | undefined, ...args: string[]): Ended => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: "utf8",
    cwd: folder,
    input: "",
    timeout: 60_000,
  });
  return { status, out: stdout, err: stderr };
};
export const hyplab = (...args: string[]): Ended => hyplabIn(undefined, ...args);

/** One line on standard error, no stack trace, nothing on standard output. */
export const expectOneLine = (r: Pick<Ended, "out" | "err">, what?: string): void => {
  expect(r.err.trimEnd().split("\n"), `${what}: ${r.err}`).toHaveLength(1);
  expect(r.err, what).toMatch(/^hyplab: \S/);
  expect(r.err, what).not.toMatch(/\bat .*:\d+:\d+/);
  expect(r.out, what).toBe("");
};

/** Where a flat program is put. */
const FLAT_AT = 0x40010000;

/** Programs that start in HYP mode; the serial line is a PL011 at 0x09000000. */
export const GUESTS = {
  spin: "loop:\n  add r4, r4, #1\n  b loop\n",
  off: "  ldr r0, =0x84000008\n  smc #0\n",
  /**
   * Says how often it has begun, which it keeps in memory; spoils its first instruction; resets the machine, and
   * switches it off the third time.
   */
  resets: `
begin:
  ldr r6, =0x09000000
  ldr r5, =0x40800000
  ldr r4, [r5]
  add r4, r4, #1
  str r4, [r5]
  add r0, r4, #0x30
  str r0, [r6]
  adr r1, begin
  mvn r2, #0
  str r2, [r1]
  mov r3, #0x40000
wait:
  subs r3, r3, #1
  bne wait
  cmp r4, #3
  ldrne r0, =0x84000009
  ldreq r0, =0x84000008
  smc #0
`,
  /** Prints a dot for ever, and writes to its memory. */
  dots: `
  ldr r6, =0x09000000
  ldr r5, =0x40100000
  mov r0, #0x2e
loop:
  str r0, [r6]
  str r5, [r5], #4
  mov r4, #0x100
more:
  subs r4, r4, #1
  bne more
  b loop
`,
  /** Says >, sends back what is typed: 3 (Ctrl-C) as C, q as q and the end. */
  echo: `
  ldr r6, =0x09000000
  mov r0, #0x3e
  str r0, [r6]
loop:
  ldr r0, [r6, #0x18]
  tst r0, #0x10
  bne loop
  ldr r0, [r6]
  and r0, r0, #0xff
  cmp r0, #3
  moveq r0, #0x43
  str r0, [r6]
  cmp r0, #0x71
  bne loop
  ldr r0, =0x84000008
  smc #0
`,
} as const;

/** Writes a guest to a file of its name. */
export const writeGuest = (folder: string, name: keyof typeof GUESTS): string => {
  const file = path.join(folder, `${name}.bin`);
  writeFileSync(file, assemble(GUESTS[name], { base: FLAT_AT, thumb: false }).bytes);
  return file;
};
