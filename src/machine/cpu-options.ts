/** What kind of CPU it is, for as long as it is there. */
import type { CpuModel } from "../arch/index.js";
import type { UnpredictablePolicy } from "../isa/index.js";

export interface CpuOptions {
  readonly model: CpuModel;
  readonly policy: UnpredictablePolicy;
  /** False: no Virtualization Extensions to be seen; the CPU starts in SVC and HVC is UNDEFINED. */
  readonly hyp: boolean;
}
