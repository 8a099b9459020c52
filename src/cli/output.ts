/** Writing: colours on a terminal only, files whole or not at all. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import pc from "picocolors";

/** Colours, when standard output is a terminal. */
export const colour = pc.createColors(
  process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
);

export const print = (line = ""): void => {
  process.stdout.write(`${line}\n`);
};

/** One line on a terminal's standard error that the next replaces; "" takes it away. Nothing elsewhere. */
export const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
};

/** Writes a file by way of a temporary one, so that it is never half there. `-` is standard output. */
export const writeWhole = (file: string, contents: string | Uint8Array): void => {
  if (file === "-") {
    process.stdout.write(contents);
    return;
  }
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, contents);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
};
/** Pads text that may hold colour codes by what is seen of it. */
export const pad = (text: string, width: number): string => {
  // eslint-disable-next-line no-control-regex
  const seen = text.replace(/\u001b\[[0-9;]*m/g, "").length;
  return text + " ".repeat(Math.max(0, width - seen));
};
