// What a boot costs as RAM and CPUs grow.
import { ourBoot, theirBoot } from "./boots.mjs";
import { inTurns } from "./measure.mjs";

export const benchGrowth = async ({ rounds, quick, qemu, row, subject }) => {
  const measure = async (name, what, size) => {
    const boot = { payload: true, memory: 512, cpus: 1, ...size };
    const figures = await inTurns(
      [
        ...(qemu ? [["qemu", () => theirBoot(subject, boot)]] : []),
        ["auto", () => ourBoot(subject, { ...boot, engine: "auto" })],
      ],
      { rounds: Math.min(rounds, 3), warmUps: 0 },
    );
    const x = size.memory ?? size.cpus;
    row({ section: size.memory === undefined ? "cpus" : "ram", name, what, figures, x });
  };
  for (const memory of quick ? [128, 512] : [64, 128, 256, 512, 1024])
    await measure(`${memory} MiB`, `Debian's kernel to the shell in ${memory} MiB`, { memory });
  for (const cpus of quick ? [1, 2] : [1, 2, 4, 8])
    await measure(
      cpus === 1 ? "1 CPU" : `${cpus} CPUs`,
      `Debian's kernel to the shell on ${cpus} CPU(s)`,
      { cpus },
    );
};
