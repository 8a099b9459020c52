/** `hyplab replay`: a case instruction by instruction, or the story of the 2017 mail. */
import { existsSync } from "node:fs";
import { slotNamed } from "../arch/index.js";
import {
  describeCase,
  describeOutcome,
  imagePhases,
  occupantPhases,
  occupantSite,
  stateValue,
  traceCall,
  namesFrom,
  type Setup,
  type Trace,
} from "../lab/index.js";
import { assembleOccupant, occupantNamed } from "../occupants/index.js";
import { EXIT_CODE, suggestion, UsageError } from "./errors.js";
import { colour, pad, print } from "./output.js";
import type { EngineFlags } from "./engine-flags.js";
import { isRunFile, replayRunCommand } from "./run-commands.js";
import { readReplay } from "./replay-file.js";
import { targetNamed } from "./subject-target.js";

const STORIES = ["mail-2017"];

const showTrace = (trace: Trace): void => {
  for (const s of trace.steps) {
    const place = `${s.address.toString(16).padStart(8, "0")} ${s.label ?? ""}`;
    print(
      `  ${colour.dim(s.mode)} ${pad(place, 34)} ${pad(s.text, 34)} ${colour.yellow(s.notes.join("; "))}`,
    );
  }
  const { outcome } = trace.result;
  const good =
    outcome.kind === "returned" || (outcome.kind === "entered" && outcome.mode === "hyp");
  if (trace.returned !== undefined)
    print(
      `  ${colour.bold("=>")} ${describeOutcome(trace.returned)}, and the caller goes its way:`,
    );
  print(
    `  ${colour.bold("=>")} ${good ? colour.green(describeOutcome(outcome)) : colour.red(describeOutcome(outcome))}`,
  );
};

/** Runs one occupant with registers and tells it. */
const tell = (id: string, setup: Setup, caller: string): Trace => {
  const occupant = occupantNamed(id)!;
  const site = occupantSite(occupant, setup);
  const { symbols } = assembleOccupant(
    occupant,
    setup,
    site.hvbar & ~0xffff,
    occupant.resetsTo === undefined ? {} : { stub_vectors: site.options.stubVectors },
  );
  const stub = new Map([...symbols].filter(([name]) => name !== "stub_vectors"));
  const places = new Map<string, number>([
    ...stub,
    ["host_caller", site.layout.caller],
    ["crash_kernel", site.target(false)],
    ["crash_kernel_thumb", site.layout.targetThumb],
  ]);
  const trace = traceCall(site, { caller }, namesFrom(places));
  showTrace(trace);
  return trace;
};

const mail2017 = (): number => {
  print(
    colour.bold("January 2017: a panic, KVM's vectors in place, and the new soft-restart call"),
  );
  print();
  print(
    "A host that was entered in HYP mode panics (a NULL dereference with panic_on_oops, say). The notifiers that",
  );
  print(
    "would take KVM down do not run in a panic. kdump turns the SVC MMU off and asks for a restart:",
  );
  print(
    "HVC #0 with r0 = HVC_SOFT_RESTART = 2, r1 = 1 (the kernel has HYP mode), r3 = the crash kernel.",
  );
  for (const thumb of [false, true]) {
    print();
    print(
      colour.bold(
        `1${thumb ? "b" : "a"}. KVM K3 (4.6-era to v4.11) on ${thumb ? "a Thumb-2" : "an ARM"} kernel`,
      ),
    );
    print("KVM's handler takes r0 for a function pointer and shifts r1 to r3 down.");
    const { result } = tell("kvm-k3", { thumb, hypMmu: true }, "b-soft");
    if (result.outcome.kind === "exception-in-hyp") {
      const address = result.outcome.target;
      print(
        `  The branch goes to address ${address}: r0${thumb ? " with the Thumb bit ORed in" : ""}. Nothing is mapped there. HYP mode aborts`,
      );
      print(
        `  (HIFAR = 0x${(stateValue(result.after, "HIFAR") >>> 0).toString(16)}), its prefetch abort vector branches to itself, and that is the end:`,
      );
      print("  no message, no crash kernel, a CPU that spins in HYP mode with everything masked.");
    }
  }
  print();
  print(colour.bold("2. The same call on KVM K4 (v4.12 on)"));
  print(
    "Small numbers are stub calls now, but the numbers have moved: 2 is a reset. KVM is taken down, the call returns,",
  );
  print(
    "and r3 is kept: a caller with the proposal's fallback goes on to the crash kernel in SVC, without HYP mode.",
  );
  tell("kvm-k4", { thumb: false, hypMmu: true }, "b-soft");
  print();
  print(
    colour.bold(
      "2b. KVM K4 with the call that was agreed on: r0 = HVC_SOFT_RESTART = 1, r1 = the crash kernel",
    ),
  );
  tell("kvm-k4", { thumb: false, hypMmu: true }, "c-soft");
  print();
  print(colour.bold("3. The same 2017 call on the reference stub"));
  tell("reference-stub", { thumb: false, hypMmu: true }, "b-soft");
  print();
  print(colour.bold("3b. The reference stub with the call that was agreed on, HYP MMU on"));
  tell("reference-stub", { thumb: false, hypMmu: true }, "c-soft");
  print();
  print("What the mail asked for was the documentation of all this: hyplab docs writes it.");
  return EXIT_CODE.ok;
};

export const replayCommand = async (
  what: string,
  options: EngineFlags & { readonly to?: number },
): Promise<number> => {
  const whole = (): void => {
    if (options.to !== undefined)
      throw new UsageError(`--to is for a recorded run; ${what} is told from beginning to end`);
  };
  if (what === "mail-2017") {
    whole();
    return mail2017();
  }
  if (!existsSync(what)) {
    throw new UsageError(
      `"${what}" is neither a replay file nor a story${suggestion(what, STORIES)}; stories: ${STORIES.join(", ")}`,
    );
  }
  if (isRunFile(what)) return replayRunCommand(what, options.to, options);
  whole();
  const file = readReplay(what);
  const target = await targetNamed(file.subject);
  const phases =
    target.kind === "occupant" ? occupantPhases(target.occupant) : imagePhases(target.image);
  const phase = phases.find((p) => p.phase === file.phase);
  if (phase === undefined) {
    throw new UsageError(
      `${what}: ${file.subject} has no phase "${file.phase}"${suggestion(
        file.phase,
        phases.map((p) => p.phase),
      )}`,
    );
  }
  const registers = Object.fromEntries(
    Object.entries(file.registers).map(([n, v]) => [Number(n), v]),
  );
  print(`${colour.bold(file.clause)}: ${file.statement}`);
  const { flags, system } = file;
  for (const name of Object.keys(system)) {
    if (slotNamed(name) === undefined)
      throw new UsageError(`${what}: expected names of state in "system", found "${name}"`);
  }
  print(`${file.subject}, ${file.phase}; ${describeCase({ registers, system })}`);
  showTrace(traceCall(phase.site, { registers, flags, system }, phase.nameOf));
  print(`found when it was saved: ${file.found}`);
  return EXIT_CODE.ok;
};
