/** The whole comparison: batches of sequences out of a seed until enough instructions were compared. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { randomWords } from "../../src/isa/testing/encoding-words.js";
import { runBatch } from "./batch.js";
import type { Mismatch } from "./mismatch.js";
import { explain } from "./known-differences.js";
import { BATCH } from "./layout.js";
import { makeSequence, SETTINGS, type Random, type Sequence } from "./sequences.js";
import { firstDifference, type FirstDifference } from "./step.js";

export interface LockstepOptions {
  /** Instructions to compare. */
  readonly instructions: number;
  readonly seed: number;
  /** Sequences of one batch, at most 2048. */
  readonly batch?: number;
  /** Unexplained mismatches that are stepped through to the first instruction that differs. */
  readonly steps?: number;
  readonly progress?: (text: string) => void;
}
export interface Unexplained extends Mismatch {
  readonly seed: number;
  readonly first: FirstDifference | undefined;
}
export interface LockstepResult {
  readonly instructions: number;
  readonly sequences: number;
  readonly events: number;
  readonly endless: number;
  /** By reason: sequences whose differences are all known ones. */
  readonly explained: ReadonlyMap<string, number>;
  readonly unexplained: readonly Unexplained[];
  readonly seconds: { readonly ours: number; readonly theirs: number; readonly all: number };
}

/** Sequences of one batch: every setting in A32 and T32 in turn. */
export const makeBatch = (random: Random, count: number): Sequence[] =>
  Array.from({ length: count }, (_, index) => {
    const setting = SETTINGS[(index >> 1) % SETTINGS.length]!;
    const length = 16 + Math.floor((random() / 2 ** 32) * 49);
    return makeSequence(random, index, setting, index % 2 === 1, length);
  });
/** The seed of a batch: xorshift steps of near seeds are alike, so they are spread first. */
export const batchSeed = (seed: number, batch: number): number =>
  (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(batch + 1, 0x85ebca6b)) | 0;

/** Runs the comparison. Needs qemu-system-arm. */
export const lockstep = async (options: LockstepOptions): Promise<LockstepResult> => {
  const count = options.batch ?? BATCH;
  if (count < 1 || count > BATCH)
    throw new RangeError(`a batch has 1 to ${BATCH} sequences, not ${count}`);
  const folder = mkdtempSync(path.join(tmpdir(), "hyplab-lockstep-"));
  const begin = performance.now();
  let instructions = 0,
    sequences = 0,
    events = 0,
    endless = 0,
    ours = 0,
    theirs = 0;
  const explained = new Map<string, number>();
  const unexplained: Unexplained[] = [];
  try {
    for (let n = 0; instructions < options.instructions; n++) {
      const seed = batchSeed(options.seed, n);
      const batch = makeBatch(randomWords(seed), count);
      const result = await runBatch(folder, batch, seed);
      instructions += result.instructions;
      sequences += batch.length;
      events += result.events;
      endless += result.endless;
      ours += result.milliseconds.ours;
      theirs += result.milliseconds.theirs;
      for (const mismatch of result.mismatches) {
        const reason = explain(mismatch);
        if (reason !== undefined) {
          explained.set(reason, (explained.get(reason) ?? 0) + 1);
          continue;
        }
        let first: FirstDifference | undefined;
        if (unexplained.length < (options.steps ?? 8)) {
          // The same words at index 0 of a batch of one: addresses in registers keep pointing to the old place.
          first = await firstDifference(folder, mismatch.sequence, seed, 400);
        }
        unexplained.push({ ...mismatch, seed, first });
      }
      options.progress?.(
        `batch ${n} (seed ${seed}): ${instructions} instructions, ${events} exceptions, ${unexplained.length} unexplained differences, ${((performance.now() - begin) / 1000).toFixed(0)} s`,
      );
      if (unexplained.length > 200) break;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return {
    instructions,
    sequences,
    events,
    endless,
    explained,
    unexplained,
    seconds: { ours: ours / 1000, theirs: theirs / 1000, all: (performance.now() - begin) / 1000 },
  };
};

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
/** A mismatch in words. */
export const describeMismatch = (m: Unexplained): string => {
  const lines = [
    `${m.sequence.setting.name}, ${m.sequence.thumb ? "T32" : "A32"}, batch seed ${m.seed}, sequence ${m.index}: ${m.what}`,
  ];
  if (m.first !== undefined) {
    lines.push(`  first at ${hex(m.first.address)}: ${m.first.text}`);
    for (const r of m.first.registers)
      lines.push(
        `    ${r.name}: before ${hex(r.before)}, ours ${hex(r.ours)}, QEMU ${hex(r.theirs)}`,
      );
  }
  for (const d of m.differences.slice(0, 8))
    lines.push(
      `  ${d.event < 0 ? "end" : `exception ${d.event}`}: ${d.name} ours ${hex(d.ours)}, QEMU ${hex(d.theirs)}`,
    );
  return lines.join("\n");
};
