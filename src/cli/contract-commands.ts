/** Commands of contracts and of what occupies HYP. */
import { Option } from "commander";
import { checkCommand } from "./check-command.js";
import { cases, type AddCommands } from "./command-line.js";
import { docsCommand } from "./docs-command.js";
import { jobsOption } from "./jobs-option.js";
import { mutateCommand } from "./mutate-command.js";
import { between, word } from "./numbers.js";
import { disasmCommand, listCommand, matrixCommand, stubCommand } from "./other-commands.js";
import { proveCommand } from "./prove-command.js";
import { sweepCommand, type SweepFlags } from "./sweep-command.js";

/** check, prove, mutate, matrix, docs, stub, disasm and list. */
export const addContractCommands: AddCommands = (program, end) => {
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
      async (
        targets: string[],
        flags: Parameters<typeof checkCommand>[1] & Partial<SweepFlags>,
      ) => {
        const { exhaustive } = flags;
        end(
          exhaustive === undefined
            ? await checkCommand(targets, flags)
            : await sweepCommand(targets, { ...flags, exhaustive }),
        );
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
      end(await proveCommand(target, flags));
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
      end(await mutateCommand(occupant, flags));
    });
  program
    .command("matrix")
    .description("every caller against every occupant, held against what was predicted")
    .argument("[occupant]", "one occupant's row")
    .option("--json <file>", "write the cells as JSON; - for standard output")
    .option("--all", "show every setup that ends differently")
    .action((occupant: string | undefined, flags: Parameters<typeof matrixCommand>[1]) => {
      end(matrixCommand(occupant, flags));
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
      end(await docsCommand(target, flags));
    });
  program
    .command("stub")
    .description("export the reference stub")
    .option("--emit <format>", "bin, asm, c or rust", "asm")
    .option("-o, --output <file>", "where to; - for standard output", "-")
    .option("--thumb", "T32 code")
    .action((flags: Parameters<typeof stubCommand>[0]) => {
      end(stubCommand(flags));
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
      end(await disasmCommand(target, flags));
    });
  program
    .command("list")
    .description(
      "list occupants, contracts, callers, clauses, regressions, unpredictable, instructions or registers",
    )
    .argument("[what]", "what to list", "occupants")
    .action((what: string) => {
      end(listCommand(what));
    });
};
