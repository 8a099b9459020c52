/** What runs in a worker thread: a file of its own, beside the command's. */
import { parentPort } from "node:worker_threads";
import { workerData } from "piscina";
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
let perform: Worker<WorkName> | undefined;

/** Does a job; an error is handed over as data, so that it keeps its class. */
export default (job: WorkKinds[WorkName]["job"]): Answer<WorkKinds[WorkName]["result"]> => {
  try {
    perform ??= start(workerData as WorkerBasis<WorkName>) as Worker<WorkName>;
    return { result: perform(job) };
  } catch (error) {
    return { thrown: packError(error) };
  }
};
