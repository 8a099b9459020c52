/**
 * The terminal as the guest's console: raw while the guest has it, put back whatever happens. Ctrl-A begins
 * a command: X leaves, Ctrl-A or A sends Ctrl-A itself, B sends a break, C tells what the CPUs do, H helps.
 */
import type { ReadStream } from "node:tty";

/** What the user asked for by Ctrl-A. */
export type TerminalCommand = "leave" | "break" | "status" | "help";

const CTRL_A = 0x01;
const COMMANDS: Readonly<Record<string, TerminalCommand>> = {
  x: "leave",
  b: "break",
  c: "status",
  h: "help",
  "?": "help",
};
export const TERMINAL_HELP =
  "Ctrl-A X leaves; Ctrl-A A sends Ctrl-A, Ctrl-A B a break; Ctrl-A C tells what the CPUs do";

/** Splits what was typed into bytes for the guest and commands. Keeps its place between calls. */
export class EscapeReader {
  #escaped = false;

  read(typed: Uint8Array): { readonly bytes: Uint8Array; readonly commands: TerminalCommand[] } {
    const bytes: number[] = [];
    const commands: TerminalCommand[] = [];
    for (const byte of typed) {
      if (!this.#escaped) {
        if (byte === CTRL_A) this.#escaped = true;
        else bytes.push(byte);
        continue;
      }
      this.#escaped = false;
      const key = String.fromCharCode(byte).toLowerCase();
      const command = COMMANDS[key];
      if (command !== undefined) commands.push(command);
      else if (byte === CTRL_A || key === "a") bytes.push(CTRL_A);
    }
    return { bytes: Uint8Array.from(bytes), commands };
  }
}

/** What a console needs of the process; tests give their own. */
export interface TerminalStreams {
  readonly input: Pick<ReadStream, "on" | "off" | "resume" | "pause"> & {
    readonly isTTY?: boolean;
    setRawMode?(raw: boolean): unknown;
  };
  readonly process: Pick<NodeJS.Process, "once" | "off">;
}
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** The terminal while the guest has it. */
export class Terminal {
  readonly #streams: TerminalStreams;
  readonly #reader = new EscapeReader();
  readonly #waiting: Uint8Array[] = [];
  readonly #commands: TerminalCommand[] = [];
  #wake: (() => void) | undefined;
  /** Standard input has ended; nothing will come any more. */
  ended = false;
  /** A signal asked the program to end. */
  signalled = false;

  constructor(streams: TerminalStreams = { input: process.stdin, process }) {
    this.#streams = streams;
  }
  /** Takes the terminal. Call `close` in a `finally`. */
  open(): void {
    const { input } = this.#streams;
    if (input.isTTY === true) input.setRawMode?.(true);
    input.on("data", this.#onData);
    input.on("end", this.#onEnd);
    for (const signal of SIGNALS) this.#streams.process.once(signal, this.#onSignal);
    // An exit from elsewhere must not leave a raw terminal behind.
    this.#streams.process.once("exit", this.#restore);
    input.resume();
  }
  close(): void {
    const { input } = this.#streams;
    this.#restore();
    input.off("data", this.#onData);
    input.off("end", this.#onEnd);
    for (const signal of SIGNALS) this.#streams.process.off(signal, this.#onSignal);
    this.#streams.process.off("exit", this.#restore);
    input.pause();
  }
  /** What was typed since the last call. */
  take(): { readonly bytes: Uint8Array; readonly commands: readonly TerminalCommand[] } {
    const bytes = new Uint8Array(Buffer.concat(this.#waiting.splice(0)));
    return { bytes, commands: this.#commands.splice(0) };
  }
  /** Comes back when something was typed, or after so many milliseconds; with 0, once what has come was seen. */
  wait(milliseconds: number): Promise<void> {
    // A timer of 0 would take a millisecond.
    if (
      milliseconds === 0 ||
      this.#waiting.length > 0 ||
      this.#commands.length > 0 ||
      this.signalled
    )
      return new Promise((resolve) => setImmediate(resolve));
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#wake = done;
    });
  }

  readonly #restore = (): void => {
    const { input } = this.#streams;
    if (input.isTTY === true) input.setRawMode?.(false);
  };
  readonly #onData = (chunk: Uint8Array): void => {
    const { bytes, commands } = this.#reader.read(chunk);
    if (bytes.length > 0) this.#waiting.push(bytes);
    this.#commands.push(...commands);
    this.#wake?.();
  };
  readonly #onEnd = (): void => {
    this.ended = true;
    this.#wake?.();
  };
  readonly #onSignal = (): void => {
    this.signalled = true;
    this.#wake?.();
  };
}
