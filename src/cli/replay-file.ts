/** Counterexamples as files that `hyplab replay FILE` runs again. */
import path from "node:path";
import { z } from "zod";
import { readInputFile } from "../images/index.js";
import { violations, type SubjectResult } from "../lab/index.js";
import { UsageError } from "./errors.js";
import { print, writeWhole } from "./output.js";

/** Such a file has some kilobytes. */
const MOST_REPLAY_BYTES = 16 * 1024 * 1024;

const replaySchema = z.object({
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
export type ReplayFile = z.infer<typeof replaySchema>;

/** Saves every violation of a result to a folder. */
export const saveReplays = (folder: string, results: readonly SubjectResult[]): void => {
  for (const r of results) {
    for (const p of r.phases) {
      for (const contract of [p.implementation, ...p.documentation]) {
        for (const { clause, verdict } of violations(contract)) {
          if (verdict.kind !== "violated" || clause.about.kind !== "call") continue;
          const { counterexample: c } = verdict;
          const file: ReplayFile = {
            schema: "hyplab-replay",
            version: 1,
            subject: r.subject.replace(/ \(.*$/, ""),
            phase: p.phase,
            clause: clause.id,
            statement: clause.statement,
            found: c.found,
            flags: c.flags,
            system: c.system,
            registers: Object.fromEntries(Object.entries(c.registers).map(([n, v]) => [n, v! | 0])),
          };
          const name = `${r.subject}-${p.phase}-${clause.id}`
            .replace(/[^a-z0-9.-]+/gi, "-")
            .toLowerCase();
          const target = path.join(folder, `${name}.json`);
          writeWhole(target, `${JSON.stringify(file, undefined, 2)}\n`);
          print(`saved ${target}`);
        }
      }
    }
  }
};
/** Reads a replay file. Throws UsageError when it is not one. */
export const readReplay = (file: string): ReplayFile => {
  const text = new TextDecoder().decode(
    readInputFile(file, { expected: "a replay file", limit: MOST_REPLAY_BYTES }),
  );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UsageError(
      `${file}: expected a replay file (JSON, schema hyplab-replay 1), found something that is not JSON; hyplab check --save DIR writes such files`,
    );
  }
  const parsed = replaySchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new UsageError(
    `${file}: expected a replay file (schema hyplab-replay 1); ${issue.path.join(".") || "the document"}: ${issue.message}`,
  );
};
