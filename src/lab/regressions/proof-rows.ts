/**
 * Known bugs that the prover finds by itself: which clause it is asked of which occupant, with the bug and with the
 * fix. It is told of no register's value.
 */
import { systemSlot } from "../../arch/index.js";
import { contractNamed } from "../../contract/index.js";
import type { Solver } from "../../engines/index.js";
import {
  occupantNamed,
  OCCUPANTS_WITH_KNOWN_BUGS,
  type Occupant,
  type StubInstallation,
} from "../../occupants/index.js";
import { occupantSite } from "../laboratory.js";
import { SETUPS } from "../matrix.js";
import { proveContract } from "../prover/prove.js";
import type { FirmwareChoice, InstallationQuestion } from "../prover/prove-installation.js";
import { pathsAt } from "../prover/prove-subject.js";
import type { ProofVerdict } from "../verdict.js";

export interface ProofRow {
  /** Number of the known bug. */
  readonly number: number;
  /** Ids of occupants. */
  readonly bug: string;
  readonly fix: string;
  /** Clause that the bug breaks, asked of both. */
  readonly clause: string;
  /** Clause that the fix keeps, where its generation has another number or name for it. */
  readonly fixClause?: string;
  /** Instruction set in which the bug is one. */
  readonly only?: "A32" | "T32";
  /** HVC immediate (0). */
  readonly immediate?: number;
}

export const PROOF_ROWS: readonly ProofRow[] = [
  { number: 4, bug: "kvm-k1", fix: "kvm-k2", clause: "kvm-k2/get-vectors/returns" },
  { number: 5, bug: "stub-a", fix: "stub-c", clause: "linux-c/soft-restart/enters-hyp" },
  {
    number: 6,
    bug: "kvm-k3",
    fix: "kvm-k4",
    clause: "kvm-k3/small-2/survives-stub-calls",
    fixClause: "kvm-k4/soft-restart/enters-hyp",
  },
  {
    number: 7,
    bug: "kvm-mid-series",
    fix: "kvm-mid-series-restarts",
    clause: "doc-draft/soft-restart/enters-hyp",
  },
  {
    number: 9,
    bug: "stub-b1",
    fix: "stub-b1",
    clause: "linux-a/get-vectors/result",
    fixClause: "linux-b1/get-vectors/result",
  },
  {
    number: 17,
    bug: "kvm-k4-no-thumb-bit",
    fix: "kvm-k4",
    clause: "kvm-k4/soft-restart/enters-hyp",
    only: "T32",
  },
  {
    number: 21,
    bug: "kvm-hardened-lr",
    fix: "kvm-hardened",
    clause: "kvm-k4/call/stack-aligned",
    only: "A32",
  },
  {
    number: 23,
    bug: "stub-d-kernel",
    fix: "stub-c",
    clause: "doc-rst/set-vectors/sets-vectors",
  },
  {
    number: 24,
    bug: "xen-debug-panic",
    fix: "xen-debug",
    clause: "xen-vsmc/unknown/returns",
    immediate: 0xff12,
  },
  {
    number: 25,
    bug: "jailhouse-any-immediate",
    fix: "jailhouse",
    clause: "jailhouse/unknown/parks",
  },
];

const occupantOf = (id: string): Occupant =>
  occupantNamed(id) ?? OCCUPANTS_WITH_KNOWN_BUGS.find((o) => o.id === id)!;
export interface ProofFinding {
  readonly side: "bug" | "fix";
  readonly thumb: boolean;
  readonly hypMmu: boolean;
  readonly clause: string;
  readonly proof: ProofVerdict;
}
/** Asks the prover about both sides of a row, in every setup. */
export const proveRow = async (
  row: ProofRow,
  solver: Solver,
  timeoutMs: number,
): Promise<readonly ProofFinding[]> => {
  const found: ProofFinding[] = [];
  for (const setup of SETUPS) {
    if (row.only !== undefined && (row.only === "T32") !== setup.thumb) continue;
    for (const side of ["bug", "fix"] as const) {
      const clause = side === "fix" ? (row.fixClause ?? row.clause) : row.clause;
      const more = row.immediate === undefined ? {} : { immediate: row.immediate };
      const site = occupantSite(occupantOf(row[side]), setup, more);
      const contract = contractNamed(clause.split("/")[0]!)!;
      const proofs = await proveContract(contract, site, await pathsAt(site, "as-found"), {
        solver,
        timeoutMs,
        only: new Set([clause]),
        kernelCodeAlone: true,
      });
      for (const proof of proofs.values()) found.push({ side, ...setup, clause, proof });
    }
  }
  return found;
};

/** State of HYP mode that firmware may leave as it likes. */
const LEFT_BY_FIRMWARE: readonly FirmwareChoice[] = [
  ...["HCR", "HCPTR", "HSTR", "HDCR", "CNTHCTL", "CNTVOFF", "CNTVOFF_hi"],
].map((name) => ({ name, mask: -1 }));
const GEN_TIMER: FirmwareChoice = { name: "ID_PFR1", mask: 0xf << 16 };
/** Known bugs of an installation that the prover finds by itself, for every state that firmware may leave. */
export interface InstallationProofRow {
  readonly number: number;
  readonly clause: string;
  readonly bug: StubInstallation;
  readonly fix: StubInstallation;
  readonly firmware: readonly FirmwareChoice[];
  readonly given?: InstallationQuestion["given"];
}
const STUB_A = occupantOf("stub-a");
const STUB_C = occupantOf("stub-c");
const bigEndian = (endiannessBit: number): StubInstallation => ({
  stub: STUB_A,
  bigEndian: true,
  endiannessBit,
});
export const INSTALLATION_PROOF_ROWS: readonly InstallationProofRow[] = [
  {
    number: 2,
    clause: "linux-a/installation/hsctlr-ee-set",
    bug: bigEndian(9),
    fix: bigEndian(25),
    firmware: LEFT_BY_FIRMWARE,
  },
  {
    number: 3,
    clause: "linux-a/installation/cntvoff",
    bug: { stub: STUB_A, keepsCntvoff: true },
    fix: { stub: STUB_A },
    firmware: LEFT_BY_FIRMWARE,
  },
  {
    number: 19,
    clause: "linux-c/installation/cnthctl",
    bug: { stub: STUB_C, identity: true, timerField: "is 1" },
    fix: { stub: STUB_C, identity: true, timerField: "is not 0" },
    firmware: [...LEFT_BY_FIRMWARE, GEN_TIMER],
    // A core with any version of the timer.
    given: (terms, before) =>
      terms.distinct(terms.extract(19, 16, before[systemSlot("ID_PFR1")]!), terms.const(0, 4)),
  },
];
