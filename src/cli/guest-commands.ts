/**
 * Commands that start a guest and know nothing of contracts. `guest-program.ts` has them alone, which loads sooner than
 * the whole.
 */
import type { Command } from "commander";
import { MOST_MEMORY } from "../devices/index.js";
import { bootCommand } from "./boot-command.js";
import { cases, collect, cpus, type AddCommands } from "./command-line.js";
import { engineOptions } from "./engine-flags.js";
import { between, instructions, word } from "./numbers.js";
import { resumeCommand } from "./run-commands.js";

const memory = between(1, MOST_MEMORY / 0x10_0000);
const consoleOptions = (command: Command): Command =>
  engineOptions(command)
    .option("--statistics", "say at the end what compiled code did and what it called")
    .option("--serial <where>", "stdio, none, or a file for the serial line's output", "stdio")
    .option("--until <regex>", "end once the serial line's output matches")
    .option("--timeout-instructions <number>", "end after so many instructions", instructions)
    .option("--record <file>", "record the run for hyplab replay")
    .option("--snapshot <file>", "save the machine at the end for hyplab resume");

/** boot and resume. */
export const addGuestCommands: AddCommands = (program, end) => {
  consoleOptions(
    program
      .command("boot")
      .description("boot an image on a whole machine, its console on the terminal")
      .argument("[image]", "an image's path or debian:PACKAGE")
      .option(
        "--initrd <file>",
        "initial RAM disk; without it a Linux kernel gets busybox and a shell",
      )
      .option("--no-initrd", "no initial RAM disk")
      .option("--append <arguments>", "the kernel's arguments, instead of the usual ones")
      .option("--cpu <model>", "cortex-a15 or cortex-a7", "cortex-a15")
      .option("--smp <number>", "1 to 8 CPUs", cpus, 1)
      .option("--memory <MiB>", "RAM in MiB", memory, 512)
      .option(
        "--drive <file>",
        "a disk; what the guest writes is kept in memory alone",
        collect,
        [],
      )
      .option("--share <folder>", "a folder of the host, read-only unless :rw follows", collect, [])
      .option("--net", "a network that ends inside this program")
      .option("--dtb <file>", "a device tree instead of the board's own")
      .option("--no-hyp", "hide the Virtualization Extensions: the kernel starts in SVC mode")
      .option("--boot-modes <list>", "hyp or svc for each CPU: hyp,svc provokes a mismatch")
      .option("--bios <file>", "firmware to start at 0 instead of an image; debian:u-boot-qemu")
      .option("--zimage", "let a Linux zImage unpack itself")
      .option("--load-address <address>", "where a flat image goes", word)
      .option("--quantum <instructions>", "turn of each CPU", cases)
      .option("--interleave <seed>", "another order of the CPUs", word)
      .option(
        "--semihosting",
        "answer semihosting calls; --append is then the program's command line",
      )
      .option(
        "--unpredictable <choice>",
        "what the architecture leaves open: as reference-emulator, as cortex-a15, or stop by name",
        "reference-emulator",
      )
      .option("--no-reboot", "a guest's reset ends the run; else it starts again from its images")
      .option("--dom0 <image>", "the kernel that a hypervisor starts; --initrd is then its")
      .option("--dom0-append <arguments>", "that kernel's arguments"),
  ).action(async (image: string | undefined, flags: Parameters<typeof bootCommand>[1]) => {
    end(await bootCommand(image, flags));
  });
  consoleOptions(
    program
      .command("resume")
      .description("go on with a machine that hyplab boot --snapshot saved")
      .argument("<file>", "the snapshot"),
  ).action(async (file: string, flags: Parameters<typeof resumeCommand>[1]) => {
    end(await resumeCommand(file, flags));
  });
};
