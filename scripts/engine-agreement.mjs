// `npm run engine-agreement [-- CPUS]`: a plain loop of 100 million instructions, and the whole boot of Debian's raw
// kernel to the shell, on the interpreter, compiled, and compiled with every optimisation off. Prints the state's
// hash at some instruction counts; status 1 where two engines differ, 2 where the boot cannot be had.
import { prepare } from "./setup.mjs";

const [cpus = "1", ...rest] = process.argv.slice(2);
if (!/^[1-8]$/.test(cpus) || rest.length > 0) {
  console.error("engine-agreement: expected nothing or a number of CPUs from 1 to 8");
  process.exit(2);
}
prepare();
const { MODE, SLOT } = await import("../dist/arch/index.js");
const { ImageError, loadBusybox, loadImage, makeInitramfs } =
  await import("../dist/images/index.js");
const { assemble } = await import("../dist/isa/index.js");
const { startImage, USUAL_ARGUMENTS } = await import("../dist/lab/index.js");
const { Machine } = await import("../dist/machine/index.js");

/** What runs, as MachineOptions have it. The first one is what the others are compared with. */
const ENGINES = {
  interpreter: { engine: "interpreter" },
  auto: { engine: "auto" },
  wasm: { engine: "wasm" },
  "wasm unoptimised": { engine: "wasm", optimisations: new Set() },
};

const LOOP = `loop: adds r0, r0, r3
  adc r5, r5, #0
  tst r0, #4
  addne r3, r3, r0
  bl function
  eors r6, r6, r0, ror #3
  submi r7, r7, #3
  subs r4, r4, #1
  bne loop
stay: b stay
function: ldr r2, [r1, #8]
  add r2, r2, r3
  str r2, [r1, #8]
  bx lr`;
const LOOP_POINTS = [1, 1_000_003, 10_000_019, 33_333_333, 66_666_667, 100_000_000];
const runLoop = (options) => {
  const base = 0x40000000;
  const machine = new Machine({ ram: [{ base, size: 1 << 20 }], ...options });
  machine.load(base, assemble(LOOP, { base }).bytes);
  const { cpu } = machine;
  cpu.setCpsr(MODE.svc.encoding | 0x1c0);
  cpu.setRegister(1, base + 0x8000);
  cpu.setRegister(3, 0x9e3779b9 | 0);
  cpu.setRegister(4, 0x7fffffff);
  cpu.state[SLOT.PC] = base;
  const points = LOOP_POINTS.map((at) => {
    machine.run(at - machine.instructions);
    return { at: machine.instructions, hash: machine.stateHash() };
  });
  return { points, why: machine.stopped?.what };
};

/** Instructions between two hashes of a boot: no multiple of a quantum or of what compiled code runs at once. */
const STEP = 25_000_003;
/** A boot that has no shell by then never will. */
const MOST_STEPS = 40;
const runBoot = (made) => (options) => {
  const { session } = startImage({ cpus: Number(cpus), memory: 512 << 20, ...options }, made);
  const { machine } = session;
  const points = [];
  let end = { kind: "budget" };
  while (end.kind === "budget" && points.length < MOST_STEPS) {
    end = session.run(STEP, /\/ # $/, 0);
    points.push({ at: machine.instructions, hash: machine.stateHash() });
  }
  const why = end.kind === "found" ? undefined : `no shell: ${end.stop?.what ?? end.kind}`;
  return { points, why };
};

/** Runs something on each engine and prints the table. Gives how much is not as it should be. */
const compare = (what, body) => {
  const runs = Object.entries(ENGINES).map(([name, options]) => {
    const before = process.cpuUsage();
    const { points, why } = body(options);
    const { user, system } = process.cpuUsage(before);
    return { name, points, why, seconds: (user + system) / 1e6 };
  });
  const [one, ...others] = runs;
  const row = (first, cells) =>
    console.log(first.padStart(14), ...cells.map((cell) => `  ${cell.padEnd(17)}`));
  console.log(`\n${what}: state after so many instructions`);
  row(
    "instructions",
    runs.map(({ name }) => name),
  );
  let differ = 0;
  const most = Math.max(...runs.map(({ points }) => points.length));
  for (let i = 0; i < most; i++) {
    const wanted = one.points[i];
    const cells = others.map(({ points }) => {
      const found = points[i];
      if (found?.hash === wanted?.hash && found?.at === wanted?.at) return "=";
      differ++;
      return found === undefined
        ? "ENDED"
        : `${found.hash} ${found.at === wanted?.at ? "!" : `! at ${found.at}`}`;
    });
    row(String(wanted?.at ?? "ended"), [wanted?.hash ?? "ENDED", ...cells]);
  }
  row(
    "CPU seconds",
    runs.map(({ seconds }) => seconds.toFixed(1)),
  );
  for (const { name, why } of runs) {
    if (why === undefined) continue;
    console.log(`${name}: ${why}`);
    differ++;
  }
  return differ;
};

console.log(`Node ${process.version}`);
let differ = compare("A loop of 100 million instructions", runLoop);
try {
  const image = await loadImage("debian:linux-image-armmp-lpae");
  const ramDisk = makeInitramfs(await loadBusybox("debian"), { end: "shell", modules: [] });
  const made = { image, payload: true, ramDisk, bootArguments: USUAL_ARGUMENTS };
  differ += compare(
    `Debian's raw kernel to the shell, ${cpus} CPU${cpus === "1" ? "" : "s"}`,
    runBoot(made),
  );
} catch (error) {
  if (!(error instanceof ImageError)) throw error;
  console.error(`engine-agreement: the boot is not compared: ${error.message}`);
  process.exitCode = 2;
}
if (differ > 0) {
  console.error(`engine-agreement: ${differ} differences`);
  process.exitCode = 1;
} else if (process.exitCode === undefined) console.log("\nall states are equal");
