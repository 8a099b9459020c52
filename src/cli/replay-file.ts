/** Counterexamples as files that `hyplab replay FILE` runs again. */
import path from "node:path";
import { readInputFile } from "../images/index.js";
import {
  renderReplayCase,
  REPLAY_CASE,
  replayCase,
  replayFileName,
  statusOf,
  violations,
  type ReplayCase,
  type SubjectResult,
} from "../lab/index.js";
import { UsageError } from "./errors.js";
import { print, writeWhole } from "./output.js";

/** Such a file has some kilobytes. */
const MOST_REPLAY_BYTES = 16 * 1024 * 1024;

/** Saves every violation of a result to a folder. */
export const saveReplays = (folder: string, results: readonly SubjectResult[]): void => {
  for (const r of results) {
    for (const p of r.phases) {
      for (const contract of [p.implementation, ...p.documentation]) {
        for (const v of violations(contract)) {
          const status = statusOf(v);
          if (status.kind !== "violated") continue;
          const made = replayCase(r.subject, p.phase, v.clause, status.counterexample);
          if (made === undefined) continue;
          const target = path.join(folder, replayFileName(r.subject, p.phase, v.clause));
          writeWhole(target, renderReplayCase(made));
          print(`saved ${target}`);
        }
      }
    }
  }
};
/** Reads a replay file. Throws UsageError when it is not one. */
export const readReplay = (file: string): ReplayCase => {
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
  const parsed = REPLAY_CASE.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new UsageError(
    `${file}: expected a replay file (schema hyplab-replay 1); ${issue.path.join(".") || "the document"}: ${issue.message}`,
  );
};
