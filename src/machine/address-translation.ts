/** ATS1C*, ATS12NSO* and ATS1H*: an address translation whose result goes to PAR (DDI 0406C, B3.10). */
import { longFaultStatus, shortFaultStatus, systemSlot } from "../arch/index.js";
import type { Exceptions } from "./exceptions.js";
import type { Mmu, Regime } from "./mmu/mmu.js";
import { MEMORY } from "./mmu/walk.js";

const PAR = systemSlot("PAR"),
  PAR_hi = systemSlot("PAR_hi");

/** What an address translation needs of its CPU. */
interface TranslatingCpu {
  readonly state: Int32Array;
  readonly regime: Regime;
  readonly mmu: Mmu;
  readonly exceptions: Exceptions;
}

/** Translates `va` and writes PAR in the 32-bit or the 64-bit format. */
export const flatStatus = (
  cpu: TranslatingCpu,
  va: number,
  regime: "current" | "user" | "hyp",
  write: boolean,
  stages: 1 | 2,
): void => {
  const walk = cpu.mmu.translate(
    va,
    write ? "write" : "read",
    regime === "hyp" ? 2 : regime === "user" ? 0 : 1,
    stages,
  );
  // PL1's own operation whose table walk faults in stage 2 is an abort to HYP mode, not a PAR value; so is an
  // external abort of any walk, to where it belongs.
  if ((walk.fault !== "none" && walk.stage2 && cpu.regime !== 2) || walk.fault === "externalOnWalk")
    return cpu.exceptions.raiseTranslationAbort(walk, va);
  // HYP mode's operations of stage 1, and those of both stages where there is a second, give 64 bits.
  const wide = stages === 2 ? cpu.mmu.stage2On() : cpu.regime === 2;
  const long = regime === "hyp" || wide || cpu.mmu.long;
  const { state } = cpu;
  if (walk.fault !== "none") {
    if (long) {
      const status = longFaultStatus(walk.fault, walk.level);
      state[PAR] =
        1 | (status << 1) | (walk.stage1Walk ? 1 << 8 : 0) | (walk.stage2 ? 1 << 9 : 0) | (1 << 11);
      state[PAR_hi] = 0;
    } else {
      state[PAR] = 1 | (shortFaultStatus(walk.fault, walk.level) << 1);
    }
    return;
  }
  const page = walk.address - (walk.address % 4096);
  if (long) {
    const attribute =
      walk.memory === MEMORY.normal ? 0xff : walk.memory === MEMORY.device ? 0x04 : 0;
    state[PAR] = (page % 2 ** 32) | (1 << 11) | (1 << 9);
    state[PAR_hi] = Math.floor(page / 2 ** 32) | (attribute << 24);
  } else {
    const inner = walk.memory === MEMORY.normal ? 7 : walk.memory === MEMORY.device ? 3 : 1;
    state[PAR] = (page % 2 ** 32) | (inner << 4);
  }
};
