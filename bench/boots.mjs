// Debian's kernel from the command to the shell's prompt: the kernel itself, and the zImage that unpacks itself.
import { inTurns } from "./measure.mjs";
import { onCommand } from "./ours.mjs";
import { onQemu } from "./qemu.mjs";
import { PROMPT, rawPieces } from "./subjects.mjs";
import { USUAL_ARGUMENTS } from "../dist/lab/index.js";

const UNTIL = new RegExp(PROMPT);

/** One boot of ours to the prompt, by the command. */
export const ourBoot = ({ zImage, raw, initrd }, { payload, memory, cpus, engine }) =>
  onCommand(
    [
      ...["boot", ...(payload ? [raw] : [zImage, "--zimage"]), "--initrd", initrd],
      ...["--append", USUAL_ARGUMENTS, "--memory", String(memory), "--smp", String(cpus)],
      ...["--engine", engine],
    ],
    { until: UNTIL },
  );
/** The same on QEMU. */
export const theirBoot = (subject, { payload, memory, cpus }) => {
  const { zImage, initrd } = subject;
  const given = payload
    ? rawPieces(subject, memory, cpus)
    : ["-kernel", zImage, "-initrd", initrd, "-append", USUAL_ARGUMENTS];
  return onQemu({ memory, cpus }, given, { until: UNTIL });
};

export const benchBoots = async ({ rounds, quick, qemu, row, subject }) => {
  for (const [name, payload] of [
    ["raw", true],
    ["zImage", false],
  ]) {
    if (quick && !payload) continue;
    const boot = { payload, memory: 512, cpus: 1 };
    const variants = [
      ...(qemu ? [["qemu", () => theirBoot(subject, boot)]] : []),
      ["auto", () => ourBoot(subject, { ...boot, engine: "auto" })],
      ["interpreter", () => ourBoot(subject, { ...boot, engine: "interpreter" })],
    ];
    const figures = await inTurns(variants, {
      rounds: payload ? rounds : Math.min(rounds, 3),
      warmUps: quick ? 0 : 1,
    });
    row({
      section: "boots",
      name,
      what: payload ? "Debian's kernel to the shell" : "Debian's zImage to the shell",
      figures,
    });
  }
};
