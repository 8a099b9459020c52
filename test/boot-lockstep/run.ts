/** A boot on both machines, from the choice of what is watched to the differences. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { randomWords } from "../../src/isa/testing/encoding-words.js";
import { kernelNames } from "../../src/lab/index.js";
import { compareBoots, compareCheckpoints } from "./compare.js";
import type { Watched, WatchedFunction } from "./events.js";
import { countEntries, runOurs, type OursTold } from "./our-boot.js";
import { startSubject, vectorsOf, watchable, type Subject } from "./subject.js";
import { runTheirs, theirCheckpoint } from "./their-boot.js";

/** What is watched: functions by name, or drawn by lot among those that the boot enters. */
export type Choice =
  | { readonly functions: readonly string[]; readonly checkpoint: string }
  | {
      readonly seed: number;
      /** Functions at most. */
      readonly count: number;
      /** Entries of all of them together, at most. */
      readonly entries: number;
    };
export interface BootLockstepOptions {
  readonly instructions: number;
  readonly choice: Choice;
  /** Events that differ, to be told of at most. */
  readonly most?: number;
  readonly progress?: (line: string) => void;
}
export interface BootLockstepResult {
  /** Empty when the machines agree. */
  readonly differences: readonly string[];
  readonly complaints: readonly string[];
  readonly watched: Watched;
  readonly ours: OursTold;
  readonly milliseconds: { readonly ours: number; readonly theirs: number };
}

/** A function by name: whoever names it knows that nothing runs into it from above. */
const byName = ({ symbols }: Subject, name: string): WatchedFunction => {
  const address = symbols.address(name);
  if (address === undefined) throw new RangeError(`the kernel has no function ${name} to watch`);
  return { name, address };
};

const choose = (
  subject: Subject,
  { choice, instructions }: BootLockstepOptions,
): Omit<Watched, "vectors"> => {
  if ("functions" in choice) {
    const checkpoint = byName(subject, choice.checkpoint);
    const functions = choice.functions.map((name) => byName(subject, name));
    return { functions: [...functions, checkpoint], checkpoint };
  }
  const all = watchable(subject);
  const counts = countEntries(
    startSubject(subject),
    new Set(all.map((f) => f.address)),
    instructions,
  );
  const entered = [...counts];
  const once = entered.findLast(([, n]) => n === 1)?.[0];
  const chosen = new Set(once === undefined ? [] : [once]);
  // Drawn by lot: each gets a random word, and they come in the words' order.
  const random = randomWords(choice.seed);
  const lots = entered.map((e) => [random() >>> 0, e] as const).toSorted((a, b) => a[0] - b[0]);
  let left = choice.entries;
  for (const [, [address, n]] of lots) {
    if (chosen.size >= choice.count) break;
    if (n > left || n * 4 > choice.entries) continue;
    left -= n;
    chosen.add(address);
  }
  return {
    functions: all.filter((f) => chosen.has(f.address)),
    checkpoint: all.find((f) => f.address === once),
  };
};

export const bootLockstep = async (
  subject: Subject,
  options: BootLockstepOptions,
): Promise<BootLockstepResult> => {
  const { instructions, most = 5, progress = () => {} } = options;
  const chosen = choose(subject, options);
  const started = startSubject(subject);
  const watched = { ...chosen, vectors: vectorsOf(subject, started) };
  progress(
    `watched: ${watched.functions.length} functions; RAM is compared at ${watched.checkpoint?.name ?? "no place"}`,
  );
  const begin = performance.now();
  const ours = runOurs(started, watched, instructions);
  const middle = performance.now();
  progress(`ours: ${ours.events.length} events in ${ours.instructions} instructions`);
  const folder = mkdtempSync(path.join(tmpdir(), "hyplab-boot-lockstep-"));
  try {
    const their = { folder, options: subject.options, layout: started.layout };
    const theirs = await runTheirs(their, watched, ours.events.length, ours.console.length);
    const differences = compareBoots(ours, theirs, { nameOf: kernelNames(subject.image), most });
    if (watched.checkpoint !== undefined) {
      if (ours.checkpoint === undefined)
        throw new RangeError(`the boot does not get to ${watched.checkpoint.name}`);
      const checkpoint = await theirCheckpoint(their, watched.checkpoint);
      differences.push(
        ...compareCheckpoints(ours.checkpoint, checkpoint, started.session.virt.ram.base),
      );
    }
    return {
      differences,
      complaints: theirs.complaints,
      watched,
      ours,
      milliseconds: { ours: middle - begin, theirs: performance.now() - middle },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Events by what they are, the most frequent first. */
export const countKinds = ({ events }: OursTold): [string, number][] => {
  const counts = new Map<string, number>();
  for (const event of events) {
    const what = event.kind === "exception" ? event.name : event.kind;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1]);
};
