import { FIRMWARE_CALL } from "../occupants/index.js";
import { MARK } from "./layout.js";
import type { Outcome } from "./outcome.js";

type PlainOutcome = Extract<Outcome, { kind: "undefined-injected" | "powered-off" }>;
const PLAIN: ReadonlyMap<number, PlainOutcome> = new Map<number, PlainOutcome>([
  [MARK.hostUndefined, { kind: "undefined-injected" }],
  [FIRMWARE_CALL.cpuOff, { kind: "powered-off", how: "cpu-off" }],
  [FIRMWARE_CALL.domainCrash, { kind: "powered-off", how: "domain-crash" }],
  [FIRMWARE_CALL.parked, { kind: "powered-off", how: "parked" }],
]);
/** The outcome that an SMC's immediate says by itself, whatever the state. */
export const plainOutcome = (immediate: number | undefined): PlainOutcome | undefined =>
  immediate === undefined ? undefined : PLAIN.get(immediate);
