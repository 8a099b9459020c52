// The CPU kernels, each in a process of its own, timed from the machine's first instruction.
import { KERNEL_MEMORY, KERNELS, kernelGuest } from "./kernel-guests.mjs";
import { inTurns } from "./measure.mjs";
import { onOurs } from "./ours.mjs";
import { onQemu } from "./qemu.mjs";
import { fileOf } from "./subjects.mjs";

const RESULT = /([0-9a-f]{8})\r?\n/;
/** The interpreter gets a share of the work; its times are scaled up. */
const INTERPRETED_SHARE = 10;

const scaled = (sample, factor) => ({
  ...sample,
  wall: sample.wall * factor,
  cpu: sample.cpu * factor,
});
const resultOf = ({ text }) => RESULT.exec(text)[1];

export const benchKernels = async ({ rounds, quick, qemu, row, note }) => {
  const share = quick ? 3 : 1;
  const machine = { memory: KERNEL_MEMORY };
  for (const { name, what, iterations } of KERNELS) {
    const times = Math.ceil(iterations / share);
    const few = Math.ceil(times / INTERPRETED_SHARE);
    const whole = fileOf(`${name}.elf`, kernelGuest(name, times));
    const part = fileOf(`${name}-part.elf`, kernelGuest(name, few));
    const empty = fileOf(`${name}-empty.elf`, kernelGuest(name, 0));
    const theirs = (file) => onQemu(machine, ["-kernel", file], { until: RESULT });
    const ours = (file, engine) =>
      onOurs({ kind: "elf", file, memory: KERNEL_MEMORY, engine }, { until: RESULT });
    const variants = [
      ["auto", () => ours(whole, "auto")],
      ["interpreter", async () => scaled(await ours(part, "interpreter"), times / few)],
    ];
    if (qemu) {
      variants.unshift([
        "qemu",
        async () => {
          // What QEMU takes to start does not count: the same kernel without a round of its loop.
          const [start, all] = [await theirs(empty), await theirs(whole)];
          return { ...all, wall: all.wall - start.wall, cpu: Math.max(all.cpu - start.cpu, 0.01) };
        },
      ]);
    }
    const figures = await inTurns(variants, { rounds, warmUps: quick ? 0 : 1 });
    if (qemu) {
      const [a, b] = [resultOf(figures.get("qemu").last), resultOf(figures.get("auto").last)];
      if (a !== b) note(`${name}: QEMU prints ${a}, we ${b}`);
    }
    row({ section: "kernels", name, what: `${what}, ${times} rounds`, figures });
  }
};
