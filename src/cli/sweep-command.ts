/** `hyplab check --exhaustive REG`: every value of a register. */
import { contractNamed } from "../contract/index.js";
import {
  ALL_VALUES,
  describeCase,
  describeSetup,
  mergeSweeps,
  NOTHING_SWEPT,
  occupantSite,
  phasesOf,
  recogniseGeneration,
  Sweep,
  type SweepPart,
} from "../lab/index.js";
import { EXIT_CODE, UsageError } from "./errors.js";
import { colour, print, progress, writeWhole } from "./output.js";
import { targetNamed } from "./subject-target.js";

export interface SweepFlags {
  readonly exhaustive: string;
  readonly call?: string;
  readonly from?: number;
  readonly to?: number;
  readonly seed?: number;
  readonly json?: string;
  readonly thumb?: boolean;
  readonly hypMmu?: boolean;
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
/** What is swept: one setup of an occupant, or each phase of an image. */
const sweepsOf = async (
  target: string,
  flags: SweepFlags,
): Promise<{ readonly title: string; readonly sweep: Sweep }[]> => {
  const register = registerNamed(flags.exhaustive);
  const found = await targetNamed(target);
  const sites =
    found.kind === "occupant"
      ? [
          {
            setup: { thumb: flags.thumb === true, hypMmu: flags.hypMmu === true },
            contract: contractNamed(found.occupant.contract)!,
          },
        ].map(({ setup, contract }) => ({
          title: `${found.occupant.id}, ${describeSetup(setup)}`,
          site: occupantSite(found.occupant, setup),
          contract,
        }))
      : phasesOf(found.image).map(({ title, site, installed }) => ({
          title: `${found.name}, ${title}`,
          site,
          contract: recogniseGeneration(site, { installed }).contract,
        }));
  return sites.map(({ title, site, contract }) => {
    try {
      return {
        title,
        sweep: new Sweep({ contract, site, register, call: flags.call, seed: flags.seed }),
      };
    } catch (error) {
      if (error instanceof RangeError) throw new UsageError(error.message);
      throw error;
    }
  });
};

const time = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;

/** Runs a range step by step; comes back early when `stopped` says so. */
const runSweep = async (
  sweep: Sweep,
  from: number,
  to: number,
  title: string,
  stopped: () => boolean,
): Promise<SweepPart> => {
  let part = NOTHING_SWEPT;
  const started = performance.now();
  for (let at = from; at < to && !stopped(); at += STEP) {
    part = mergeSweeps(part, sweep.run(at, Math.min(to, at + STEP)));
    const rate = part.values / ((performance.now() - started) / 1000);
    const left = (to - from - part.values) / rate;
    progress(
      `${title}: ${((part.values / (to - from)) * 100).toFixed(1)} %, ${(rate / 1e6).toFixed(2)} million values a second, ${time(left)} left`,
    );
    // Ctrl-C is heard here.
    await new Promise((resolve) => setImmediate(resolve));
  }
  progress("");
  return part;
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
  target: string | undefined,
  flags: SweepFlags,
): Promise<number> => {
  if (target === undefined)
    throw new UsageError("--exhaustive sweeps one occupant or image: name it");
  const from = flags.from ?? 0;
  const to = flags.to ?? ALL_VALUES;
  if (from >= to) throw new UsageError(`--from ${from} is not below --to ${to}`);
  const sweeps = await sweepsOf(target, flags);
  let interrupted = false;
  const stop = (): void => {
    interrupted = true;
  };
  process.once("SIGINT", stop);
  let violated = 0;
  const results: object[] = [];
  try {
    for (const { title, sweep } of sweeps) {
      const part = await runSweep(sweep, from, to, title, () => interrupted);
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
