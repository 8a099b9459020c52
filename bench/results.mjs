// Rows of figures as text: one for each variant of each thing that was measured, with its spread and its ratio.
import { geometricMean } from "./measure.mjs";

/** What others are held against, by what they may be. */
const REFERENCES = ["qemu", "unicorn"];
export const SECTIONS = {
  kernels: "CPU kernels, from the machine's first instruction to the result",
  boots: "Boots of Debian's kernel, from the command to the shell's prompt",
  kdump: "kdump from a snapshot",
  snapshot: "Start from a snapshot",
  loops: "Two loops in one process",
  checks: "The check loop: cases in batches",
  restored: "Cases one by one",
  pages: "Checks as a call changes more pages",
  "built-in": "The built-in occupants",
  ram: "A boot as RAM grows",
  cpus: "A boot as CPUs grow",
};

const digits = (n) => (n >= 1000 ? n.toFixed(0) : n >= 100 ? n.toFixed(1) : n.toFixed(2));
const range = ({ min, median, max }) => `${digits(median)} (${digits(min)} to ${digits(max)})`;
/** How many times as fast as the reference; undefined where there is none. */
export const speeds = (figures) => {
  const name = REFERENCES.find((n) => figures.has(n));
  const reference = figures.get(name);
  return new Map(
    [...figures].map(([variant, f]) => {
      if (reference === undefined || variant === name) return [variant, undefined];
      if (f.rate !== undefined) {
        const ratio = f.rate.median / reference.rate.median;
        return [variant, { wall: undefined, cpu: ratio }];
      }
      return [
        variant,
        {
          wall: reference.wall.median / f.wall.median,
          cpu: reference.cpu.median / f.cpu.median,
        },
      ];
    }),
  );
};
const ratio = (n) => (n === undefined ? "" : `${n < 0.1 ? n.toPrecision(2) : n.toFixed(2)} x`);

const timeTable = (rows) => [
  "| what | by | wall s: median (min to max) | CPU s | from the command, s | peak MiB | speed, wall | speed, CPU |",
  "|---|---|---|---|---|---|---|---|",
  ...rows.flatMap(({ what, figures }) => {
    const fast = speeds(figures);
    return [...figures].map(([variant, f], i) => {
      const s = fast.get(variant);
      const cells = [
        i === 0 ? what : "",
        variant,
        range(f.wall),
        range(f.cpu),
        f.total === undefined ? "" : digits(f.total.median),
        f.peak === undefined ? "" : f.peak.max.toFixed(0),
        ratio(s?.wall),
        ratio(s?.cpu),
      ];
      return `| ${cells.join(" | ")} |`;
    });
  }),
];
const UNITS = { loops: "million instructions a second of CPU time" };
const rateTable = (rows) => [
  `| what | by | ${UNITS[rows[0].section] ?? "a second of CPU time"}: median (min to max) | ratio |`,
  "|---|---|---|---|",
  ...rows.flatMap(({ what, figures }) => {
    const fast = speeds(figures);
    return [...figures].map(
      ([variant, f], i) =>
        `| ${i === 0 ? what : ""} | ${variant} | ${range(f.rate)} | ${ratio(fast.get(variant)?.cpu)} |`,
    );
  }),
];

/** The geometric mean and the smallest of a variant's speeds over the kernels. */
export const kernelSummary = (rows, variant) => {
  const of = (kind) =>
    rows
      .filter((r) => r.section === "kernels")
      .map((r) => speeds(r.figures).get(variant)?.[kind])
      .filter((n) => n !== undefined);
  const sum = (kind) =>
    of(kind).length === 0
      ? undefined
      : { mean: geometricMean(of(kind)), least: Math.min(...of(kind)) };
  return { wall: sum("wall"), cpu: sum("cpu") };
};

/** The whole page, Markdown. */
export const resultsPage = ({ machine, rows, notes, how }) => {
  const out = ["# Results of `npm run bench`", "", ...machine, "", how, ""];
  for (const [section, title] of Object.entries(SECTIONS)) {
    const own = rows.filter((r) => r.section === section);
    if (own.length === 0) continue;
    const rated = [...own[0].figures.values()][0].rate !== undefined;
    out.push(`## ${title}`, "", ...(rated ? rateTable(own) : timeTable(own)), "");
    if (section !== "kernels") continue;
    for (const variant of ["auto", "interpreter"]) {
      const { wall, cpu } = kernelSummary(rows, variant);
      if (wall === undefined) continue;
      out.push(
        `${variant}: geometric mean ${ratio(wall.mean)} QEMU's speed by wall time, ${ratio(cpu.mean)} by CPU time; the least is ${ratio(wall.least)} and ${ratio(cpu.least)}.`,
        "",
      );
    }
  }
  if (notes.length > 0) out.push("## Notes", "", ...notes.map((n) => `- ${n}`), "");
  return `${out.join("\n").trimEnd()}\n`;
};
