/** Spreads jobs over worker threads. Results, and what is told of them, do not depend on how many there are. */
import { createRequire } from "node:module";
import os from "node:os";
import { progress, say } from "./output.js";
import { unpackError } from "./thrown.js";
import { WORK, type Tell, type WorkKinds, type WorkName } from "./work.js";
import type { Answer, WorkerBasis, WorkerMessage } from "./perform.js";

/** Bytes that a worker may need, where nobody said how many workers there are to be. */
const MOST_BYTES = { small: 256 * 2 ** 20, machine: 1536 * 2 ** 20 } as const;

/**
 * Workers for work of so many seconds on one core: as asked for, else one for each core. A worker takes about
 * half a second to start; work that is over by then stays here.
 */
export const workersFor = (
  asked: number | undefined,
  { seconds, each = "small" }: { seconds: number; each?: keyof typeof MOST_BYTES },
): number => {
  if (asked !== undefined) return asked;
  if (seconds < 4) return 1;
  const fit = Math.floor(os.freemem() / MOST_BYTES[each]);
  return Math.max(1, Math.min(os.availableParallelism(), fit));
};

export interface JobsOptions<K extends WorkName> {
  readonly workers: number;
  readonly shared: WorkKinds[K]["shared"];
  /** Told of each result in the order of the jobs. */
  /** When it says so no more jobs are begun; the results are then those of the jobs before. */
  readonly stopped?: () => boolean;
  readonly done?: (result: WorkKinds[K]["result"], index: number) => void;
}

const tell: Tell = { line: say, passing: progress };

/** Results in the order of the jobs. Throws what the first job in that order threw. */
export const runJobs = async <K extends WorkName>(
  name: K,
  jobs: readonly WorkKinds[K]["job"][],
  { workers, shared, done, stopped = () => false }: JobsOptions<K>,
): Promise<WorkKinds[K]["result"][]> => {
  if (workers <= 1 || jobs.length <= 1) {
    const perform = WORK[name](shared, tell);
    const results: WorkKinds[K]["result"][] = [];
    for (const job of jobs) {
      if (stopped()) break;
      const result = perform(job);
      done?.(result, results.length);
      results.push(result);
      // Signals are heard here.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return results;
  }
  // Loaded when there is need: it takes longer than a small check. Not by import(), which no script has.
  const { Piscina } = createRequire(import.meta.url)("piscina") as typeof import("piscina");
  const threads = Math.min(workers, jobs.length);
  const basis: WorkerBasis<K> = { name, shared };
  const pool = new Piscina<WorkKinds[K]["job"], Answer<WorkKinds[K]["result"]>>({
    filename: new URL("worker.js", import.meta.url).href,
    workerData: basis,
    minThreads: threads,
    maxThreads: threads,
  });
  pool.on("message", ({ line, passing }: WorkerMessage) => {
    if (line !== undefined) tell.line(line);
    if (passing !== undefined) tell.passing(passing);
  });
  const answers: Answer<WorkKinds[K]["result"]>[] = [];
  let next = 0;
  let told = 0;
  let failed = false;
  /** Jobs are taken in their order, so all before one that failed have been taken as well. */
  const takeJobs = async (): Promise<void> => {
    while (next < jobs.length && !failed && !stopped()) {
      const i = next++;
      const answer = await pool.run(jobs[i]!);
      answers[i] = answer;
      if ("thrown" in answer) failed = true;
      for (let a; (a = answers[told]) !== undefined && "result" in a; told++)
        done?.(a.result, told);
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, takeJobs));
  } finally {
    await pool.destroy();
  }
  return answers.map((answer) => {
    if ("thrown" in answer) throw unpackError(answer.thrown);
    return answer.result;
  });
};
