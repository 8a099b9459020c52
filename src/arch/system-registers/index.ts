/** All CP14 and CP15 registers. Adding a register touches its family's file only. */
import { ADDRESS_TRANSLATION } from "./address-translation.js";
import { CACHE_MAINTENANCE } from "./cache-maintenance.js";
import { DEBUG } from "./debug.js";
import { EXECUTION_ENVIRONMENTS } from "./execution-environments.js";
import { FAULT } from "./fault.js";
import { GENERIC_TIMER } from "./generic-timer.js";
import { HYP_CONTROL } from "./hyp-control.js";
import { IDENTIFICATION } from "./identification.js";
import { IMPLEMENTATION_DEFINED } from "./implementation-defined.js";
import { PERFORMANCE_MONITORS } from "./performance-monitors.js";
import { PL1_CONTROL } from "./pl1-control.js";
import {
  holdsState,
  type CpuModel,
  type Encoding32,
  type Encoding64,
  type SystemRegister,
  type WideSystemRegister,
} from "./record.js";
import { THREADS } from "./threads.js";
import { TLB_MAINTENANCE } from "./tlb-maintenance.js";

const families = {
  identification: IDENTIFICATION,
  "PL1 control": PL1_CONTROL,
  fault: FAULT,
  "PL2 control": HYP_CONTROL,
  threads: THREADS,
  "cache maintenance": CACHE_MAINTENANCE,
  "TLB maintenance": TLB_MAINTENANCE,
  "address translation": ADDRESS_TRANSLATION,
  "Generic Timer": GENERIC_TIMER,
  "Performance Monitors": PERFORMANCE_MONITORS,
  debug: DEBUG,
  "execution environments": EXECUTION_ENVIRONMENTS,
  "IMPLEMENTATION DEFINED": IMPLEMENTATION_DEFINED,
} as const;
type Row = (typeof families)[keyof typeof families][number];

/** Records by family, for documentation. */
export const SYSTEM_REGISTER_FAMILIES: Readonly<Record<string, readonly SystemRegister[]>> =
  families;
/** Every register record, in slot order. */
export const SYSTEM_REGISTERS: readonly SystemRegister[] =
  Object.values(SYSTEM_REGISTER_FAMILIES).flat();
/** Names of registers as records spell them. */
export type SystemRegisterName = Row["name"];
/** Names of slots: a register's, and `_hi` for bits 63:32 of one that has them. */
export type SystemSlotName = SystemRegisterName | `${Extract<Row, WideSystemRegister>["name"]}_hi`;

/** Slot names that the records need, in order: name, then name_hi for 64-bit registers. */
export const SYSTEM_SLOT_NAMES: readonly string[] = SYSTEM_REGISTERS.filter(holdsState).flatMap(
  (r) => (r.encoding64 === undefined ? [r.name] : [r.name, `${r.name}_hi`]),
);

/** The table contradicts itself: an encoding or a name is claimed twice. */
export class SystemRegisterTableError extends Error {
  readonly code = "arch/system-register-table";
  constructor(message: string) {
    super(message);
    this.name = "SystemRegisterTableError";
  }
}

const key32 = (cp: number, e: Encoding32): number =>
  (cp << 16) | (e.opc1 << 12) | (e.CRn << 8) | (e.CRm << 4) | e.opc2;
const key64 = (cp: number, e: Encoding64): number => (cp << 8) | (e.opc1 << 4) | e.CRm;

const index32 = new Map<number, number>();
const index64 = new Map<number, number>();
const indexByName = new Map<string, number>();
SYSTEM_REGISTERS.forEach((r, i) => {
  const claim = <Key>(map: Map<Key, number>, key: Key): void => {
    const other = map.get(key);
    if (other !== undefined) {
      throw new SystemRegisterTableError(
        `expected every encoding and name once, found ${r.name} to repeat one of ${SYSTEM_REGISTERS[other]!.name}; correct one of the two records`,
      );
    }
    map.set(key, i);
  };
  claim(indexByName, r.name);
  for (const e of [r.encoding, ...(r.alsoAt ?? [])])
    if (e !== undefined) claim(index32, key32(r.coprocessor, e));
  if (r.encoding64) claim(index64, key64(r.coprocessor, r.encoding64));
});

const onModel = (i: number | undefined, cpu: CpuModel | undefined): number => {
  if (i === undefined) return -1;
  const { onlyOn } = SYSTEM_REGISTERS[i]!;
  return onlyOn !== undefined && cpu !== undefined && onlyOn !== cpu ? -1 : i;
};
/**
 * Index into SYSTEM_REGISTERS of the register a 32-bit access names, or -1. With `cpu`, registers that
 * the model lacks are not found.
 */
export const findRegister32 = (coprocessor: number, encoding: Encoding32, cpu?: CpuModel): number =>
  onModel(index32.get(key32(coprocessor, encoding)), cpu);
/** Index into SYSTEM_REGISTERS of the register a 64-bit access names, or -1; `cpu` as above. */
export const findRegister64 = (coprocessor: number, encoding: Encoding64, cpu?: CpuModel): number =>
  onModel(index64.get(key64(coprocessor, encoding)), cpu);
/** Record of a name. Throws a RangeError on a name that no record has. */
export const systemRegister = (name: SystemRegisterName): SystemRegister => {
  const i = indexByName.get(name);
  if (i === undefined) throw new RangeError(`no system register is named ${name}`);
  return SYSTEM_REGISTERS[i]!;
};
/** Index into SYSTEM_REGISTERS of a name. */
export const systemRegisterIndex = (name: SystemRegisterName): number => indexByName.get(name)!;
