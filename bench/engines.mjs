// The engines side by side: a plain loop, a branchy one, and Debian's boot to the shell. CPU seconds of the
// whole process, V8's compiler threads among them: the machine may have other work.
import { Machine } from "../dist/machine/index.js";
import { assemble } from "../dist/isa/index.js";
import { MODE, SLOT, systemSlot } from "../dist/arch/index.js";
import {
  ImageError,
  loadBusybox,
  loadImage,
  makeInitramfs,
} from "../dist/images/index.js";
import { startImage, USUAL_ARGUMENTS } from "../dist/lab/index.js";

const ENGINES = ["interpreter", "auto"];
const PLAIN =
  "loop: add r0, r0, #1\nldr r2, [r1]\neor r3, r3, r2\nstr r3, [r1, #4]\nsubs r4, r4, #1\nbne loop\nstay: b stay";
const BRANCHY = `loop: add r0, r0, r3
tst r0, #4
beq skip
adds r3, r3, r0
adc r5, r5, #0
skip: bl function
eors r6, r6, r0, lsr #3
bmi negative
add r7, r7, #1
b next
negative: sub r7, r7, #3
next: subs r4, r4, #1
bne loop
stay: b stay
function: cmp r0, r7
addhi r3, r3, #5
ldr r2, [r1, #8]
add r2, r2, #1
str r2, [r1, #8]
bx lr`;

const cpuSeconds = (body) => {
  const before = process.cpuUsage();
  body();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};
/** A machine at the loop, with the short-descriptor MMU on. */
const loopMachine = (source, engine) => {
  const machine = new Machine({ ram: [{ base: 0x40000000, size: 0x400000 }], engine });
  machine.load(0x40008000, assemble(source, { base: 0x40008000 }).bytes);
  machine.memory.write32(0x40010000 + (0x40000000 >>> 20) * 4, 0x40000000 | 0x1c0e);
  const s = machine.cpu.state;
  s[systemSlot("TTBR0")] = 0x40010000;
  s[systemSlot("DACR")] = 1;
  s[systemSlot("SCTLR")] |= 1;
  machine.cpu.setCpsr(MODE.svc.encoding | 0x1c0);
  machine.cpu.flushTlb();
  machine.cpu.setRegister(1, 0x40020000);
  machine.cpu.setRegister(4, 0x7fffffff);
  s[SLOT.PC] = 0x40008000;
  return machine;
};

/** `show(what, unit, figures, digits)` prints a row; `repeat(body, rounds)` gives its figures. */
export const benchEngines = async ({ repeat, show }) => {
  for (const [what, source] of [
    ["plain loop", PLAIN],
    ["branchy loop with calls", BRANCHY],
  ]) {
    for (const engine of ENGINES) {
      const machine = loopMachine(source, engine);
      const body = () => {
        let ran = 0;
        const t = cpuSeconds(() => (ran = machine.run(40_000_000)));
        return ran / t / 1e6;
      };
      show(`${engine}, ${what}`, "MIPS", repeat(body));
    }
  }
  let image, ramDisk;
  try {
    image = await loadImage("debian:linux-image-armmp-lpae");
    ramDisk = makeInitramfs(await loadBusybox("debian"), { end: "shell", modules: [], prepare: [] });
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    console.log(`boots are left out: ${error.message}`);
    return;
  }
  for (const [what, payload, instructions] of [
    ["Debian's kernel to the shell", true, 300_000_000],
    ["Debian's zImage to the shell", false, 2_600_000_000],
  ]) {
    for (const engine of ENGINES) {
      const body = () => {
        const { session } = startImage(
          { cpus: 1, memory: 512 << 20, engine },
          { image, payload, ramDisk, bootArguments: USUAL_ARGUMENTS },
        );
        return cpuSeconds(() => session.machine.run(instructions));
      };
      show(`${engine}, ${what}`, "s CPU", repeat(body, payload ? 3 : 1), 1);
    }
  }
};
