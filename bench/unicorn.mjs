// Unicorn, by a C program that is compiled here: restore, set, run, read back, compare.
import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { scratch } from "./subjects.mjs";

const SOURCE = fileURLToPath(new URL("unicorn-loop.c", import.meta.url));
const program = path.join(scratch, "unicorn-loop");
const compiler = spawnSync("gcc", ["-O2", SOURCE, "-lunicorn", "-o", program], {
  encoding: "utf8",
});
/** Why Unicorn cannot be asked, or undefined. */
export const unicornMissing =
  compiler.error !== undefined
    ? "gcc is not installed (Debian: gcc)"
    : compiler.status !== 0
      ? `gcc cannot compile against Unicorn (Debian: libunicorn-dev): ${compiler.stderr.split("\n")[0]}`
      : undefined;

/** Gives a function that measures a call: A32 words of which `pages` pages are changed by way of r6. */
export const unicornRate = (words, pages, cases) => () => {
  const out = execFileSync(
    program,
    [String(cases), String(pages), ...words.map((word) => word.toString(16))],
    { encoding: "utf8" },
  );
  return { rate: Number(out) };
};
