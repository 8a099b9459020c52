/**
 * Makes a list of accesses to the interrupt controller on QEMU's board, out of a bare-metal guest program in HYP
 * mode. CPUs take turns by the list. Besides accesses an entry may ask which interrupt requests a CPU sees.
 */
import { assemble } from "../../../isa/index.js";
import { FREE, runOnQemu } from "../../../isa/testing/bare-guest.js";

const SIZE = 0x0200_0000;
const PROGRAM = FREE;
const CONTROL = 0x4010_f000;
const ENTRIES = 0x4020_0000;
const ENTRY_BYTES = 16;
const RESULTS = 0x4180_0000;
/** Most entries of one list. */
export const MOST = 262_144;

/** Result of an access that a synchronous external abort answered. */
export const ABORTED = 0xabab_abab;
/** Result of `virtual` where a physical interrupt came between. */
export const INTERRUPTED = 0xbadb_adba;

/** What an entry does; the number is the program's. `requests`, `virtual`: ISR as HYP, as SVC sees it. */
export const KIND = { r4: 0, r2: 1, r1: 2, w4: 3, w2: 4, w1: 5, requests: 6, virtual: 7 } as const;
export type Kind = keyof typeof KIND;
export interface Access {
  readonly kind: Kind;
  readonly cpu: number;
  readonly address: number;
  /** Of writes. */
  readonly value: number;
}

/** r11 control block, r10 this CPU, r9 entries, r8 results; r0 index, r2 entry, r4 address, r5 value, r6 result. */
const SOURCE = `
.arm
vectors:
  b stop
  b aborted
  b aborted
  b aborted
  b aborted
  b done
  b interrupted
  b interrupted
aborted:
  ldr r6, =ABORTED
  b done
interrupted:
  ldr r6, =INTERRUPTED
  b done
start:
  mov r10, #0
  ldr r11, =CONTROL
  ldr r7, [r11, #8]
power:
  subs r7, r7, #1
  ble run
  ldr r0, =0x84000003
  mov r1, r7
  ldr r2, =second
  mov r3, r7
  smc #0
  b power
second:
  mov r10, r0
  ldr r11, =CONTROL
run:
  ldr r0, =vectors
  mcr p15, 4, r0, c12, c0, 0
  ldr r9, =ENTRIES
  ldr r8, =RESULTS
turn:
  wfe
loop:
  ldr r0, [r11]
  ldr r1, [r11, #4]
  cmp r0, r1
  bge stop
  add r2, r9, r0, lsl #4
  ldr r3, [r2]
  lsr r4, r3, #8
  cmp r4, r10
  bne turn
  dmb
  and r3, r3, #0xff
  ldr r4, [r2, #4]
  ldr r5, [r2, #8]
  mov r6, #0
  add r3, r3, r3
  ldr r7, =table
  add r7, r7, r3, lsl #2
  bx r7
table:
  ldr r6, [r4]
  b done
  ldrh r6, [r4]
  b done
  ldrb r6, [r4]
  b done
  str r5, [r4]
  b done
  strh r5, [r4]
  b done
  strb r5, [r4]
  b done
  mrc p15, 0, r6, c12, c1, 0
  b done
  b as_svc
  b done
as_svc:
  mov r7, #0x18
  mcr p15, 4, r7, c1, c1, 0
  isb
  ldr r7, =in_svc
  msr ELR_hyp, r7
  ldr r7, =0x1d3
  msr SPSR_fsxc, r7
  eret
in_svc:
  mrc p15, 0, r6, c12, c1, 0
  hvc #0
done:
  mov r7, #0
  mcr p15, 4, r7, c1, c1, 0
  isb
  ldr r0, [r11]
  str r6, [r8, r0, lsl #2]
  dmb
  add r0, r0, #1
  str r0, [r11]
  b loop
stop:
  cmp r10, #0
wait:
  bne wait
  ldr r0, =0x84000008
  smc #0
`;

/** Results of all entries on QEMU's Cortex-A15 with GICv2 and Virtualization Extensions. */
export const accessOnQemu = (accesses: readonly Access[], cpus: number): Uint32Array => {
  if (accesses.length > MOST) throw new RangeError(`${accesses.length} accesses; at most ${MOST}`);
  const program = assemble(SOURCE, {
    base: PROGRAM,
    symbols: { CONTROL, ENTRIES, RESULTS, ABORTED, INTERRUPTED },
  });
  const words = new Uint32Array((accesses.length * ENTRY_BYTES) / 4);
  accesses.forEach(({ kind, cpu, address, value }, i) =>
    words.set([KIND[kind] | (cpu << 8), address, value], i * 4),
  );
  const memory = runOnQemu(
    {
      pieces: [
        { at: PROGRAM, bytes: program.bytes },
        { at: ENTRIES, bytes: new Uint8Array(words.buffer) },
        { at: CONTROL, bytes: new Uint8Array(Uint32Array.of(0, accesses.length, cpus).buffer) },
      ],
      start: program.symbols.get("start")!,
      size: SIZE,
    },
    {
      seconds: 110,
      board: ",gic-version=2,highmem=off",
      // One thread for all CPUs, which WFE hands on: two that spin are slow on a busy host.
      more: ["-accel", "tcg,thread=single", "-smp", `${cpus}`],
    },
  );
  const wordsAt = (at: number, count: number): Uint32Array =>
    new Uint32Array(memory(at, count * 4).slice().buffer);
  const done = wordsAt(CONTROL, 1)[0];
  if (done !== accesses.length)
    throw new Error(`the guest made ${done} of ${accesses.length} accesses`);
  return wordsAt(RESULTS, accesses.length);
};
