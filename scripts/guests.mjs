// `npm run guests [-- NAME...]`: guests that others wrote, each by the command that a user would type. Needs
// Debian's archive the first time; some minutes each.
import { spawn } from "node:child_process";
import path from "node:path";
import { ensureBuilt, ensureInstalled, root } from "./setup.mjs";

ensureInstalled();
ensureBuilt();
const main = path.join(root, "dist", "cli", "main.cjs");
const SHELL = String.raw`/ # `;
const OFF = [SHELL, "poweroff -f\n"];
/** The kernel's word on the mode of its CPUs. */
const HYP = "CPU: All CPU\\(s\\) started in HYP mode\\.";
const SVC = "CPU: All CPU\\(s\\) started in SVC mode\\.";
const XEN = [
  "debian:xen-hypervisor-4.17-armhf",
  "--dom0",
  "debian:linux-image-armmp-lpae",
  "--memory",
  "1024",
  "--append",
  "console=dtuart dtuart=/pl011@9000000 dom0_mem=512M noreboot=1",
];
const UBOOT = ["--bios", "debian:u-boot-qemu"];
/** In order: what the serial line has to say, and what is then typed. */
const UBOOT_STEPS = [
  ["Hit any key", "\n"],
  ["=> ", "version\n"],
  ["U-Boot 20[\\s\\S]*=> ", "echo $((1)) \n"],
  "=> ",
];

/** Name, arguments of `hyplab boot`, steps. A guest that ends by itself ends by `powered off`. */
const GUESTS = [
  ["u-boot in HYP", UBOOT, UBOOT_STEPS],
  ["u-boot in SVC", [...UBOOT, "--no-hyp"], UBOOT_STEPS],
  ["armmp, 1 CPU", ["debian:linux-image-armmp"], [HYP, OFF]],
  [
    "armmp, 2 CPUs",
    ["debian:linux-image-armmp", "--smp", "2"],
    ["SMP: Total of 2 processors", HYP, OFF],
  ],
  [
    "armmp-lpae, 4 CPUs, Cortex-A7",
    ["debian:linux-image-armmp-lpae", "--smp", "4", "--cpu", "cortex-a7"],
    ["SMP: Total of 4 processors", HYP, OFF],
  ],
  ["armmp-lpae, its own zImage", ["debian:linux-image-armmp-lpae", "--zimage"], [HYP, OFF]],
  [
    "armmp-lpae, its own zImage, 2 CPUs",
    ["debian:linux-image-armmp-lpae", "--zimage", "--smp", "2"],
    ["SMP: Total of 2 processors", HYP, OFF],
  ],
  [
    "armmp-lpae, its own zImage, 4 CPUs",
    ["debian:linux-image-armmp-lpae", "--zimage", "--smp", "4"],
    ["SMP: Total of 4 processors", HYP, OFF],
  ],
  [
    "armmp-lpae without HYP",
    ["debian:linux-image-armmp-lpae", "--smp", "2", "--no-hyp"],
    [SVC, OFF],
  ],
  [
    "armmp-lpae, modes mixed",
    ["debian:linux-image-armmp-lpae", "--smp", "2", "--boot-modes", "hyp,svc"],
    ["CPU\\(s\\) started in wrong/inconsistent modes \\(primary CPU mode 0x1a\\)", OFF],
  ],
  ["Xen 4.17, 1 CPU", XEN, ["Xen version 4\\.17", SVC, OFF, "Hardware Dom0 halted"]],
  [
    "Xen 4.17, 2 CPUs",
    [...XEN, "--smp", "2"],
    ["Brought up 2 CPUs", SVC, OFF, "Hardware Dom0 halted"],
  ],
  [
    "UEFI (EDK2) in SVC",
    ["--bios", "debian:qemu-efi-arm", "--no-hyp"],
    ["UEFI Interactive Shell", "Shell> "],
  ],
];

const MINUTES = 15;
// Of guests that wait for ever.
const LIMIT = "20_000_000_000";
/** Runs one; gives undefined, or what it waited for in vain. */
const play = (args, steps) =>
  new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [main, "boot", ...args, "--timeout-instructions", LIMIT],
      { cwd: root },
    );
    let text = "";
    let from = 0;
    let next = 0;
    const done = () => next >= steps.length;
    const timer = setTimeout(() => child.kill(), MINUTES * 60_000);
    const look = () => {
      for (; !done(); next++) {
        const [pattern, typed] = [steps[next]].flat();
        const found = new RegExp(pattern).exec(text.slice(from));
        if (found === null) return;
        from += found.index + found[0].length;
        if (typed !== undefined) child.stdin.write(typed);
      }
      // Firmware has no end of its own.
      if (!args.includes("--bios")) child.stdin.end();
      else child.kill();
    };
    // A guest that has ended reads no more.
    child.stdin.on("error", () => {});
    child.stdout.on("data", (bytes) => {
      text += bytes.toString("latin1");
      look();
    });
    let errors = "";
    child.stderr.on("data", (bytes) => (errors += bytes.toString("latin1")));
    child.on("close", (status) => {
      clearTimeout(timer);
      const end = /\nhyplab: (.*)/.exec(errors)?.[1] ?? errors.trim();
      const good = done() && (args.includes("--bios") || status === 0);
      const wanted = [steps[next] ?? "a good end"].flat()[0];
      resolve({ good, end, wanted, tail: text.slice(-800) });
    });
  });

const names = process.argv.slice(2);
const chosen = GUESTS.filter(
  ([name]) => names.length === 0 || names.some((wanted) => name.includes(wanted)),
);
if (chosen.length === 0) {
  console.error(`guests: no such guest; there are ${GUESTS.map(([name]) => name).join("; ")}`);
  process.exitCode = 2;
}
for (const [name, args, steps] of chosen) {
  const began = Date.now();
  const { good, end, wanted, tail } = await play(args, steps);
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  console.log(`${good ? "well  " : "FAILED"} ${name}, ${seconds} s: ${end}`);
  console.log(`       hyplab boot ${args.map((a) => (a.includes(" ") ? `'${a}'` : a)).join(" ")}`);
  if (good) continue;
  console.log(`       waited for ${wanted}; the last it said:\n${tail}`);
  process.exitCode = 1;
}
