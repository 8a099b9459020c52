// Our machine in a process of its own: the command, or what `guest.mjs` does with an order.
import { fileURLToPath } from "node:url";
import { GO } from "./go.mjs";
import { runUntil } from "./process.mjs";

export const MAIN = fileURLToPath(new URL("../dist/cli/main.cjs", import.meta.url));
/** Runs the command, timed from its start; see `runUntil`. */
export const onCommand = (args, watch) => runUntil(process.execPath, [MAIN, ...args], watch);

const GUEST = fileURLToPath(new URL("guest.mjs", import.meta.url));
/** Runs an order, timed from the moment that the machine is ready to run; see `runUntil`. */
export const onOurs = (order, watch) =>
  runUntil(process.execPath, [GUEST, JSON.stringify(order)], { from: GO, ...watch });
