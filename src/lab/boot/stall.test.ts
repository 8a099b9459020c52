import { expect, test } from "vitest";
import { loadImageBytes } from "../../images/index.js";
import { assemble } from "../../isa/index.js";
import { describeCpus, Session, startImage, virtOptionsOf, type RunEnd } from "./index.js";

const AT = 0x40010000;
const stalled = (source: string, cpus = 1): { end: RunEnd; words: string; session: Session } => {
  const { session } = startImage(
    virtOptionsOf({
      board: "virt",
      cpus,
      memory: 16 << 20,
      model: "cortex-a15",
      hyp: true,
      devices: [],
    }),
    {
      image: loadImageBytes(assemble(source, { base: AT, thumb: false }).bytes, "guest", {
        acceptRaw: true,
      }),
    },
  );
  const end = session.run(100_000);
  return { end, words: describeCpus(session).join("\n"), session };
};

test("a guest in WFI with interrupts masked and no timer waits for what nothing will bring", () => {
  const { end, words } = stalled("  cpsid aif\nloop:\n  wfi\n  b loop\n");
  expect(end).toMatchObject({ kind: "stopped", stop: { reason: "waiting" } });
  expect(words).toMatch(/CPU 0 waits in WFI in hyp mode at 0x4001000[48]: /);
  expect(words).toMatch(/no interrupt is up; CPSR masks A, I, F; no timer is on/);
});

test("a timer that is on but masked is named, for it wakes nobody", () => {
  const { end, words } = stalled(`
  mov r0, #0x100
  mcr p15, 0, r0, c14, c2, 0
  mov r0, #3
  mcr p15, 0, r0, c14, c2, 1
loop:
  wfi
  b loop
`);
  expect(end).toMatchObject({ kind: "stopped", stop: { reason: "waiting" } });
  expect(words).toMatch(/CNTP due .* but masked/);
});

test("a storm of aborts shows the address, the access and the fault, decoded", () => {
  // HYP's own vectors: the data abort's handler reads the address that aborts again.
  const { end, words, session } = stalled(`
  ldr r0, =vectors
  mcr p15, 4, r0, c12, c0, 0
  ldr r1, =0x20000000
again:
  ldr r2, [r1]
  b again
  .align 32
vectors:
  b vectors
  b vectors
  b vectors
  b vectors
  b again
  b vectors
  b vectors
  b vectors
`);
  expect(end.kind).toBe("budget");
  expect(session.exceptions.counts.get("dataAbort")).toBeGreaterThan(1000);
  expect(words).toMatch(/CPU 0 runs in hyp mode at /);
  expect(words).toMatch(
    /last exception, \d+ instructions ago: to HYP mode: .*[Dd]ata [Aa]bort.* at 0x20000000, with return address 0x400100/,
  );
  expect(words).toMatch(/synchronous external abort/i);
});

test("a jump to nowhere in HYP mode shows the address that was fetched, and where the CPU is now", () => {
  const { words } = stalled(`
  ldr r0, =vectors
  mcr p15, 4, r0, c12, c0, 0
  ldr r1, =0x20000000
  bx r1
  .align 32
vectors:
  b vectors
  b vectors
  b vectors
  b prefetch
prefetch:
  b prefetch
`);
  expect(words).toMatch(/CPU 0 runs in hyp mode at 0x400100[0-9a-f]{2}: b /);
  expect(words).toMatch(/to HYP mode: .*[Pp]refetch [Aa]bort.* at 0x20000000/);
});

test("a jump to nowhere without vectors says that no code can be read there, or where it ended", () => {
  const { words } = stalled("  ldr r1, =0x20000000\n  bx r1\n");
  expect(words).toMatch(/CPU 0 runs in hyp mode at 0x0000000c/);
  expect(words).toMatch(/last exception, .*to HYP mode: .*at 0x/);
});

test("each CPU is told of: one that waits, one that is off", () => {
  const { words } = stalled("loop:\n  wfi\n  b loop\n", 2);
  expect(words).toMatch(/CPU 0 waits in WFI/);
  expect(words).toMatch(/CPU 1 is powered off/);
});
