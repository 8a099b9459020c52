/** `hyplab resume` and the replay of recorded runs. */
import { readFileSync } from "node:fs";
import { describeCpus, isSaved, readRun, readSnapshot, replayRun } from "../lab/index.js";
import { patternOf, runConsole, type ConsoleFlags } from "./console.js";
import { EXIT_CODE } from "./errors.js";
import { colour, print } from "./output.js";

export const resumeCommand = async (file: string, flags: ConsoleFlags): Promise<number> => {
  patternOf(flags.until);
  const { setup, session } = readSnapshot(
    readFileSync(file),
    flags.record === undefined ? {} : { milestoneEvery: 100_000_000 },
  );
  return runConsole(session, setup, flags);
};

/** True for a file that `hyplab boot --record` wrote. */
export const isRunFile = (file: string): boolean => isSaved(readFileSync(file).subarray(0, 8));

/** Runs a recorded run again and compares its states with the recorded ones. */
export const replayRunCommand = (file: string, to: number | undefined): number => {
  const run = readRun(readFileSync(file));
  const { session, agreed, differs } = replayRun(run, to, (begun) => {
    begun.console.listen((byte) => process.stdout.write(Uint8Array.of(byte)));
  });
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
