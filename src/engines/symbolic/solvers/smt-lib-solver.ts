import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { parseSExpressions, parseValue, printQuery, type QueryText } from "../terms/index.js";
import { modelOf } from "./printed-model.js";
import {
  satisfiable,
  unsatisfiable,
  SolverError,
  type Answer,
  type Limits,
  type Query,
  type Solver,
} from "./solver.js";
import { Turns } from "./turns.js";

/** Arguments with which the solvers that we know read SMT-LIB from their standard input. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  z3: ["-in"],
  cvc5: ["--lang", "smt2"],
  bitwuzla: [],
  yices: ["--incremental"],
};

/** More than this in one answer is no answer of a solver. */
const MAX_OUTPUT = 64 << 20;

/** A solver's process and what it has said since the last question. */
interface Process {
  readonly child: ChildProcessWithoutNullStreams;
  output: string;
  /** Called when output has come or the process has ended. */
  wake: () => void;
  ended: string | undefined;
}

/**
 * Any solver that speaks SMT-LIB 2.6 on its standard input and output (`--solver CMD`): a process that is kept for
 * many queries, reset between them, and killed and started anew at a time limit.
 */
export class SmtLibSolver implements Solver {
  readonly name: string;
  readonly version: string;
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #turns = new Turns();
  #process: Process | undefined;
  #questions = 0;

  private constructor(command: string, args: readonly string[], name: string, version: string) {
    this.#command = command;
    this.#args = args;
    this.name = name;
    this.version = version;
  }

  /**
   * Starts the command. One of the known solvers by its bare name gets the arguments that it needs.
   *
   * @param command Program and arguments, separated by blanks.
   * @throws SolverError if it does not start or does not answer as SMT-LIB says.
   */
  static async start(command: string): Promise<SmtLibSolver> {
    const [program, ...given] = command.trim().split(/\s+/);
    if (program === undefined || program === "")
      throw new SolverError("--solver: expected a command, found nothing");
    const known = KNOWN[program.split("/").at(-1) ?? ""] ?? [];
    const args = given.length > 0 ? given : known;
    const probe = new SmtLibSolver(program, args, program, "");
    try {
      const text = await probe.#ask("(get-info :name)\n(get-info :version)\n", 10_000);
      if (text === undefined) throw new SolverError(`${command} does not answer within 10 s`);
      const [name, version] = parseSExpressions(text).map((info) =>
        typeof info !== "string" && typeof info[1] === "string" ? info[1].replaceAll('"', "") : "",
      );
      if (!name || !version)
        throw new SolverError(
          `${command}: expected (:name ..) and (:version ..), found ${text.slice(0, 200)}`,
        );
      const solver = new SmtLibSolver(program, args, name, version);
      solver.#process = probe.#process;
      return solver;
    } catch (error) {
      await probe.close();
      throw error;
    }
  }

  check(query: Query, limits: Limits): Promise<Answer> {
    return this.#turns.take(() => this.#check(query, limits));
  }

  async #check(query: Query, limits: Limits): Promise<Answer> {
    const printed = printQuery(query.assertions);
    const answer = await this.checkTextNow(printed.text, limits);
    if (answer !== "sat") return answer === "unsat" ? unsatisfiable(this) : answer;
    return satisfiable(this, query, await this.#model(printed, limits));
  }

  /**
   * Asks a query that is a text already, from `(set-logic` to its last assertion.
   *
   * @throws SolverError if the solver does not understand it.
   */
  checkText(
    text: string,
    limits: Limits,
  ): Promise<"sat" | "unsat" | (Answer & { kind: "unknown" })> {
    return this.#turns.take(() => this.checkTextNow(text, limits));
  }

  private async checkTextNow(
    text: string,
    { timeoutMs }: Limits,
  ): Promise<"sat" | "unsat" | (Answer & { kind: "unknown" })> {
    const script = `(reset)\n(set-option :produce-models true)\n${text}\n(check-sat)\n`;
    const said = (await this.#ask(script, timeoutMs))?.trim();
    if (said === undefined) return { kind: "unknown", why: `no answer within ${timeoutMs} ms` };
    if (said === "sat" || said === "unsat") return said;
    if (said === "unknown") return { kind: "unknown", why: `${this.name} gave up` };
    throw new SolverError(
      `${this.name}: expected sat, unsat or unknown, found ${said.slice(0, 300)}`,
    );
  }

  async #model(query: QueryText, { timeoutMs }: Limits): Promise<ReturnType<typeof modelOf>> {
    const symbols = [
      ...query.variables.map(({ symbol }) => symbol),
      ...query.reads.flatMap(({ index, symbol }) => [index, symbol]),
    ];
    if (symbols.length === 0) return modelOf(query, [], []);
    const said = await this.#ask(`(get-value (${symbols.join(" ")}))\n`, Math.max(timeoutMs, 5000));
    if (said === undefined) throw new SolverError(`${this.name} has a model but does not tell it`);
    const [list] = parseSExpressions(said);
    const values = symbols.map((symbol, i) => {
      const pair = typeof list === "string" ? undefined : list?.[i];
      const value = parseValue(typeof pair === "string" ? undefined : pair?.[1]);
      if (value === undefined)
        throw new SolverError(
          `${this.name}: expected a value of ${symbol}, found ${said.slice(0, 200)}`,
        );
      return value.value;
    });
    const variables = values.slice(0, query.variables.length);
    const rest = values.slice(query.variables.length);
    const reads = query.reads.map((_, i) => ({
      index: rest[2 * i] ?? 0n,
      word: rest[2 * i + 1] ?? 0n,
    }));
    return modelOf(query, variables, reads);
  }

  /** What the solver says to commands; undefined after the time limit, when its process is gone. */
  async #ask(commands: string, timeoutMs: number): Promise<string | undefined> {
    const process = (this.#process ??= this.#spawn());
    const end = `hyplab ${++this.#questions}`;
    process.output = "";
    // The write's own failure is seen as the process's end.
    process.child.stdin.write(`${commands}(echo "${end}")\n`);
    const marker = new RegExp(`^"?${end}"?\\s*$`, "m");
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      process.wake();
    }, timeoutMs);
    try {
      for (;;) {
        const found = marker.exec(process.output);
        if (found !== null) return process.output.slice(0, found.index);
        if (process.ended !== undefined) {
          this.#process = undefined;
          throw new SolverError(
            `${this.#command} ${process.ended}${process.output === "" ? "" : `: ${process.output.slice(0, 300)}`}`,
          );
        }
        if (late) {
          await this.#kill();
          return undefined;
        }
        await new Promise<void>((resolve) => {
          process.wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #spawn(): Process {
    const child = spawn(this.#command, [...this.#args], { stdio: "pipe" });
    const process: Process = { child, output: "", wake: () => undefined, ended: undefined };
    const take = (data: string): void => {
      process.output += data;
      if (process.output.length > MAX_OUTPUT) child.kill("SIGKILL");
      process.wake();
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    child.stdin.on("error", () => process.wake());
    child.on("error", (error) => {
      process.ended = `does not start: ${error.message}`;
      process.wake();
    });
    child.on("close", (code, signal) => {
      process.ended ??= `ended early with ${signal ?? `status ${code}`}`;
      process.wake();
    });
    return process;
  }

  async #kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (process === undefined || process.ended !== undefined) return;
    const closed = new Promise<void>((resolve) => {
      process.child.once("close", () => resolve());
    });
    process.child.kill("SIGKILL");
    await closed;
  }

  close(): Promise<void> {
    return this.#turns.take(() => this.#kill());
  }
}
