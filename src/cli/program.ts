/** The command line: parses, calls, prints one line for an error. No semantics here. `main.ts` starts it. */
import { writeSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { MOST_MEMORY } from "../devices/index.js";
import { bootCommand } from "./boot-command.js";
import { checkCommand } from "./check-command.js";
import { docsCommand } from "./docs-command.js";
import { EXIT_CODE, EXIT_CODE_HELP, explain, explainDefect, suggestion } from "./errors.js";
import { engineOption, engineOptions } from "./engine-flags.js";
import { PROGRAM } from "./identity.js";
import { initrdCommand } from "./initrd-command.js";
import { lifeCommand } from "./life-command.js";
import { between, instructions, word } from "./numbers.js";
import { disasmCommand, listCommand, matrixCommand, stubCommand } from "./other-commands.js";
import { mutateCommand } from "./mutate-command.js";
import { proveCommand } from "./prove-command.js";
import { replayCommand } from "./replay-command.js";
import { resumeCommand } from "./run-commands.js";
import { sweepCommand, type SweepFlags } from "./sweep-command.js";
import { checkTarget } from "./targets.js";
import { VERSION } from "./version.js";

export { performer } from "./perform.js";

/** Commander asks for the parser of each option; what they count has bounds. */
const cases = between(1, 10_000_000);
const cpus = between(1, 8);
const memory = between(1, MOST_MEMORY / 0x10_0000);
const jobsOption = (): Option =>
  new Option(
    "--jobs <number>",
    "worker threads; one for each core where the work is worth it. The results are the same",
  ).argParser(between(1, 256));
const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];

/** Commander puts its suggestion on a second line, in brackets. */
const oneLine = (text: string): string =>
  text
    .trim()
    .replace(/^error: /, "")
    .replace(/\n\(Did you mean (.*)\)$/, "; did you mean $1")
    .replaceAll("\n", " ");

let exitCode: number = EXIT_CODE.ok;
const program = new Command("hyplab")
  .description("A laboratory for the ABI between 32-bit ARM kernels and the occupants of HYP mode")
  .version(VERSION)
  .exitOverride()
  .configureOutput({
    outputError: (text, write) => write(`hyplab: ${oneLine(text)}\n`),
  })
  .showSuggestionAfterError(true)
  .addHelpText("after", EXIT_CODE_HELP);

program
  .command("check")
  .description(
    "which promises of the HVC ABI an image or an occupant keeps; all built-in occupants when none is named",
  )
  .argument(
    "[targets...]",
    "an image's path, debian:PACKAGE, an occupant's id; or regressions, or regression-NAME",
  )
  .option("--json <file>", "write the results as JSON; - for standard output")
  .option("--seed <number>", "seed of the random cases", word)
  .option("--cases <number>", "cases for each call", cases)
  .option("--save <folder>", "save each violation as a file for hyplab replay")
  .option("--strict-docs", "fail when the documentation of its day promises more than it keeps")
  .option("--verbose", "show every clause")
  .addOption(jobsOption())
  .option("--baseline <file>", "fail only where a clause stands worse than in this file")
  .option("--write-baseline <file>", "write how every clause stands, for --baseline")
  .option("--exhaustive <register>", "ask every value of a register, r0 to r12, of one target")
  .option("--call <id>", "with --exhaustive: one call instead of all")
  .option("--from <number>", "with --exhaustive: the first value", word)
  .option("--to <number>", "with --exhaustive: the value behind the last", between(1, 2 ** 32))
  .option("--thumb", "with --exhaustive: an occupant and kernel of T32 code")
  .option("--hyp-mmu", "with --exhaustive: an occupant with the HYP MMU on")
  .action(
    async (targets: string[], flags: Parameters<typeof checkCommand>[1] & Partial<SweepFlags>) => {
      const { exhaustive } = flags;
      exitCode =
        exhaustive === undefined
          ? await checkCommand(targets, flags)
          : await sweepCommand(targets, { ...flags, exhaustive });
    },
  );
program
  .command("prove")
  .description(
    "every promise for every state, with what the proof assumes, or the case that breaks it",
  )
  .argument(
    "[target]",
    "an image's path, debian:PACKAGE or an occupant's id; all occupants when absent",
  )
  .option("--contract <id>", "one contract instead of the generation's and its documentation's")
  .option("--clause <id>", "one clause")
  .option(
    "--solver <command>",
    "an SMT-LIB solver such as z3 or cvc5, instead of the built-in ones",
  )
  .option("--agree", "ask the built-in ones too: answers that contradict stop everything")
  .option(
    "--certificate <file>",
    "keep the proof: every question and answer, and refutations from the built-in solver",
  )
  .option("--recheck <file>", "ask all that a kept proof asked again, and check its refutations")
  .option("--timeout <seconds>", "time limit of each question", cases)
  .addOption(
    new Option(
      "--tables <which>",
      "HYP translation: the tables as found, or any that map the occupant",
    )
      .choices(["as-found", "any"])
      .default("as-found"),
  )
  .option("--json <file>", "write the results as JSON; - for standard output")
  .option("--save <folder>", "save each violation as a file for hyplab replay")
  .option("--baseline <file>", "fail only where a clause stands worse than in this file")
  .option("--write-baseline <file>", "write how every clause stands, for --baseline")
  .option("--verbose", "show every clause, and a violation instruction by instruction")
  .action(async (target: string | undefined, flags: Parameters<typeof proveCommand>[1]) => {
    exitCode = await proveCommand(target, flags);
  });
program
  .command("mutate")
  .description("flip every bit of an occupant's code: is the contract strong enough to notice?")
  .argument("<occupant>", "an occupant's id")
  .option("--json <file>", "write every flip as JSON; - for standard output")
  .option(
    "--solver <command>",
    "an SMT-LIB solver such as z3 or cvc5, instead of the built-in ones",
  )
  .option("--cases <number>", "cases for each call", cases)
  .option("--seed <number>", "seed of the random cases", word)
  .option("--verbose", "show every flip")
  .action(async (occupant: string, flags: Parameters<typeof mutateCommand>[1]) => {
    exitCode = await mutateCommand(occupant, flags);
  });
program
  .command("matrix")
  .description("every caller against every occupant, held against what was predicted")
  .argument("[occupant]", "one occupant's row")
  .option("--json <file>", "write the cells as JSON; - for standard output")
  .option("--all", "show every setup that ends differently")
  .action((occupant: string | undefined, flags: Parameters<typeof matrixCommand>[1]) => {
    exitCode = matrixCommand(occupant, flags);
  });
engineOptions(
  program
    .command("replay")
    .description("a recorded run, a saved case instruction by instruction, or the story mail-2017")
    .argument("<file>", "a file of hyplab boot --record or of check --save, or mail-2017")
    .option("--to <instruction>", "how far to run a recorded run", instructions),
).action(async (what: string, flags: Parameters<typeof replayCommand>[1]) => {
  exitCode = await replayCommand(what, flags);
});
const consoleOptions = (command: Command): Command =>
  engineOptions(command)
    .option("--statistics", "say at the end what compiled code did and what it called")
    .option("--serial <where>", "stdio, none, or a file for the serial line's output", "stdio")
    .option("--until <regex>", "end once the serial line's output matches")
    .option("--timeout-instructions <number>", "end after so many instructions", instructions)
    .option("--record <file>", "record the run for hyplab replay")
    .option("--snapshot <file>", "save the machine at the end for hyplab resume");
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
    .option("--drive <file>", "a disk; what the guest writes is kept in memory alone", collect, [])
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
  exitCode = await bootCommand(image, flags);
});
consoleOptions(
  program
    .command("resume")
    .description("go on with a machine that hyplab boot --snapshot saved")
    .argument("<file>", "the snapshot"),
).action(async (file: string, flags: Parameters<typeof resumeCommand>[1]) => {
  exitCode = await resumeCommand(file, flags);
});
program
  .command("docs")
  .description("write the documentation with the evidence at every promise")
  .argument("[target]", "an image whose verdicts go in beside the occupants'")
  .requiredOption("-o, --output <folder>", "where to")
  .option("--no-proofs", "leave the prover out")
  .option("--mutation", "flip every bit of three occupants too: it takes a minute or two")
  .option("--scenarios", "play the kdump matrix on Debian's kernel too: it takes minutes")
  .addOption(jobsOption())
  .action(async (target: string | undefined, flags: Parameters<typeof docsCommand>[1]) => {
    exitCode = await docsCommand(target, flags);
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
    exitCode = await initrdCommand(flags);
  });
program
  .command("stub")
  .description("export the reference stub")
  .option("--emit <format>", "bin, asm, c or rust", "asm")
  .option("-o, --output <file>", "where to; - for standard output", "-")
  .option("--thumb", "T32 code")
  .action((flags: Parameters<typeof stubCommand>[0]) => {
    exitCode = stubCommand(flags);
  });
program
  .command("disasm")
  .description("disassemble a word in hexadecimal, an occupant or an image")
  .argument("<target>", "a word such as e1400070, an occupant's id, or a file")
  .option("--thumb", "T32")
  .option("--base <address>", "address of the first byte")
  .option("--start <offset>", "first byte to show")
  .option("--length <bytes>", "how many bytes to show")
  .action(async (target: string, flags: Parameters<typeof disasmCommand>[1]) => {
    exitCode = await disasmCommand(target, flags);
  });
program
  .command("list")
  .description(
    "list occupants, contracts, callers, clauses, regressions, unpredictable, instructions or registers",
  )
  .argument("[what]", "what to list", "occupants")
  .action((what: string) => {
    exitCode = listCommand(what);
  });
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
lifeOptions(
  program.command("kexec").description("boot, load a next kernel, kexec -e, second boot"),
).action(async (image: string | undefined, flags: Parameters<typeof lifeCommand>[2]) => {
  exitCode = await lifeCommand("kexec", image, flags);
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
  exitCode = await lifeCommand("kdump", image, flags);
});
program.on("command:*", ([name = ""]: string[]) => {
  const names = program.commands.map((c) => c.name());
  program.error(`no command is named "${name}"${suggestion(name, names)}`, {
    exitCode: EXIT_CODE.usage,
  });
});

/** Options of any command that name a file to be written; -o is a folder but for these commands. */
const WRITTEN = ["json", "vmcore", "save", "output", "writeBaseline", "certificate"];
const OUTPUT_IS_FILE = ["initrd", "stub"];
program.hook("preAction", (_, command) => {
  const flags: Readonly<Record<string, unknown>> = command.opts();
  for (const name of WRITTEN) {
    const place = flags[name];
    if (typeof place !== "string") continue;
    const file = name === "output" ? OUTPUT_IS_FILE.includes(command.name()) : name !== "save";
    checkTarget({
      option:
        name === "output" ? "-o" : name === "writeBaseline" ? "--write-baseline" : `--${name}`,
      path: place,
      kind: file ? "file" : "folder",
      dash: file && name !== "vmcore" && name !== "writeBaseline",
      regular: name === "vmcore",
    });
  }
});

/** One line, and the exit code that tells a defect of ours from a violation. */
const defect = (error: unknown): void => {
  const withStack =
    (process.env["HYPLAB_STACK"] ?? "") !== "" || process.argv.includes("--verbose");
  // Standard error may be what is broken: nothing is left then but the code.
  try {
    writeSync(2, explainDefect(error, withStack));
  } finally {
    process.exit(EXIT_CODE.defect);
  }
};

/**
 * Runs the command that `args` spell, the words behind the program's name, and sets the process's exit code.
 * `digest` is the program's.
 */
export const run = async (args: readonly string[], digest?: string): Promise<void> => {
  PROGRAM.digest = digest;
  process.on("uncaughtException", defect);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // The reader of a pipe went away: nothing is left to say.
    if (error.code === "EPIPE") process.exit(exitCode);
    throw error;
  });
  exitCode = EXIT_CODE.ok;
  try {
    if (args.length === 0) {
      program.outputHelp();
      exitCode = EXIT_CODE.usage;
    } else await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      exitCode = error.exitCode === 0 ? EXIT_CODE.ok : EXIT_CODE.usage;
    } else {
      const known = explain(error);
      if (known === undefined) return defect(error);
      process.stderr.write(`hyplab: ${known.line.replaceAll("\n", " ")}\n`);
      exitCode = known.exitCode;
    }
  }
  process.exitCode = exitCode;
};
