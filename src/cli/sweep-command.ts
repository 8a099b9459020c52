/** `hyplab check --exhaustive REG`: every value of a register. */
import {
  ALL_VALUES,
  describeCase,
  mergeSweeps,
  NOTHING_SWEPT,
  type Sweep,
  type SweepPart,
} from "../lab/index.js";
import { EXIT_CODE, UsageError } from "./errors.js";
import { runJobs, workersFor } from "./jobs.js";
import { colour, print, progress, writeWhole } from "./output.js";
import { targetNamed } from "./subject-target.js";
import { sweepsOf, type SweepOrder } from "./sweeps.js";
import { checkTargetOf } from "./work.js";

export interface SweepFlags {
  readonly exhaustive: string;
  readonly call?: string;
  readonly from?: number;
  readonly to?: number;
  readonly seed?: number;
  readonly json?: string;
  readonly thumb?: boolean;
  readonly hypMmu?: boolean;
  readonly jobs?: number;
}

/** Values between two looks at the clock and at Ctrl-C. */
const STEP = 2 ** 21;
const hex = (n: number): string => `0x${n.toString(16)}`;

const registerNamed = (name: string): number => {
  const n = /^r(\d|1[0-2])$/i.exec(name)?.[1];
  if (n === undefined)
    throw new UsageError(`--exhaustive takes a register of the call, r0 to r12, not "${name}"`);
  return Number(n);
};
const time = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;

/** About how many values a second one core sweeps. */
const PACE = 2_000_000;
/** Runs a range in steps, over workers; comes back early, with what lies before, when `stopped` says so. */
const runSweep = async (
  { order, index, title }: { order: SweepOrder; index: number; title: string },
  { from, to, jobs }: { from: number; to: number; jobs: number | undefined },
  stopped: () => boolean,
): Promise<SweepPart> => {
  const steps = Array.from({ length: Math.ceil((to - from) / STEP) }, (_, n) => ({
    from: from + n * STEP,
    to: Math.min(to, from + (n + 1) * STEP),
  }));
  const started = performance.now();
  try {
    const parts = await runJobs("sweep", steps, {
      workers: workersFor(jobs, { seconds: (to - from) / PACE }),
      shared: { order, index },
      stopped,
      done: (_, n) => {
        const values = steps[n]!.to - from;
        const rate = values / ((performance.now() - started) / 1000);
        progress(
          `${title}: ${((values / (to - from)) * 100).toFixed(1)} %, ${(rate / 1e6).toFixed(2)} million values a second, ${time((to - from - values) / rate)} left`,
        );
      },
    });
    return parts.reduce(mergeSweeps, NOTHING_SWEPT);
  } finally {
    progress("");
  }
};

const tell = (title: string, sweep: Sweep, part: SweepPart, from: number, to: number): number => {
  const { contract, register } = sweep.request;
  const whole = part.values === to - from;
  const asked = from === 0 && to === ALL_VALUES ? "every value" : `${hex(from)} to ${hex(to - 1)}`;
  print(
    `${colour.bold(title)}: r${register}, ${whole ? asked : `${part.values} of ${to - from} values (interrupted)`}, contract ${colour.cyan(contract.id)}`,
  );
  let violated = 0;
  for (const [id, call] of Object.entries(part.calls)) {
    const clauses = contract.clauses.filter((c) => call.clauses[c.id] !== undefined);
    if (call.cases === 0) continue;
    const bad = clauses.filter((c) => call.clauses[c.id]!.broken > 0);
    print(
      `  ${id}: ${clauses.length - bad.length} of ${clauses.length} clauses held in ${call.cases} cases${call.byMachine > 0 && call.byMachine < call.cases ? `, ${call.byMachine} of them run by the interpreter` : ""}`,
    );
    for (const clause of bad) {
      const { broken, first } = call.clauses[clause.id]!;
      if (clause.strength === "promise") violated++;
      print(`    ${colour.red("violated")} in ${broken} cases: ${clause.id}: ${clause.statement}`);
      print(`      smallest: ${describeCase(first!)}: ${first!.found}`);
    }
  }
  for (const { call, why } of sweep.notTried) print(`  ${call}: not tried, ${why}`);
  if (sweep.whySlow !== undefined) print(`  not in compiled code, which is slow: ${sweep.whySlow}`);
  return violated;
};

/** Exit code as of `check`; 130 where it was interrupted. */
export const sweepCommand = async (
  [target, ...more]: readonly string[],
  flags: SweepFlags,
): Promise<number> => {
  if (target === undefined || more.length > 0)
    throw new UsageError("--exhaustive sweeps one occupant or image: name it");
  const from = flags.from ?? 0;
  const to = flags.to ?? ALL_VALUES;
  if (from >= to) throw new UsageError(`--from ${from} is not below --to ${to}`);
  const { call, seed, jobs } = flags;
  const order: SweepOrder = {
    target: checkTargetOf(await targetNamed(target)),
    register: registerNamed(flags.exhaustive),
    ...(call !== undefined && { call }),
    ...(seed !== undefined && { seed }),
    thumb: flags.thumb === true,
    hypMmu: flags.hypMmu === true,
  };
  const sweeps = sweepsOf(order);
  let interrupted = false;
  const stop = (): void => {
    interrupted = true;
  };
  process.once("SIGINT", stop);
  let violated = 0;
  const results: object[] = [];
  try {
    for (const [index, { title, sweep }] of sweeps.entries()) {
      const part = await runSweep({ order, index, title }, { from, to, jobs }, () => interrupted);
      if (flags.json !== "-") violated += tell(title, sweep, part, from, to);
      results.push({
        title,
        contract: sweep.request.contract.id,
        register: `r${sweep.request.register}`,
        from,
        to,
        interrupted: part.values < to - from,
        ...part,
        notTried: sweep.notTried,
      });
      if (interrupted) break;
    }
  } finally {
    process.off("SIGINT", stop);
  }
  if (flags.json !== undefined)
    writeWhole(flags.json, `${JSON.stringify(results, undefined, 2)}\n`);
  if (interrupted) return 130;
  return violated > 0 ? EXIT_CODE.violation : EXIT_CODE.ok;
};
