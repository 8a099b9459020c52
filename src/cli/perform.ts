/** What a worker thread does with its jobs. */
import { parentPort } from "node:worker_threads";
import { packError, type Thrown } from "./thrown.js";
import { WORK, type Tell, type Worker, type WorkKinds, type WorkName } from "./work.js";

/** What a worker is made with. */
export interface WorkerBasis<K extends WorkName> {
  readonly name: K;
  readonly shared: WorkKinds[K]["shared"];
}
/** What a worker says meanwhile. */
export type WorkerMessage = { readonly [K in keyof Tell]?: string };
export type Answer<R> = { readonly result: R } | { readonly thrown: Thrown };

// A window's messages have an origin; a thread's port has none.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
const send = (message: WorkerMessage): void => parentPort?.postMessage(message);
const tell: Tell = { line: (line) => send({ line }), passing: (passing) => send({ passing }) };

const start = <K extends WorkName>({ name, shared }: WorkerBasis<K>): Worker<K> =>
  WORK[name](shared, tell);

/** A worker's function for jobs, from what it was made with. An error is handed over as data, so that it keeps its class. */
export const performer = <K extends WorkName>(
  basis: WorkerBasis<K>,
): ((job: WorkKinds[K]["job"]) => Answer<WorkKinds[K]["result"]>) => {
  let perform: Worker<K> | undefined;
  return (job) => {
    try {
      perform ??= start(basis);
      return { result: perform(job) };
    } catch (error) {
      return { thrown: packError(error) };
    }
  };
};
