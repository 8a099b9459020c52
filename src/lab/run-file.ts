/** A recorded run: where it began, what came in from outside and when, and hashes of its states on the way. */
import { z } from "zod";
import type { DeviceState } from "../machine/index.js";
import { SavedFile, SavedFileError, writeSaved, type SavedSource } from "./saved-file.js";

/** Bytes that came in from outside, before the instruction of that number ran. */
export interface RecordedInput {
  /** Instructions since reset. */
  readonly at: number;
  /** Which device took them: "serial" is the first PL011. */
  readonly port: string;
  readonly bytes: Uint8Array;
}
/** The state's hash after so many instructions. */
export interface Milestone {
  readonly at: number;
  readonly hash: string;
}
export interface RecordedRun {
  /** The machine, as `MachineSetup` describes it; plain data. */
  readonly setup: DeviceState;
  /** State of the machine at the beginning. */
  readonly start: DeviceState;
  /** What resets of the guest's start it again from; without it one ends the run. */
  readonly restart?: DeviceState;
  readonly startAt: number;
  readonly inputs: readonly RecordedInput[];
  readonly milestones: readonly Milestone[];
  /** Instructions since reset at the end of the run. */
  readonly end: number;
}

const time = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const schema = z.strictObject({
  setup: z.unknown(),
  start: z.unknown(),
  restart: z.unknown().optional(),
  startAt: time,
  inputs: z.array(z.strictObject({ at: time, port: z.string(), bytes: z.instanceof(Uint8Array) })),
  milestones: z.array(z.strictObject({ at: time, hash: z.string() })),
  end: time,
});

/** A run as a file. */
export const writeRun = (run: RecordedRun): Uint8Array =>
  writeSaved("RUN ", {
    run: [
      {
        ...run,
        inputs: run.inputs.map((input) => ({ ...input })),
        milestones: run.milestones.map((milestone) => ({ ...milestone })),
      },
    ],
  });

/** Reads a run back. Throws SavedFileError. */
export const readRun = (file: SavedSource | Uint8Array): RecordedRun => {
  const parsed = schema.safeParse(new SavedFile("RUN ", file).read("run"));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new SavedFileError(
      `expected a recorded run, found other contents; ${issue.path.join(".")}: ${issue.message}`,
    );
  }
  const { data } = parsed;
  const ordered = (items: readonly { readonly at: number }[]): boolean =>
    items.every(({ at }, i) => at <= data.end && at >= (i === 0 ? data.startAt : items[i - 1]!.at));
  if (!ordered(data.inputs) || !ordered(data.milestones)) {
    throw new SavedFileError("expected a recorded run in the order of time, found another order");
  }
  const { restart, ...rest } = data;
  return {
    ...rest,
    setup: data.setup as DeviceState,
    start: data.start as DeviceState,
    ...(restart !== undefined && { restart: restart as DeviceState }),
  };
};
