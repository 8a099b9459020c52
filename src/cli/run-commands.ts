/** `hyplab resume` and the replay of recorded runs. */
import { InputFile, withInputFile } from "../images/index.js";
import {
  describeCpus,
  isSaved,
  MOST_SAVED_BYTES,
  readRun,
  readSnapshot,
  replayRun,
  SavedFileError,
  type SavedSource,
  withFolderDigests,
} from "../lab/index.js";
import { checkConsoleFlags, runConsole, type ConsoleFlags } from "./console.js";
import { engineOf, type EngineFlags } from "./engine-flags.js";
import { EXIT_CODE, UsageError } from "./errors.js";
import { PROGRAM } from "./identity.js";
import { colour, print } from "./output.js";

/** Opens a saved file, which is read as it is wanted; what is wrong with it begins with its name. */
const fromSaved = <T>(file: string, expected: string, read: (source: SavedSource) => T): T => {
  // It stays open to the end of the process.
  const source = new InputFile(file, {
    expected,
    limit: MOST_SAVED_BYTES,
    tooLarge: "no machine of hyplab is that large; check which file you meant",
  });
  try {
    return read(source);
  } catch (error) {
    throw error instanceof SavedFileError ? error.about(file) : error;
  }
};

export const resumeCommand = async (
  file: string,
  flags: ConsoleFlags & EngineFlags,
): Promise<number> => {
  checkConsoleFlags(flags);
  const { setup, session } = fromSaved(file, "a snapshot of hyplab boot --snapshot", (source) =>
    readSnapshot(source, {
      ...engineOf(flags),
      program: PROGRAM.digest,
      ...(flags.record !== undefined && { milestoneEvery: 100_000_000 }),
    }),
  );
  if (flags.record === undefined) return runConsole(session, setup, flags);
  const writable = setup.devices.find((d) => d.kind === "share" && d.writable);
  if (writable?.kind === "share") {
    throw new UsageError(
      `--record: the guest may write to the folder ${writable.path}, which cannot be replayed; leave --record out`,
    );
  }
  return runConsole(session, withFolderDigests(setup), flags);
};

/** What `hyplab replay` takes. */
export const REPLAYED = "a file of hyplab boot --record or of hyplab check --save";

/** True for a file that `hyplab boot --record` wrote. */
export const isRunFile = (file: string): boolean =>
  withInputFile(file, { expected: REPLAYED, limit: Infinity }, (input) =>
    isSaved(input.read(0, Math.min(8, input.size))),
  );

/** Runs a recorded run again and compares its states with the recorded ones. */
export const replayRunCommand = (
  file: string,
  to: number | undefined,
  flags: EngineFlags,
): number => {
  const { run, replay } = fromSaved(file, REPLAYED, (source) => {
    const read = readRun(source);
    if (to !== undefined && (to < read.startAt || to > read.end)) {
      throw new UsageError(
        `--to ${to}: expected an instruction of the recorded run, ${read.startAt} to ${read.end}`,
      );
    }
    const played = replayRun(
      read,
      to,
      (begun) => {
        begun.console.listen((byte) => process.stdout.write(Uint8Array.of(byte)));
      },
      engineOf(flags),
    );
    return { run: read, replay: played };
  });
  const { session, agreed, differs } = replay;
  const { machine } = session;
  print();
  if (differs !== undefined) {
    print(
      colour.red(
        `the state after ${differs.recorded.at} instructions is ${differs.found}; recorded was ${differs.recorded.hash}`,
      ),
    );
    return EXIT_CODE.violation;
  }
  print(
    `${machine.instructions} instructions, ${run.inputs.length} inputs, state ${machine.stateHash()}; ${agreed} recorded states agree`,
  );
  for (const line of describeCpus(session)) print(line);
  return EXIT_CODE.ok;
};
