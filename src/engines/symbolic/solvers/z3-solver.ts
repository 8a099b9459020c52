import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { z } from "zod";
import { printQuery, type QueryText } from "../terms/index.js";
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
import { Z3_CHILD } from "./z3-child.js";

const MESSAGE = z.union([
  z.strictObject({ version: z.string() }),
  z.strictObject({ id: z.number(), error: z.string() }),
  z.strictObject({ id: z.number(), answer: z.literal("unsat") }),
  z.strictObject({ id: z.number(), answer: z.literal("unknown"), why: z.string() }),
  z.strictObject({
    id: z.number(),
    answer: z.literal("sat"),
    values: z.record(z.string(), z.string().regex(/^\d+$/)),
  }),
]);
type Message = z.infer<typeof MESSAGE>;

interface Process {
  readonly child: ChildProcess;
  take: (message: Message | Error) => void;
}

/** How long the package may take to start. */
const START_MS = 60_000;

/**
 * The npm package z3-solver in a process of its own, which is killed and started anew at a time limit or after
 * a failure.
 */
export class Z3Solver implements Solver {
  readonly name = "z3-solver";
  readonly version: string;
  readonly #turns = new Turns();
  #process: Process | undefined;
  #questions = 0;

  private constructor(version: string, process: Process) {
    this.version = version;
    this.#process = process;
  }

  /** @throws SolverError if the package does not start. */
  static async start(): Promise<Z3Solver> {
    const { process, version } = await startChild();
    return new Z3Solver(version, process);
  }

  check(query: Query, limits: Limits): Promise<Answer> {
    return this.#turns.take(async () => {
      const printed = printQuery(query.assertions);
      const message = await this.#ask(withReads(printed), printed.logic, limits);
      if (message === undefined)
        return { kind: "unknown", why: `no answer within ${limits.timeoutMs} ms` };
      if (message.answer === "unsat") return unsatisfiable(this);
      if (message.answer === "unknown") return { kind: "unknown", why: message.why };
      // A constant without a value may have any.
      const value = (name: string): bigint => BigInt(message.values[name] ?? 0);
      const model = modelOf(
        printed,
        printed.variables.map(({ symbol }) => value(symbol.replaceAll("|", ""))),
        printed.reads.map((_, i) => ({ index: value(indexName(i)), word: value(wordName(i)) })),
      );
      return satisfiable(this, query, model);
    });
  }

  /** Asks a query that is a text already, from `(set-logic` to its last assertion. */
  checkText(
    text: string,
    limits: Limits,
  ): Promise<"sat" | "unsat" | (Answer & { kind: "unknown" })> {
    return this.#turns.take(async () => {
      const logic = /^\(set-logic (QF_A?BV)\)/.exec(text)?.[1] ?? "QF_ABV";
      const message = await this.#ask(text, logic, limits);
      if (message === undefined)
        return { kind: "unknown", why: `no answer within ${limits.timeoutMs} ms` };
      return message.answer === "unknown" ? { kind: "unknown", why: message.why } : message.answer;
    });
  }

  async #ask(
    text: string,
    logic: string,
    { timeoutMs }: Limits,
  ): Promise<Extract<Message, { answer: string }> | undefined> {
    this.#process ??= (await startChild()).process;
    const { child } = this.#process;
    const id = ++this.#questions;
    const answer = reply(this.#process, timeoutMs);
    child.send({ id, text, logic });
    const message = await answer;
    if (message === undefined || message instanceof Error) {
      await this.#kill();
      if (message instanceof Error) throw new SolverError(message.message);
      return undefined;
    }
    if ("error" in message) {
      await this.#kill();
      throw new SolverError(`z3-solver: ${message.error}`);
    }
    if (!("answer" in message) || message.id !== id)
      throw new SolverError("z3-solver answered another question");
    return message;
  }

  async #kill(): Promise<void> {
    const child = this.#process?.child;
    this.#process = undefined;
    if (child !== undefined) await killed(child);
  }

  close(): Promise<void> {
    return this.#turns.take(() => this.#kill());
  }
}

const indexName = (i: number): string => `read!index!${i}`;
const wordName = (i: number): string => `read!word!${i}`;

/** The query with a constant for each read's index and word, so that their values stand in the model. */
const withReads = (query: QueryText): string => {
  const lines = query.reads.map(({ symbol, index }, i) => {
    const [at, word] = [indexName(i), wordName(i)];
    return `(declare-fun ${at} () (_ BitVec 30))(declare-fun ${word} () (_ BitVec 32))
(assert (= ${at} ${index}))(assert (= ${word} ${symbol}))\n`;
  });
  return query.text + lines.join("");
};

/** The next message, the failure, or undefined after the time. */
const reply = (process: Process, timeoutMs: number): Promise<Message | Error | undefined> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), timeoutMs);
    process.take = (message) => {
      clearTimeout(timer);
      resolve(message);
    };
  });

/** Where the package lies: a bundle that was copied elsewhere may have none beside it. */
const modulePath = (): string => {
  try {
    return createRequire(import.meta.url).resolve("z3-solver");
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : "";
    throw new SolverError(
      `z3-solver is not installed here (${why}); a solver's command can be given instead`,
    );
  }
};

const startChild = async (): Promise<{ process: Process; version: string }> => {
  const module = modulePath();
  const child = spawn(globalThis.process.execPath, ["-e", Z3_CHILD, module], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  const process: Process = { child, take: () => undefined };
  child.on("message", (message) => {
    const parsed = MESSAGE.safeParse(message);
    process.take(
      parsed.success ? parsed.data : new Error("z3-solver's process sent what cannot be read"),
    );
  });
  child.on("error", (error) => process.take(error));
  child.on("close", (code, signal) =>
    process.take(
      new Error(`z3-solver's process ended with ${signal ?? `status ${code}`}: ${complaint}`),
    ),
  );
  const hello = await reply(process, START_MS);
  if (hello !== undefined && !(hello instanceof Error) && "version" in hello)
    return { process, version: hello.version.replace(/^Z3 /, "") };
  await killed(child);
  throw new SolverError(
    `z3-solver does not start: ${hello instanceof Error ? hello.message : "no answer"}`,
  );
};

const killed = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const closed = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  child.kill("SIGKILL");
  await closed;
};
