import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSerial } from "../devices/testing/read-serial.js";
import { assemble } from "../isa/index.js";

const root = path.resolve(import.meta.dirname, "../..");
const main = path.join(root, "dist/cli/main.cjs");
let folder: string;

/** Prints "hi", then echoes; a q powers off, a w waits for ever, a u is Undefined and then waits. */
const GUEST = `
  mrs r0, cpsr
  and r0, r0, #0x1f
  cmp r0, #0x1a
  ldr r0, =vectors
  bne serial
  mcr p15, 4, r0, c12, c0, 0
serial:
  ldr r6, =0x09000000
  mov r0, #0x68
  str r0, [r6]
  mov r0, #0x69
  str r0, [r6]
${readSerial("loop")}  str r0, [r6]
  cmp r0, #0x77
  beq wait
  cmp r0, #0x75
  beq undefined
  cmp r0, #0x71
  bne loop
  ldr r0, =0x84000008
  smc #0
wait:
  wfi
  b wait
undefined:
  udf #0
.align 32
vectors:
  b wait
  b wait
`;

beforeAll(() => {
  execFileSync(process.execPath, [path.join(root, "scripts/build.mjs")], { stdio: "ignore" });
  folder = mkdtempSync(path.join(os.tmpdir(), "hyplab-boot-"));
  writeFileSync(at("guest"), assemble(GUEST, { base: 0x40010000, thumb: false }).bytes);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => path.join(folder, name);
const hyplab = (
  input: string,
  ...args: string[]
): { status: number | null; out: string; err: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    input,
    timeout: 60_000,
  });
  return { status, out: stdout, err: stderr };
};

test("a guest that powers off ends with 0, its output on standard output alone", () => {
  const { status, out, err } = hyplab("abq", "boot", at("guest"), "--memory", "16");
  expect(out).toBe("hiabq");
  expect(err).toMatch(/powered off, after \d+ instructions/);
  expect(status).toBe(0);
});

test("--until ends with 0 at what was waited for; a budget that is used up ends with 3", () => {
  const found = hyplab("", "boot", at("guest"), "--memory", "16", "--until", "h");
  expect([found.status, found.out]).toEqual([0, "h"]);
  const spent = hyplab(
    "",
    "boot",
    at("guest"),
    "--memory",
    "16",
    "--timeout-instructions",
    "1000000",
  );
  expect(spent.status).toBe(3);
  expect(spent.err).toMatch(/CPU 0 runs in hyp mode at 0x4001/);
});

test("a guest that hangs ends with 3, and with what it waits for and the last exception", () => {
  const waits = hyplab("w", "boot", at("guest"), "--memory", "16");
  expect(waits.status).toBe(3);
  expect(waits.err).toMatch(/waits for what nothing will bring/);
  expect(waits.err).toMatch(/CPU 0 waits in WFI in hyp mode.*\n.*no interrupt is up/);
  const dead = hyplab("u", "boot", at("guest"), "--memory", "16");
  expect(dead.status).toBe(3);
  expect(dead.err).toMatch(/last exception.*to HYP mode: /);
});

test("--no-hyp starts in SVC", () => {
  const { err } = hyplab("w", "boot", at("guest"), "--memory", "16", "--no-hyp");
  expect(err).toMatch(/CPU 0 waits in WFI in svc mode/);
});

test("a recorded run replays to the same states, and a snapshot goes on", () => {
  const recorded = hyplab(
    "xyz",
    "boot",
    at("guest"),
    ...["--memory", "16", "--until", "z", "--record", at("run"), "--snapshot", at("snap")],
  );
  expect(recorded.status).toBe(0);
  const replayed = hyplab("", "replay", at("run"));
  expect(replayed.out).toMatch(/^hixyz\n[\s\S]*recorded states agree/);
  expect(replayed.status).toBe(0);
  const part = hyplab("", "replay", at("run"), "--to", "4");
  expect(part.out).toMatch(/4 instructions/);
  const resumed = hyplab("q", "resume", at("snap"));
  expect([resumed.status, resumed.out]).toEqual([0, "q"]);
  expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("damaged files and senseless flags end with 2 and one line", () => {
  writeFileSync(at("bad"), readFileSync(at("snap")).subarray(0, -7));
  const cases = [
    ["resume", at("bad")],
    ["resume", at("guest")],
    ["boot"],
    ["boot", at("guest"), "--bios", at("guest")],
    ["boot", at("guest"), "--cpu", "cortex-a8"],
    ["boot", at("guest"), "--until", "("],
    ["boot", at("guest"), "--smp", "9"],
    ["boot", at("guest"), "--boot-modes", "hyp,mon", "--smp", "2"],
    ["boot", at("guest"), "--drive", at("absent")],
    ["kdump", "--panic", "nonsense"],
    ["kdump", "--panic", "other-cpu"],
    ["kdump", "--occupant", "kvm-k9"],
    ["kexec", "--hyp-mmu"],
    ["initrd", "-o", at("i"), "--file", "nothing"],
  ];
  for (const args of cases) {
    const { status, err } = hyplab("", ...args);
    expect([args.join(" "), status]).toEqual([args.join(" "), 2]);
    expect(err.trimEnd().split("\n"), args.join(" ")).toHaveLength(1);
  }
});
