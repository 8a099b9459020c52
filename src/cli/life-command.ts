/** `hyplab kexec` and `hyplab kdump`: a kernel's life to the end, judged stage by stage. */
import { renameSync } from "node:fs";
import path from "node:path";
import { loadImage, unpackZImage, type LoadedImage } from "../images/index.js";
import {
  brokenStages,
  describeScenario,
  fetchLifeSources,
  LIFE_MATRIX,
  PANICS,
  inPlayingOrder,
  playLife,
  prepareLife,
  rawForKexec,
  type LifeSources,
  type PanicKind,
  type ScenarioResult,
  type ScenarioSetup,
  type StageVerdict,
} from "../lab/index.js";
import { OCCUPANTS, occupantNamed } from "../occupants/index.js";
import { renderScenariosJson, renderScenarios } from "../report/index.js";
import type { EngineName } from "../machine/index.js";
import { EXIT_CODE, suggestion, UsageError } from "./errors.js";
import { modelOf } from "./cpu-model.js";
import { runJobs, workersFor } from "./jobs.js";
import { makeGuestFolder } from "./guest-folder.js";
import { colour, print, say, writeWhole } from "./output.js";
import { unpackScenario } from "./portable.js";
import type { WorkKinds } from "./work.js";

export interface LifeFlags {
  readonly occupant?: string;
  readonly panic?: string;
  readonly smp: number;
  readonly cpu: string;
  readonly engine: EngineName;
  readonly hypMmu?: boolean;
  readonly proposal?: boolean;
  readonly zimage?: boolean;
  readonly vmcore?: string;
  readonly matrix?: boolean;
  readonly json?: string;
  readonly output?: string;
  readonly quiet?: boolean;
  readonly timeline?: boolean;
  readonly jobs?: number;
}

const DEFAULT_IMAGE = "debian:linux-image-armmp-lpae";
const MARKS: Readonly<Record<StageVerdict["kind"], string>> = {
  held: colour.green("held"),
  violated: colour.red("violated"),
  "not-reached": colour.dim("not reached"),
  "not-applicable": colour.dim("-"),
};
const wordsOf = (v: StageVerdict): string => {
  switch (v.kind) {
    case "held":
      return v.evidence[0] ?? "";
    case "violated":
      return v.found;
    case "not-reached":
      return "";
    case "not-applicable":
      return v.why;
  }
};
const endColour = (result: ScenarioResult): string =>
  result.end === "next kernel in HYP" ? colour.green(result.end) : colour.red(result.end);

/** Where the serial line and the account go: standard output, unless that is for the JSON. */
const accountOf = ({ json }: LifeFlags): ((line?: string) => void) =>
  json === "-" ? (line = "") => say(line) : print;

const tell = (
  result: ScenarioResult,
  { timeline = false }: LifeFlags,
  account: (line?: string) => void,
): void => {
  account();
  account(colour.bold(describeScenario(result.setup)));
  for (const { clause, verdict } of result.stages) {
    const mark = MARKS[verdict.kind];
    account(`  ${clause.title.padEnd(22)} ${mark}  ${colour.dim(wordsOf(verdict))}`);
  }
  if (timeline) {
    account(`  ${colour.bold("timeline")}`);
    for (const { at, cpu, what } of result.timeline)
      account(
        `  ${String(at).padStart(12)} ${cpu === undefined ? "     " : `CPU ${cpu}`}  ${what}`,
      );
  }
  account(`  ${colour.bold("=>")} ${endColour(result)}: ${result.why}`);
};

const panicOf = (kind: ScenarioSetup["kind"], flags: LifeFlags): PanicKind => {
  if (kind === "kexec") {
    if (flags.panic !== undefined)
      throw new UsageError("--panic: a kexec has none; use hyplab kdump");
    return "kexec";
  }
  const panic = flags.panic ?? "sysrq-c";
  const known = Object.keys(PANICS).filter((name) => name !== "kexec");
  if (!known.includes(panic)) {
    throw new UsageError(
      `no panic is named "${panic}"${suggestion(panic, known)}; panics: ${known.join(", ")}`,
    );
  }
  if (panic === "other-cpu" && flags.smp < 2)
    throw new UsageError("--panic other-cpu needs another CPU: --smp 2");
  return panic as PanicKind;
};
const occupantOf = (flags: LifeFlags): string | undefined => {
  if (flags.occupant === undefined) {
    if (flags.hypMmu === true)
      throw new UsageError("--hyp-mmu is for an occupant: the kernel's own stub runs without it");
    return undefined;
  }
  if (occupantNamed(flags.occupant) !== undefined) return flags.occupant;
  const ids = OCCUPANTS.map((o) => o.id);
  throw new UsageError(
    `no occupant is named "${flags.occupant}"${suggestion(flags.occupant, ids)}; hyplab list shows them`,
  );
};

const sourcesOf = async (image: LoadedImage, flags: LifeFlags): Promise<LifeSources> => {
  if (image.kind !== "zImage")
    throw new UsageError("expected a Linux zImage or debian:PACKAGE with one, found another image");
  const packageName = image.source.package?.name;
  if (flags.vmcore !== undefined && packageName === undefined) {
    throw new UsageError(
      "--vmcore needs a kernel out of a Debian package, whose modules save it; give debian:PACKAGE",
    );
  }
  const kernel = flags.zimage === true ? image.bytes : rawForKexec(unpackZImage(image.zImage));
  return fetchLifeSources(kernel, {
    progress: say,
    ...(flags.vmcore !== undefined && { saveVmcore: { kernelPackage: packageName! } }),
  });
};

const write = (results: readonly ScenarioResult[], flags: LifeFlags): void => {
  if (flags.json !== undefined) writeWhole(flags.json, renderScenariosJson(results));
  if (flags.output === undefined) return;
  for (const [name, contents] of renderScenarios(results))
    writeWhole(path.join(flags.output, name), contents);
  accountOf(flags)(`begin at ${path.join(flags.output, "scenarios.html")}`);
};

/** About how long a scenario of the matrix takes on one core, in seconds. */
const SECONDS = 2;
/** Plays the matrix over workers. Results come in the order of the matrix. */
const playMatrix = async (
  shared: WorkKinds["scenarios"]["shared"],
  jobs: number | undefined,
  done: (result: ScenarioResult) => void,
): Promise<ScenarioResult[]> => {
  const setups = inPlayingOrder(LIFE_MATRIX);
  const played = await runJobs("scenarios", setups, {
    workers: workersFor(jobs, { seconds: SECONDS * setups.length, each: "machine" }),
    shared,
    done,
  });
  const results = new Map(setups.map((setup, i) => [setup, unpackScenario(played[i]!)]));
  return LIFE_MATRIX.map((setup) => results.get(setup)!);
};

const playAll = async (image: LoadedImage, flags: LifeFlags): Promise<number> => {
  const account = accountOf(flags);
  const sources = await sourcesOf(image, flags);
  const results = await playMatrix(
    { image, sources, payload: flags.zimage !== true, engine: flags.engine },
    flags.jobs,
    (result) =>
      account(`${describeScenario(result.setup).padEnd(64)} ${endColour(result)}: ${result.why}`),
  );
  write(results, flags);
  const won = results.filter(({ end }) => end === "next kernel in HYP").length;
  account(`${results.length} scenarios, ${won} reach the crash kernel in HYP mode`);
  return EXIT_CODE.ok;
};

/** The whole matrix with Debian's kernel, for the documentation. It takes minutes. */
export const usualScenarios = async (jobs: number | undefined): Promise<ScenarioResult[]> => {
  const image = await loadImage(DEFAULT_IMAGE, { progress: say });
  const sources = await sourcesOf(image, { smp: 1, cpu: "cortex-a15", engine: "interpreter" });
  return playMatrix({ image, sources }, jobs, ({ setup, end }) =>
    say(`${describeScenario(setup)}: ${end}`),
  );
};

/** The matrix has its own panics, occupants and CPUs: an option must not be without effect. */
const checkMatrixFlags = (flags: LifeFlags): void => {
  if (flags.matrix !== true) {
    if (flags.jobs !== undefined)
      throw new UsageError("--jobs: a single life runs on one core; it is for --matrix");
    return;
  }
  const { panic, occupant, hypMmu, proposal, vmcore, timeline } = flags;
  const single = {
    "--panic": panic,
    "--occupant": occupant,
    "--hyp-mmu": hypMmu,
    "--proposal": proposal,
    "--vmcore": vmcore,
    "--timeline": timeline,
  };
  const [option] = Object.entries(single).find(([, value]) => value !== undefined) ?? [];
  if (option !== undefined)
    throw new UsageError(`${option} with --matrix: it is for one scenario; leave one of them out`);
  if (flags.smp !== 1)
    throw new UsageError(
      "--smp with --matrix: the matrix has its own numbers of CPUs; leave it out",
    );
};

export const lifeCommand = async (
  kind: ScenarioSetup["kind"],
  spec: string | undefined,
  flags: LifeFlags,
): Promise<number> => {
  const model = modelOf(flags.cpu);
  checkMatrixFlags(flags);
  const account = accountOf(flags);
  const setup: ScenarioSetup = {
    kind,
    occupant: occupantOf(flags),
    panic: panicOf(kind, flags),
    cpus: flags.smp,
    hypMmu: flags.hypMmu === true,
    caller: flags.proposal === true ? "proposal" : "kernel",
  };
  const image = await loadImage(spec ?? DEFAULT_IMAGE, { progress: say });
  if (flags.matrix === true) return playAll(image, flags);
  const sources = await sourcesOf(image, flags);
  // The guest writes to a folder of its own; what it made is moved to its place when it is whole.
  const folder = flags.vmcore === undefined ? undefined : makeGuestFolder(flags.vmcore);
  try {
    const life = prepareLife({
      kind,
      cpus: setup.cpus,
      model,
      engine: flags.engine,
      image,
      sources,
      progress: say,
      payload: flags.zimage !== true,
      ...(folder !== undefined && { saveTo: folder.path }),
    });
    say(`ready after ${life.at} instructions`);
    const result = playLife(life, setup, {
      until: "end",
      ...(flags.quiet !== true && {
        output: (byte: number) =>
          (flags.json === "-" ? process.stderr : process.stdout).write(Uint8Array.of(byte)),
      }),
    });
    tell(result, flags, account);
    write([result], flags);
    if (folder !== undefined) keepVmcore(result, folder.path, flags.vmcore!, account);
    return result.end === "next kernel in HYP" && brokenStages(result).length === 0
      ? EXIT_CODE.ok
      : EXIT_CODE.violation;
  } finally {
    folder?.remove();
  }
};

const keepVmcore = (
  result: ScenarioResult,
  folder: string,
  target: string,
  account: (line?: string) => void,
): void => {
  const stage = result.stages.find(({ clause }) => clause.stage === "vmcore");
  if (stage?.verdict.kind !== "held") {
    account(colour.red(`${target} is not written: the old memory was not read back`));
    return;
  }
  renameSync(path.join(folder, "vmcore"), target);
  account(`old memory in ${target}`);
};
