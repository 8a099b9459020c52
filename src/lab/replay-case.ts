/** A counterexample as a file's contents: all that `hyplab replay` needs to run it again. */
import { z } from "zod";
import type { Clause } from "../contract/index.js";
import type { Counterexample } from "./verdict.js";

export const REPLAY_CASE = z.object({
  schema: z.literal("hyplab-replay"),
  version: z.literal(1),
  /** An occupant's id or an image as `check` takes it. */
  subject: z.string(),
  phase: z.string(),
  clause: z.string(),
  statement: z.string(),
  found: z.string(),
  registers: z.record(
    z.string().regex(/^(?:\d|1[0-4])$/),
    z.number().int().min(-0x80000000).max(0xffffffff),
  ),
  flags: z.number().int(),
  /** State slots by name; files of before this field have none. */
  system: z.record(z.string(), z.number().int().min(-0x80000000).max(0xffffffff)).default({}),
});
export type ReplayCase = z.infer<typeof REPLAY_CASE>;

/** The case of a violated clause; undefined where no call was made, as with a vector table. */
export const replayCase = (
  subject: string,
  phase: string,
  clause: Clause,
  c: Counterexample,
): ReplayCase | undefined =>
  clause.about.kind !== "call"
    ? undefined
    : {
        schema: "hyplab-replay",
        version: 1,
        subject: subject.replace(/ \(.*$/, ""),
        phase,
        clause: clause.id,
        statement: clause.statement,
        found: c.found,
        flags: c.flags,
        system: c.system,
        registers: Object.fromEntries(Object.entries(c.registers).map(([n, v]) => [n, v! | 0])),
      };
/** Name of its file. */
export const replayFileName = (subject: string, phase: string, clause: Clause): string =>
  `${`${subject}-${phase}-${clause.id}`.replace(/[^a-z0-9.-]+/gi, "-").toLowerCase()}.json`;
export const renderReplayCase = (c: ReplayCase): string => `${JSON.stringify(c, undefined, 2)}\n`;
