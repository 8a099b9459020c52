/**
 * The program is one file of CommonJS, `program.cjs`, that scripts/bundle.mjs makes of `program.ts` and all that it
 * imports. Compiling its two megabytes takes longer than most commands do, so V8's code for what commands use
 * lies beside it in `program.cache`, which scripts/code-cache.mjs makes: the digest that the program ends with, the
 * CRC-32 of what follows, and what V8 gave. V8 refuses code of another version or of other flags, but trusts the rest;
 * what is of another program or damaged is not handed to it. The program is compiled as usual then.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";

/** What `program.ts` exports. */
export interface Program {
  /** Runs the command that words spell, and sets the process's exit code. `digest` tells it which program it is. */
  run(args: readonly string[], digest?: string): Promise<void>;
  /** A worker's function for jobs, from what it was made with; `program` alone has it. */
  performer(basis: unknown): (job: unknown) => unknown;
}

/** The last line of the program: what its text before that line hashes to. */
const DIGEST_LINE = "// sha256 ";
const DIGEST = 64;
/** What stacks call it. Kept code keeps the name that it was compiled under, wherever the program lies later. */
const PLACE = "hyplab/dist/cli/";
const BEFORE = "(function (exports, require, module, __filename, __dirname) {";

/** Digits of a check. */
const CHECK = 8;
const checkOf = (code: Uint8Array): string => crc32(code).toString(16).padStart(CHECK, "0");

/** The file of V8's code for the program of a digest. */
export const keepCode = (program: string, code: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(program + checkOf(code), "latin1"), code]);

/** V8's code in a file that `keepCode` made of this very program, or undefined. */
const codeFor = (file: string, program: string): Buffer | undefined => {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    // Without it the program is only slower.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const code = bytes.subarray(DIGEST + CHECK);
  const head = bytes.toString("latin1", 0, DIGEST + CHECK);
  return head === program + checkOf(code) ? code : undefined;
};

/** Which of the programs: the commands that start a guest have a smaller one of their own. */
export type ProgramName = "program" | "guest-program";
/** The first words of the commands that `guest-program.ts` has. */
const GUEST_COMMANDS: readonly (string | undefined)[] = ["boot", "resume"];
/** The program for a command line. */
export const programFor = (args: readonly string[]): ProgramName =>
  GUEST_COMMANDS.includes(args[0]) ? "guest-program" : "program";

/** A program's text as a script, and the digest that it ends with. */
export const compileProgram = (
  folder: string,
  name: ProgramName,
): { script: Script; file: string; digest: string } => {
  const file = path.join(folder, `${name}.cjs`);
  // The bundler writes ASCII alone.
  const text = readFileSync(file, "latin1");
  const at = text.lastIndexOf(DIGEST_LINE) + DIGEST_LINE.length;
  const digest = text.slice(at, at + DIGEST);
  const cachedData = codeFor(path.join(folder, `${name}.cache`), digest);
  const script = new Script(`${BEFORE}${text}\n})`, {
    filename: `${PLACE}${name}.cjs`,
    columnOffset: -BEFORE.length,
    ...(cachedData !== undefined && { cachedData }),
  });
  return { script, file, digest };
};

/** Runs the script as a CommonJS module; gives what it exports. */
export const evaluateProgram = ({ script, file }: { script: Script; file: string }): Program => {
  const module = { exports: {} as Program };
  const body = script.runInThisContext() as (...given: unknown[]) => void;
  body.call(module.exports, module.exports, createRequire(file), module, file, path.dirname(file));
  return module.exports;
};

/** Loads a program that lies beside this file; gives its digest too where it was looked at. */
export const loadProgram = (
  name: ProgramName,
): { readonly program: Program; readonly digest?: string } => {
  const folder = import.meta.dirname;
  // Node reads source maps of the modules that it loads itself, and of no script.
  if (process.sourceMapsEnabled)
    return {
      program: createRequire(import.meta.url)(path.join(folder, `${name}.cjs`)) as Program,
    };
  const compiled = compileProgram(folder, name);
  return { program: evaluateProgram(compiled), digest: compiled.digest };
};
