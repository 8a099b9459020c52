/** Machines and runs to files and back; a run replayed to any of its instructions. */
import { makeVirt, type VirtOptions } from "../../devices/index.js";
import {
  MachineError,
  savedPages,
  withoutMemory,
  type BringPages,
  type DeviceState,
} from "../../machine/index.js";
import { type Milestone, type RecordedRun } from "../run-file.js";
import { SavedFile, SavedFileError, writeSaved, type SavedSource } from "../saved-file.js";
import { CODE, codeIn, codeState } from "./kept-code-state.js";
import { readSetup, setupState, virtOptionsOf, type MachineSetup } from "./machine-setup.js";
import { lookAhead } from "./look-ahead.js";
import { readRestart, restartState, type Restart } from "./restart.js";
import { Session, type SessionOptions } from "./session.js";

export interface CodeOptions {
  /**
   * Names the program that runs, by a digest of all of it. Snapshots then hold the code that it translated, and only
   * the same program takes that up. Without it they hold none.
   */
  readonly program?: string | undefined;
}

/** A running machine as a snapshot file. Its memory is many values, so that what the guest does not use stays packed. */
export const writeSnapshot = (
  setup: MachineSetup,
  session: Session,
  { program }: CodeOptions = {},
): Uint8Array => {
  const { machine } = session;
  const { state, memory } = withoutMemory(machine.save());
  const { restart } = restartOf(session);
  if (program !== undefined) lookAhead(session, setup);
  const contents = {
    setup: [setupState(setup)],
    state: [state],
    memory,
    ...(restart !== undefined && { restart: [restart] }),
    ...(program !== undefined && codeState(program, machine.keepCode())),
  };
  return writeSaved("SNAP", contents, [CODE]);
};

/** What the guest's resets start it again from, of the machine as it is now. */
const restartOf = (session: Session): { readonly restart?: DeviceState } =>
  session.reboots && session.restart !== undefined
    ? { restart: restartState(session.machine, session.restart) }
    : {};

/** What runs the code of a machine out of a file: no part of what the file says. */
export type EngineOptions = Pick<VirtOptions, "engine" | "optimisations">;

/** A machine of a make-up and a state. `restart` is asked for at a reset; undefined: one ends the run. */
const sessionFrom = (
  setup: MachineSetup,
  { state, bring, restart }: SavedMachine,
  options: SessionOptions & EngineOptions,
): Session => {
  const { engine, optimisations } = options;
  const virt = makeVirt({
    ...virtOptionsOf(setup),
    ...(engine !== undefined && { engine }),
    ...(optimisations !== undefined && { optimisations }),
  });
  const session = new Session(virt, options);
  try {
    session.machine.restoreFrom(state, bring);
  } catch (error) {
    if (error instanceof MachineError || error instanceof RangeError) {
      throw new SavedFileError(`expected a state of this machine, found another; ${error.message}`);
    }
    throw error;
  }
  if (restart !== undefined) session.startedFrom(restart);
  return session;
};
interface SavedMachine {
  readonly state: DeviceState;
  readonly bring?: BringPages;
  readonly restart: (() => Restart) | undefined;
}

/**
 * A machine that goes on where a snapshot file was made. Memory is unpacked when it is first used, the images of a
 * reset at the first one. Throws SavedFileError.
 */
export const readSnapshot = (
  file: SavedSource | Uint8Array,
  options: SessionOptions & EngineOptions & CodeOptions = {},
): { readonly setup: MachineSetup; readonly session: Session } => {
  const saved = new SavedFile("SNAP", file);
  const setup = readSetup(saved.read("setup"));
  const state = saved.read("state");
  const bring: BringPages = (n) => {
    const bytes = saved.read("memory", n);
    if (bytes instanceof Uint8Array) return bytes;
    throw new SavedFileError("expected a snapshot's memory, found other contents");
  };
  const restart =
    saved.count("restart") === 0
      ? undefined
      : () => readRestart(saved.read("restart"), savedPages(state, bring));
  const session = sessionFrom(setup, { state, bring, restart }, options);
  const code = options.program === undefined ? undefined : codeIn(saved, options.program);
  if (code !== undefined) session.machine.adoptCode(code);
  return { setup, session };
};

/** The beginning of a recording: call before the first instruction that it is to hold. */
export const beginRecording = (setup: MachineSetup, session: Session) => {
  const start = session.machine.save();
  const restart = restartOf(session);
  const startAt = session.machine.instructions;
  const inputsBefore = session.inputs.length;
  const milestonesBefore = session.milestones.length;
  return {
    /** The run up to now. */
    end(): RecordedRun {
      session.settle();
      // A hash is compared before what came in at its moment: the last one must lie behind all of it.
      if (session.inputs.at(-1)?.at === session.machine.instructions) session.run(1);
      const end = session.machine.instructions;
      return {
        setup: setupState(setup),
        start,
        ...restart,
        startAt,
        inputs: session.inputs.slice(inputsBefore),
        milestones: [
          ...session.milestones.slice(milestonesBefore).filter(({ at }) => at < end),
          { at: end, hash: session.machine.stateHash() },
        ],
        end,
      };
    },
  };
};

/** How a replay compared with what was recorded. */
export interface Replay {
  readonly session: Session;
  /** Milestones that were passed and had the recorded hash. */
  readonly agreed: number;
  /** The first that had another one; the replay ended there. */
  readonly differs: { readonly recorded: Milestone; readonly found: string } | undefined;
}

/**
 * Runs a recorded run again up to an instruction (its end, when it is not said), and compares the state's
 * hash at every milestone on the way. Throws SavedFileError.
 */
export const replayRun = (
  run: RecordedRun,
  to: number = run.end,
  begun: (session: Session) => void = () => {},
  engine: EngineOptions = {},
): Replay => {
  const { restart, start } = run;
  const session = sessionFrom(
    readSetup(run.setup),
    {
      state: start,
      restart: restart === undefined ? undefined : () => readRestart(restart, savedPages(start)),
    },
    engine,
  );
  begun(session);
  const { machine } = session;
  const reach = (at: number): void => {
    if (at > machine.instructions) session.run(at - machine.instructions);
  };
  const target = Math.min(to, run.end);
  const inputs = run.inputs.filter(({ at }) => at <= target);
  const milestones = run.milestones.filter(({ at }) => at <= target);
  let agreed = 0;
  while (inputs.length > 0 || milestones.length > 0) {
    const [input, milestone] = [inputs[0], milestones[0]];
    // A hash was taken before what came in at the same moment.
    if (milestone !== undefined && (input === undefined || milestone.at <= input.at)) {
      reach(milestone.at);
      milestones.shift();
      const found = machine.stateHash();
      if (found !== milestone.hash)
        return { session, agreed, differs: { recorded: milestone, found } };
      agreed++;
    } else if (input !== undefined) {
      reach(input.at);
      inputs.shift();
      session.give(input);
    }
  }
  reach(target);
  return { session, agreed, differs: undefined };
};
