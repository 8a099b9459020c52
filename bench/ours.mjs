// Our machine in a process of its own: what `guest.mjs` does with an order.
import { fileURLToPath } from "node:url";
import { GO } from "./go.mjs";
import { runUntil } from "./process.mjs";

const GUEST = fileURLToPath(new URL("guest.mjs", import.meta.url));
/** Runs an order, timed from the moment that the machine is ready to run; see `runUntil`. */
export const onOurs = (order, watch) =>
  runUntil(process.execPath, [GUEST, JSON.stringify(order)], { from: GO, ...watch });
