/** Commands of recorded runs and of kernels that start kernels. */
import type { Command } from "commander";
import { collect, cpus, type AddCommands } from "./command-line.js";
import { engineOption, engineOptions } from "./engine-flags.js";
import { initrdCommand } from "./initrd-command.js";
import { jobsOption } from "./jobs-option.js";
import { lifeCommand } from "./life-command.js";
import { instructions } from "./numbers.js";
import { replayCommand } from "./replay-command.js";

const lifeOptions = (command: Command): Command =>
  command
    .argument("[image]", "a Linux zImage; debian:linux-image-armmp-lpae when none is named")
    .option("--occupant <id>", "what the laboratory puts over the running kernel's stub")
    .option("--hyp-mmu", "with the HYP MMU on under the occupant")
    .option("--proposal", "make the kernel's call the one proposed in January 2017")
    .option("--smp <number>", "1 to 8 CPUs", cpus, 1)
    .addOption(engineOption())
    .option("--cpu <model>", "cortex-a15 or cortex-a7", "cortex-a15")
    .option("--zimage", "let both kernels unpack themselves: 4000 million instructions more")
    .option("--timeline", "show what happened when")
    .option("--quiet", "do not show the serial line")
    .option("--json <file>", "write the results as JSON; - for standard output")
    .option("-o, --output <folder>", "write the scenarios as pages");

/** replay, initrd, kexec and kdump. */
export const addLifeCommands: AddCommands = (program, end) => {
  engineOptions(
    program
      .command("replay")
      .description(
        "a recorded run, a saved case instruction by instruction, or the story mail-2017",
      )
      .argument("<file>", "a file of hyplab boot --record or of check --save, or mail-2017")
      .option("--to <instruction>", "how far to run a recorded run", instructions),
  ).action(async (what: string, flags: Parameters<typeof replayCommand>[1]) => {
    end(await replayCommand(what, flags));
  });
  program
    .command("initrd")
    .description("make an initramfs with busybox, without root")
    .requiredOption("-o, --output <file>", "where to; - for standard output")
    .option("--busybox <which>", "debian, or the path of a static busybox or of its .deb", "debian")
    .option("--file <guest=host>", "a file or folder to take along; may be repeated", collect, [])
    .option("--package <spec>", "debian:NAME or a .deb, with the libraries it needs", collect, [])
    .option("--run <commands>", "shell commands that /init runs")
    .option("--module <name>", "a kernel module to load first, with those it needs", collect, [])
    .option(
      "--kernel <package>",
      "the Debian kernel that modules are taken from",
      "debian:linux-image-armmp-lpae",
    )
    .option("--then <end>", "shell, poweroff or sleep; poweroff after --run, else shell")
    .action(async (flags: Parameters<typeof initrdCommand>[0]) => {
      end(await initrdCommand(flags));
    });
  lifeOptions(
    program.command("kexec").description("boot, load a next kernel, kexec -e, second boot"),
  ).action(async (image: string | undefined, flags: Parameters<typeof lifeCommand>[2]) => {
    end(await lifeCommand("kexec", image, flags));
  });
  lifeOptions(
    program
      .command("kdump")
      .description("boot, load a crash kernel, panic, second boot, read the old memory back")
      .option("--panic <kind>", "sysrq-c, null-call, interrupt or other-cpu")
      .option("--vmcore <file>", "save /proc/vmcore")
      .option("--matrix", "every occupant, panic, number of CPUs, HYP MMU on and off")
      .addOption(jobsOption()),
  ).action(async (image: string | undefined, flags: Parameters<typeof lifeCommand>[2]) => {
    end(await lifeCommand("kdump", image, flags));
  });
};
