/** Reads qemu-7.2-registers.json (made by probe-registers.mjs) and unfolds its joined rows. */
import { readFileSync } from "node:fs";
import type { CpuModel } from "../index.js";

/** Access at PL2, PL1, PL0 with CNTKCTL and PMUSERENR 0, PL0 with them open; value after reset. */
export type AnswerRow = readonly [
  pl2: string,
  pl1: string,
  closed: string,
  open: string,
  reset: string,
];
export interface ModelAnswers {
  readonly registers: Readonly<Record<string, AnswerRow>>;
  /** Bits that differ between writing zeros and all ones at PL2. */
  readonly writable: Readonly<Record<string, string>>;
  /** CCSIDR by CSSELR. */
  readonly caches: Readonly<Record<string, string>>;
}
export interface Answers {
  readonly source: string;
  readonly models: Readonly<Record<CpuModel, ModelAnswers>>;
  /** By control bit: encoding, directions trapped from PL1, HSR of the last trapped access. */
  readonly traps: Readonly<
    Record<string, Readonly<Record<string, readonly [directions: string, hsr?: string]>>>
  >;
}

const COUNT: Readonly<Record<number, number>> = { 1: 8, 3: 16, 4: 8 };
const expand = (text: string): string[] => {
  const parts = text.split(",");
  const star = parts.findIndex((part) => part.includes("*"));
  if (star < 0) return [text];
  return Array.from({ length: COUNT[star]! }, (_, n) =>
    parts.with(star, star === 3 ? `c${n}` : `${n}`).join(","),
  ).flatMap(expand);
};
const unfold = <T>(rows: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(
    Object.entries(rows).flatMap(([text, row]) => expand(text).map((t) => [t, row] as const)),
  );

const model = (m: ModelAnswers): ModelAnswers => ({
  registers: unfold(m.registers),
  writable: unfold(m.writable),
  caches: m.caches,
});

/** The recorded answers, one row an encoding. `text` replaces the recorded file. */
export const qemuAnswers = (
  text = readFileSync(new URL("./qemu-7.2-registers.json", import.meta.url), "utf8"),
): Answers => {
  const raw = JSON.parse(text.replaceAll("c*", "*")) as Answers;
  return {
    source: raw.source,
    models: {
      "cortex-a15": model(raw.models["cortex-a15"]),
      "cortex-a7": model(raw.models["cortex-a7"]),
    },
    traps: Object.fromEntries(
      Object.entries(raw.traps).map(([name, rows]) => [name, unfold(rows)]),
    ),
  };
};
