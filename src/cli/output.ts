/** Writing: colours on a terminal only, files whole or not at all. */
import pc from "picocolors";
import { writeWholeFile } from "../images/index.js";

/**
 * Colours, when standard output is a terminal. Off a terminal `isTTY` is undefined, which would leave the choice to
 * the library, and that colours what a CI redirects into a file.
 */
export const colour = pc.createColors(
  (process.stdout.isTTY ?? false) && process.env["NO_COLOR"] === undefined,
);

export const print = (line = ""): void => {
  process.stdout.write(`${line}\n`);
};

/** What happens meanwhile, for the user: a line on standard error. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** One line on a terminal's standard error that the next replaces; "" takes it away. Nothing elsewhere. */
export const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
};

const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/**
 * Does a short piece of work that a signal is not to cut in two: it ends the program after it. (A signal that
 * nothing waits for ends it at once.)
 */
const unbroken = (work: () => void): void => {
  if (pieces++ === 0) for (const signal of ENDING) process.on(signal, endAfterwards);
  try {
    work();
  } finally {
    // What came meanwhile is heard in the event loop's next turn.
    setImmediate(() =>
      setImmediate(() => {
        if (--pieces === 0) hearNoMore();
      }),
    );
  }
};
/** Pieces of work that are under way, or whose signals may not have been heard yet. */
let pieces = 0;
const hearNoMore = (): void => {
  for (const signal of ENDING) process.off(signal, endAfterwards);
};
const endAfterwards = (signal: NodeJS.Signals): void => {
  hearNoMore();
  process.kill(process.pid, signal);
};

/** Writes a file whole or not at all; a signal waits. `-` is standard output. */
export const writeWhole = (file: string, contents: string | Uint8Array): void => {
  if (file === "-") process.stdout.write(contents);
  else unbroken(() => writeWholeFile(file, contents));
};
/** Pads text that may hold colour codes by what is seen of it. */
export const pad = (text: string, width: number): string => {
  // eslint-disable-next-line no-control-regex
  const seen = text.replace(/\u001b\[[0-9;]*m/g, "").length;
  return text + " ".repeat(Math.max(0, width - seen));
};
