/**
 * What the code around the calls owes: installation on every CPU, the decompressor's hand-over, hypervisors
 * that the call passes on its way. Clauses of contracts speak of one call; these speak of a course of events,
 * as those of life.ts do (facts, sections 1.2, 1.4, 2.5, 3, 7 and 8).
 */
import type { Source } from "./types.js";

export interface ConductClause {
  /** conduct/name. */
  readonly id: string;
  readonly statement: string;
  readonly sources: readonly Source[];
}

const seen = (what: string): Source => ({ what, mark: "V" });
const STUB = seen("Linux, arch/arm/kernel/hyp-stub.S");
const ZIMAGE = seen("Linux, arch/arm/boot/compressed/head.S");
const BOOTING = seen("Linux, Documentation/arch/arm/booting.rst");

const clause = (name: string, statement: string, ...sources: Source[]): ConductClause => ({
  id: `conduct/${name}`,
  statement,
  sources,
});

export const CONDUCT_CLAUSES: readonly ConductClause[] = [
  clause(
    "boot-mode-recorded",
    "After the first CPU's installation the boot mode's word holds the mode that this CPU came in.",
    STUB,
  ),
  clause(
    "mismatch-recorded",
    "A CPU that comes in another mode than the first sets bit 31 of the boot mode's word and goes on in SVC mode.",
    STUB,
  ),
  clause("writes-own-word", "Installation writes no memory but the boot mode's word.", STUB),
  clause(
    "word-aligned",
    "The boot mode's word lies on a 4-byte boundary: it is written with the MMU off, where nothing else may be.",
    STUB,
  ),
  clause(
    "hyp-available",
    "When every CPU was started in HYP mode, the boot mode's word says HYP with bit 31 clear, whatever restarts of single CPUs follow.",
    STUB,
    seen("Linux, arch/arm/common/mcpm_entry.c"),
  ),
  clause(
    "one-boot-mode",
    "Firmware starts every CPU in the mode of the first, so that no mismatch is recorded.",
    BOOTING,
  ),
  clause(
    "vector-base",
    "After installation HVBAR is the physical address of the stub's own vectors.",
    STUB,
  ),
  clause(
    "hyp-byte-order",
    "HYP exceptions are taken in the byte order of the kernel that installed the stub.",
    STUB,
  ),
  clause(
    "reads-vectors",
    "The host's call that reads the vectors gives it what HVBAR holds.",
    seen("Linux, arch/arm/include/asm/virt.h"),
  ),
  clause(
    "sets-vectors",
    "After the host's call that sets the vectors HVBAR holds the address that it gave.",
    seen("Linux, arch/arm/include/asm/virt.h"),
  ),
  clause(
    "machine-number",
    "The decompressor enters the kernel with r1 and r2 as the boot loader gave them to it.",
    ZIMAGE,
    BOOTING,
  ),
  clause(
    "vector-decoded",
    "An exception that HYP mode takes while a function of the host runs there is handled as what it is.",
    seen("Linux, arch/arm/kvm/hyp/hyp-entry.S"),
  ),
  clause(
    "hypervisor-survives",
    "An HVC of a guest does not stop the hypervisor, whatever its immediate.",
    { what: "Xen, xen/arch/arm/traps.c", mark: "P" },
  ),
  clause(
    "own-immediate",
    "An HVC without the hypervisor's own immediate reaches none of its calls.",
    seen("siemens/jailhouse @174df054"),
  ),
  clause(
    "hypervisor-installs",
    "A hypervisor that a running kernel loads gets its vectors to HVBAR by the stub's call, and its next HVC arrives there in HYP mode.",
    seen("siemens/jailhouse @ac950cae"),
  ),
];
