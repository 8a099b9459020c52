/** Runs a session with its serial line on the terminal, until something ends it. */
import { closeSync, openSync, writeSync } from "node:fs";
import { SLOT } from "../arch/index.js";
import {
  beginRecording,
  changedFolder,
  describeCpus,
  writeRun,
  writeSnapshot,
  type MachineSetup,
  type NameAddress,
  type RunEnd,
  type Session,
} from "../lab/index.js";
import { HALTED } from "../machine/index.js";
import { EXIT_CODE, UsageError } from "./errors.js";
import { PROGRAM } from "./identity.js";
import { writeWhole } from "./output.js";
import { checkTargets, type Target } from "./targets.js";
import { Terminal, TERMINAL_HELP } from "./terminal.js";

export interface ConsoleFlags {
  /** stdio, none, or a file. */
  readonly serial: string;
  readonly until?: string;
  readonly timeoutInstructions?: number;
  readonly record?: string;
  readonly snapshot?: string;
  readonly statistics?: boolean;
}

/** Instructions between two looks at the terminal: a millisecond of the guest's time. */
const TURN = 1_000_000;
/** An idle guest's time runs with the terminal's user, not ahead of him. */
const IDLE_MILLISECONDS = 1;
const say = (line: string): void => {
  process.stderr.write(`${line}\r\n`);
};

/** How it ended, in words, and the exit code. */
const verdictOf = (end: RunEnd | "left" | "signal"): { words: string; code: number } => {
  if (end === "left") return { words: "left", code: EXIT_CODE.ok };
  if (end === "signal") return { words: "ended by a signal", code: EXIT_CODE.stopped };
  switch (end.kind) {
    case "found":
      return { words: `found ${end.pattern.source}`, code: EXIT_CODE.ok };
    case "budget":
    case "paused":
      return { words: "the instructions it was given are used up", code: EXIT_CODE.stopped };
    case "stopped": {
      const { reason, what, exitStatus } = end.stop;
      if (exitStatus !== undefined)
        return { words: what, code: exitStatus === 0 ? EXIT_CODE.ok : EXIT_CODE.violation };
      if (reason === "off") return { words: "powered off", code: EXIT_CODE.ok };
      if (reason === "reset") return { words: "the guest asked for a reset", code: EXIT_CODE.ok };
      if (reason === "waiting")
        return { words: "it waits for what nothing will bring", code: EXIT_CODE.stopped };
      return { words: `stopped: ${reason}, ${what}`, code: EXIT_CODE.stopped };
    }
  }
};

/** The pattern of --until. Throws UsageError when it is none. */
const patternOf = (text: string | undefined): RegExp | undefined => {
  if (text === undefined) return undefined;
  try {
    return new RegExp(text, "m");
  } catch (error) {
    throw new UsageError(
      `--until ${text}: expected a regular expression; ${error instanceof Error ? error.message : "it is none"}`,
    );
  }
};

/** Where the serial line's output goes as it comes: a log, of which a run that is killed leaves the beginning. */
const openSerial = (serial: string): { write(bytes: Uint8Array): void; close(): void } => {
  if (serial === "stdio")
    return { write: (bytes) => void process.stdout.write(bytes), close: () => {} };
  const handle = openSync(serial, "w");
  return {
    write: (bytes) => {
      for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
    },
    close: () => closeSync(handle),
  };
};

/** The serial line's output on its way: `flush` sends what has come, `end` when nothing comes any more. */
interface Output {
  flush(): void;
  end(): void;
}
const NO_OUTPUT: Output = { flush: () => {}, end: () => {} };

/** Sends the serial line's output where it goes. */
const attachOutput = (session: Session, serial: string): Output => {
  if (serial === "none") return NO_OUTPUT;
  const output = openSerial(serial);
  let waiting: number[] = [];
  const flush = (): void => {
    if (waiting.length === 0) return;
    const bytes = Uint8Array.from(waiting);
    waiting = [];
    output.write(bytes);
  };
  const stop = session.console.listen((byte) => {
    waiting.push(byte);
    if (byte === 10 || waiting.length > 4096) flush();
  });
  return {
    flush,
    end() {
      stop();
      flush();
      output.close();
    },
  };
};

/**
 * Looks at the options of a console before anything is loaded or run. `inputs` are the files that are read.
 * Throws UsageError.
 */
export const checkConsoleFlags = (
  flags: ConsoleFlags,
  inputs: Parameters<typeof checkTargets>[1] = [],
): void => {
  patternOf(flags.until);
  const { serial, record, snapshot } = flags;
  const target = (option: string, path: string): Target => ({ option, path, kind: "file" });
  checkTargets(
    [
      ...(serial === "stdio" || serial === "none" ? [] : [target("--serial", serial)]),
      ...(record === undefined ? [] : [target("--record", record)]),
      ...(snapshot === undefined ? [] : [target("--snapshot", snapshot)]),
    ],
    inputs,
  );
};

const allWait = (session: Session): boolean =>
  session.machine.cpus.every((cpu) => cpu.state[SLOT.halted] !== HALTED.runs);

const loop = async (
  session: Session,
  terminal: Terminal,
  output: Output,
  flags: ConsoleFlags,
  nameOf: NameAddress,
): Promise<RunEnd | "left" | "signal"> => {
  const until = patternOf(flags.until);
  const from = session.console.length;
  const interactive = flags.serial === "stdio" && process.stdin.isTTY;
  const limit = session.machine.instructions + (flags.timeoutInstructions ?? Infinity);
  for (;;) {
    const { bytes, commands } = terminal.take();
    for (const command of commands) {
      if (command === "leave") return "left";
      if (command === "break") session.sendBreak();
      else if (command === "help") say(TERMINAL_HELP);
      else for (const line of describeCpus(session, nameOf)) say(line);
    }
    if (bytes.length > 0) session.type(bytes);
    if (terminal.signalled) return "signal";
    const left = limit - session.machine.instructions;
    if (left <= 0) return { kind: "budget" };
    const end = session.run(Math.min(TURN, left), until, from);
    output.flush();
    // A guest that waits for the keyboard alone is no stall while somebody may type.
    const forEver = end.kind === "stopped" && end.stop.reason === "waiting";
    if (end.kind === "stopped" && !(forEver && interactive && !terminal.ended)) return end;
    if (end.kind === "found") return end;
    await terminal.wait(forEver ? 1000 : interactive && allWait(session) ? IDLE_MILLISECONDS : 0);
  }
};

/** Runs it, writes what was asked for, and gives the exit code. */
export const runConsole = async (
  session: Session,
  setup: MachineSetup,
  flags: ConsoleFlags,
  nameOf: NameAddress = () => undefined,
): Promise<number> => {
  const terminal = new Terminal();
  const recording = flags.record === undefined ? undefined : beginRecording(setup, session);
  const output = attachOutput(session, flags.serial);
  const unwatch = session.watch({
    rebooted: () =>
      say(
        `\r\nhyplab: the guest asked for a reset: it starts again, after ${session.machine.instructions} instructions`,
      ),
  });
  if (process.stdin.isTTY) say(TERMINAL_HELP);
  terminal.open();
  let end: RunEnd | "left" | "signal";
  try {
    end = await loop(session, terminal, output, flags, nameOf);
  } finally {
    terminal.close();
    unwatch();
    output.end();
  }
  const { words, code } = verdictOf(end);
  process.stderr.write(`\nhyplab: ${words}, after ${session.machine.instructions} instructions\n`);
  if (code === EXIT_CODE.stopped)
    for (const line of describeCpus(session, nameOf)) process.stderr.write(`${line}\n`);
  if (flags.statistics === true)
    for (const [what, n] of session.machine.engineStatistics)
      process.stderr.write(`${String(n).padStart(12)}  ${what}\n`);
  // Its last hash is of the machine as it is: a snapshot looks ahead, and a CPU that stopped is put back running.
  const run = recording?.end();
  if (flags.snapshot !== undefined) {
    writeWhole(flags.snapshot, writeSnapshot(setup, session, { program: PROGRAM.digest }));
    process.stderr.write(`snapshot in ${flags.snapshot}; hyplab resume ${flags.snapshot}\n`);
  }
  if (flags.record !== undefined && run !== undefined) {
    const changed = changedFolder(setup);
    if (changed !== undefined) {
      throw new UsageError(
        `--record ${flags.record}: expected the folder ${changed} to stay as it was, found it changed; a replay would differ, so nothing is written`,
      );
    }
    writeWhole(flags.record, writeRun(run));
    process.stderr.write(`recorded in ${flags.record}; hyplab replay ${flags.record}\n`);
  }
  return code;
};
