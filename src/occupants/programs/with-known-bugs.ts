/** Occupants in a state with a known bug (contract/regressions.ts), and the same with the fix alone. */
import type { Occupant } from "../occupant.js";
import { FINAL_CALLS, hardenedKvm, kvmWithStubCalls, type StubCalls } from "./kvm.js";
import { jailhouse, xenDebug } from "./others.js";

/** KVM in the middle of the series of 2017: numbers of stub B2. */
const intermediate = (restarts: boolean): StubCalls => ({
  count: 4,
  soft: 2,
  reset: 3,
  restarts,
  refusal: "mvn r0, #0",
  zero: false,
});
const kvm = (
  id: string,
  contract: string,
  summary: string,
  source: Occupant["source"],
  more: Partial<Occupant> = {},
): Occupant => ({
  id,
  title: `KVM, ${summary}`,
  family: "kvm",
  contract,
  summary,
  needsStack: true,
  source,
  ...more,
});
const guestOf = (
  id: string,
  contract: string,
  summary: string,
  source: Occupant["source"],
): Occupant => ({
  id,
  title: summary,
  family: "guest-of",
  contract,
  summary,
  needsStack: false,
  source,
});

const ALL = [
  kvm(
    "kvm-mid-series",
    "doc-draft",
    "mid-series, soft restart not there yet",
    kvmWithStubCalls(intermediate(false), true),
    { resetsTo: "stub-b2" },
  ),
  kvm(
    "kvm-mid-series-restarts",
    "doc-draft",
    "mid-series, soft restart there",
    kvmWithStubCalls(intermediate(true), true),
    { resetsTo: "stub-b2" },
  ),
  kvm(
    "kvm-k4-no-thumb-bit",
    "kvm-k4",
    "K4, the handler's address without bit 0",
    kvmWithStubCalls(FINAL_CALLS, false),
    { resetsTo: "stub-c" },
  ),
  kvm("kvm-hardened-lr", "kvm-k3", "K3 with hardened vectors, lr alone pushed", hardenedKvm("lr")),
  kvm(
    "kvm-hardened",
    "kvm-k3",
    "K3 with hardened vectors, r2 and lr pushed",
    hardenedKvm("r2 and lr"),
  ),
  guestOf("xen-debug-panic", "xen-vsmc", "Xen, debug build that panics", xenDebug("panic")),
  guestOf("xen-debug", "xen-vsmc", "Xen, debug build", xenDebug("message")),
  guestOf(
    "jailhouse-any-immediate",
    "jailhouse",
    "Jailhouse, the immediate not looked at",
    jailhouse(false),
  ),
] as const;

/** Of no generation: they stand in no matrix. */
export const OCCUPANTS_WITH_KNOWN_BUGS: readonly Occupant[] = ALL;
