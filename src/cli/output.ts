/** Writing: colours on a terminal only, files whole or not at all. */
import pc from "picocolors";
import { writeWholeFile } from "../images/index.js";

/** Colours, when standard output is a terminal. */
export const colour = pc.createColors(
  process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
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

/** Writes a file whole or not at all. `-` is standard output. */
export const writeWhole = (file: string, contents: string | Uint8Array): void => {
  if (file === "-") process.stdout.write(contents);
  else writeWholeFile(file, contents);
};
/** Pads text that may hold colour codes by what is seen of it. */
export const pad = (text: string, width: number): string => {
  // eslint-disable-next-line no-control-regex
  const seen = text.replace(/\u001b\[[0-9;]*m/g, "").length;
  return text + " ".repeat(Math.max(0, width - seen));
};
