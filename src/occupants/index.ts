/** The door of occupants/: programs of ours that sit in HYP mode. */
import { KVM } from "./programs/kvm.js";
import { OTHERS } from "./programs/others.js";
import { REFERENCE_STUB } from "./programs/reference-stub.js";
import { STUBS } from "./programs/stubs.js";
import { OCCUPANTS_WITH_KNOWN_BUGS } from "./programs/with-known-bugs.js";
import type { Occupant } from "./occupant.js";

export { assembleOccupant, type Build, type Occupant, type OccupantFamily } from "./occupant.js";
export { assembleCaller, hostCallerNamed, type CallerAddresses } from "./host-callers.js";
export { assembleDecompressor, type Decompressor } from "./host-programs/decompressor.js";
export {
  assembleStubInstallation,
  type StubInstallation,
} from "./host-programs/stub-installation.js";
export { assembleHypervisorLoader, assembleRestart } from "./host-programs/svc-programs.js";
export { FIRMWARE_CALL } from "./programs/others.js";
export { REFERENCE_STUB } from "./programs/reference-stub.js";

export { mistakeIn, SEEDED_MISTAKES, withMistake, type SeededMistake } from "./seeded-mistakes.js";

/** Every occupant, in the order that tables show them. */
export const OCCUPANTS: readonly Occupant[] = [...STUBS, ...KVM, ...OTHERS, REFERENCE_STUB];
export { OCCUPANTS_WITH_KNOWN_BUGS };
/** The occupant of an id, or undefined. */
export const occupantNamed = (id: string): Occupant | undefined =>
  OCCUPANTS.find((o) => o.id === id);
