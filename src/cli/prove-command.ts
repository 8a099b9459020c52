/** `hyplab prove`: every clause for every state, or the case that breaks it. */
import { writeProof } from "../certificates/index.js";
import { CONTRACTS, contractNamed, type Contract } from "../contract/index.js";
import {
  AgreeingSolver,
  CdclSolver,
  PortfolioSolver,
  SmtLibSolver,
  Z3Solver,
  type Solver,
} from "../engines/index.js";
import {
  Certificate,
  describeCase,
  proveImage,
  proveOccupant,
  statusOf,
  traceCall,
  type ClauseVerdict,
  type SitedPhase,
  type ProveSubjectOptions,
  type Status,
  type SitedSubject,
  type SubjectResult,
} from "../lab/index.js";
import { OCCUPANTS } from "../occupants/index.js";
import { renderResultsJson } from "../report/index.js";
import { holdAgainst, baselineFor, type BaselineFlags } from "./baseline-option.js";
import { EXIT_CODE, suggestion, UsageError } from "./errors.js";
import { colour, print, progress, writeWhole } from "./output.js";
import { saveReplays } from "./replay-file.js";
import { recheckCommand } from "./recheck-command.js";
import { targetNamed } from "./subject-target.js";

export interface ProveFlags extends BaselineFlags {
  readonly contract?: string;
  readonly clause?: string;
  readonly solver?: string;
  readonly agree?: boolean;
  readonly timeout?: number;
  readonly tables?: "as-found" | "any";
  readonly certificate?: string;
  readonly recheck?: string;
  readonly json?: string;
  readonly save?: string;
  readonly verbose?: boolean;
}

/** Conflicts after which our own solver leaves a question to the other. */
const QUICK_CONFLICTS = 20_000;
/**
 * The solver that is asked for: a command, or our own with z3-solver behind it for what it does not decide soon.
 * `certify`: with refutations, where ours answered.
 */
export const startSolver = async (command: string | undefined, certify = false): Promise<Solver> =>
  command === undefined
    ? new PortfolioSolver(new CdclSolver({ maxConflicts: QUICK_CONFLICTS, certify }), () =>
        Z3Solver.start(),
      )
    : SmtLibSolver.start(command);
/** As `startSolver`; with `agree` the built-in one is asked as well, and a contradiction stops everything. */
const startSolvers = async (flags: ProveFlags, certify: boolean): Promise<Solver> => {
  const first = await startSolver(flags.solver, certify);
  return flags.agree === true ? new AgreeingSolver(first, await startSolver(undefined)) : first;
};

const contractOf = (flags: ProveFlags): Contract | undefined => {
  const id = flags.contract ?? flags.clause?.split("/")[0];
  if (id === undefined) return undefined;
  const contract = contractNamed(id);
  if (contract === undefined)
    throw new UsageError(
      `no contract is named "${id}"${suggestion(
        id,
        CONTRACTS.map((c) => c.id),
      )}; hyplab list contracts shows them`,
    );
  if (flags.clause !== undefined && !contract.clauses.some((c) => c.id === flags.clause))
    throw new UsageError(
      `no clause is named "${flags.clause}"${suggestion(
        flags.clause,
        contract.clauses.map((c) => c.id),
      )}; hyplab list clauses shows them`,
    );
  return contract;
};

const prove = async (
  target: string | undefined,
  options: ProveSubjectOptions,
): Promise<SitedSubject[]> => {
  const results: SitedSubject[] = [];
  if (target === undefined)
    for (const occupant of OCCUPANTS) results.push(await proveOccupant(occupant, options));
  else {
    const found = await targetNamed(target);
    results.push(
      found.kind === "occupant"
        ? await proveOccupant(found.occupant, options)
        : await proveImage(found.image, found.name, options),
    );
  }
  return results;
};

const WORDS: Readonly<Record<Status["kind"], string>> = {
  proved: colour.green("proved"),
  "proved-under-assumptions": colour.green("proved under assumptions"),
  held: colour.green("held"),
  violated: colour.red("violated"),
  "violated-under-assumptions": colour.red("violated under assumptions"),
  unreachable: colour.dim("unreachable at this phase"),
  "not-applicable": colour.dim("not applicable"),
  unknown: colour.yellow("unknown"),
  "never-tried": colour.yellow("never tried"),
  inconsistent: colour.red("inconsistent: a defect of hyplab"),
};

const clauseLines = (v: ClauseVerdict, p: SitedPhase, verbose: boolean): void => {
  const status = statusOf(v);
  const { clause } = v;
  switch (status.kind) {
    case "violated":
    case "violated-under-assumptions": {
      const { counterexample: c } = status;
      print(`      ${WORDS[status.kind]} ${clause.id} (${clause.strength}): ${clause.statement}`);
      print(`        case ${describeCase(c)}: ${c.found}`);
      if (status.kind === "violated-under-assumptions")
        for (const a of status.assumptions) print(`        assuming that ${a}`);
      if (verbose && clause.about.kind === "call") {
        const { steps } = traceCall(p.site, c, p.nameOf);
        for (const s of steps)
          print(
            `          0x${s.address.toString(16).padStart(8, "0")} ${s.mode} ${s.text}${s.notes.length > 0 ? `  ; ${s.notes.join(", ")}` : ""}`,
          );
      }
      return;
    }
    case "inconsistent":
      print(`      ${WORDS.inconsistent} ${clause.id}: ${status.what}`);
      return;
    case "unknown":
      print(`      ${WORDS.unknown} ${clause.id}: ${status.why}`);
      return;
    default:
      if (!verbose) return;
      print(`      ${WORDS[status.kind]} ${clause.id}: ${clause.statement}`);
      if (status.kind === "not-applicable") print(`        ${status.why}`);
  }
};
/** Assumptions of the proofs of a phase, each with the number of clauses that rest on it. */
const assumptionLines = (all: readonly ClauseVerdict[]): void => {
  const counted = new Map<string, number>();
  for (const v of all) {
    const status = statusOf(v);
    if (status.kind !== "proved-under-assumptions") continue;
    for (const a of status.assumptions) counted.set(a, (counted.get(a) ?? 0) + 1);
  }
  for (const [a, n] of counted)
    print(`      assuming that ${a} (${n} ${n === 1 ? "clause" : "clauses"})`);
};

/** Every assumption of the proofs, once. */
const assumptionsOf = (results: readonly SitedSubject[]): string[] => [
  ...new Set(
    results.flatMap((r) =>
      r.phases.flatMap((p) =>
        [p.implementation, ...p.documentation].flatMap((c) =>
          c.verdicts.flatMap((v) => (v.proof?.kind === "proved" ? v.proof.assumptions : [])),
        ),
      ),
    ),
  ),
];
const show = (results: readonly SitedSubject[], verbose: boolean): void => {
  for (const r of results) {
    print(colour.bold(r.subject));
    for (const p of r.phases) {
      print(`  ${colour.bold(p.phase)}`);
      for (const contract of [p.implementation, ...p.documentation]) {
        const counted = new Map<Status["kind"], number>();
        for (const v of contract.verdicts) {
          const { kind } = statusOf(v);
          counted.set(kind, (counted.get(kind) ?? 0) + 1);
        }
        print(
          `    ${colour.cyan(contract.contract.id)}: ${[...counted].map(([kind, n]) => `${n} ${WORDS[kind]}`).join(", ")}`,
        );
        for (const v of contract.verdicts) clauseLines(v, p, verbose);
        assumptionLines(contract.verdicts);
      }
    }
  }
};

/** Phases and clauses about which two findings contradict each other. */
export const defectsIn = (r: SubjectResult): string[] =>
  r.phases.flatMap((p) =>
    [p.implementation, ...p.documentation].flatMap((c) =>
      c.verdicts
        .filter((v) => statusOf(v).kind === "inconsistent")
        .map((v) => `${p.phase}: ${v.clause.id}`),
    ),
  );
/** What the run as a whole comes to: a defect of ours, a violation, something undecided, or nothing of these. */
const exitCodeOf = (results: readonly SitedSubject[]): number => {
  const all = results.flatMap((r) =>
    r.phases.flatMap((p) =>
      [p.implementation, ...p.documentation].flatMap((c) =>
        c.verdicts.map((v) => ({
          kind: statusOf(v).kind,
          counts: c.contract.kind === "implementation" && v.clause.strength === "promise",
        })),
      ),
    ),
  );
  if (all.some((a) => a.kind === "inconsistent")) return EXIT_CODE.defect;
  if (all.some((a) => a.kind === "violated" && a.counts)) return EXIT_CODE.violation;
  if (all.some((a) => a.kind === "unknown")) return EXIT_CODE.stopped;
  return EXIT_CODE.ok;
};

export const proveCommand = async (
  target: string | undefined,
  flags: ProveFlags,
): Promise<number> => {
  const started = performance.now();
  if (flags.recheck !== undefined) return recheckCommand(flags.recheck, flags);
  if (flags.certificate !== undefined && target === undefined)
    throw new UsageError(
      "--certificate: expected a target, found none; a certificate is about one",
    );
  const contract = contractOf(flags);
  const before = baselineFor(flags);
  const certificate = flags.certificate === undefined ? undefined : new Certificate(target!);
  const solver = await startSolvers(flags, certificate !== undefined);
  let asked = 0;
  let results: SitedSubject[];
  try {
    results = await prove(target, {
      solver,
      ...(contract === undefined ? {} : { contract }),
      ...(flags.clause === undefined ? {} : { only: new Set([flags.clause]) }),
      ...(flags.timeout === undefined ? {} : { timeoutMs: flags.timeout * 1000 }),
      ...(flags.tables === undefined ? {} : { tables: flags.tables }),
      plain: certificate !== undefined,
      progress,
      asked: (query, _subject, phase) => {
        asked++;
        certificate?.add(query, phase);
      },
    });
  } finally {
    progress("");
    await solver.close();
  }
  if (certificate !== undefined) {
    const { phases } = results[0]!;
    writeWhole(flags.certificate!, writeProof(certificate.proof(phases, assumptionsOf(results))));
  }
  if (flags.json !== undefined) writeWhole(flags.json, renderResultsJson(results));
  if (flags.save !== undefined) saveReplays(flags.save, results);
  if (flags.json !== "-") {
    show(results, flags.verbose === true);
    print(
      `${results.length} ${results.length === 1 ? "subject" : "subjects"}, ${asked} questions to ${solver.name} ${solver.version}, ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
  }
  const worse = holdAgainst(before, flags, results, flags.json === "-");
  const code = exitCodeOf(results);
  if (before === undefined || code === EXIT_CODE.defect) return code;
  return worse ? EXIT_CODE.violation : EXIT_CODE.ok;
};
