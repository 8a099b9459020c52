/** The command line: parses, calls, prints one line for an error. No semantics here. */
import { writeSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { EXIT_CODE, EXIT_CODE_HELP, explain, explainDefect, suggestion } from "./errors.js";
import { PROGRAM } from "./identity.js";
import { between } from "./numbers.js";
import { checkTarget } from "./targets.js";
import { VERSION } from "./version.js";

/** Adds commands to the program; each tells `end` its exit code. */
export type AddCommands = (program: Command, end: (exitCode: number) => void) => void;

export const cases = between(1, 10_000_000);
export const cpus = between(1, 8);
/** For options that may be given several times. */
export const collect = (text: string, before: readonly string[]): readonly string[] => [
  ...before,
  text,
];

/** Commander puts its suggestion on a second line, in brackets. */
const oneLine = (text: string): string =>
  text
    .trim()
    .replace(/^error: /, "")
    .replace(/\n\(Did you mean (.*)\)$/, "; did you mean $1")
    .replaceAll("\n", " ");

/** A program without commands. */
const bareProgram = (): Command =>
  new Command("hyplab")
    .description(
      "A laboratory for the ABI between 32-bit ARM kernels and the occupants of HYP mode",
    )
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`hyplab: ${oneLine(text)}\n`),
    })
    .showSuggestionAfterError(true)
    .addHelpText("after", EXIT_CODE_HELP);

/** Options of any command that name a file to be written; -o is a folder but for these commands. */
const WRITTEN = ["json", "vmcore", "save", "output", "writeBaseline", "certificate"];
const OUTPUT_IS_FILE = ["initrd", "stub"];
/** Looks at the places that a command is to write to, before it does anything. Throws UsageError. */
const checkPlaces = (command: Command): void => {
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
};

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
 * The program of some commands: runs the command that `args` spell, the words behind the program's name, and sets the
 * process's exit code. `digest` is the program's.
 */
export const commandLine = (
  ...groups: readonly AddCommands[]
): ((args: readonly string[], digest?: string) => Promise<void>) => {
  let exitCode: number = EXIT_CODE.ok;
  const program = bareProgram();
  for (const add of groups)
    add(program, (code) => {
      exitCode = code;
    });
  program.on("command:*", ([name = ""]: string[]) => {
    const names = program.commands.map((c) => c.name());
    program.error(`no command is named "${name}"${suggestion(name, names)}`, {
      exitCode: EXIT_CODE.usage,
    });
  });
  program.hook("preAction", (_, command) => checkPlaces(command));

  return async (args, digest) => {
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
};
