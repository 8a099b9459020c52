/** All CP14 and CP15 registers. Adding a register touches its family's file only. */
import type { Encoding32, Encoding64, SystemRegister } from "./record.js";
import { DEBUG } from "./debug.js";
import { GENERIC_TIMER } from "./generic-timer.js";
import { HYP_CONTROL } from "./hyp-control.js";
import { IDENTIFICATION } from "./identification.js";
import { ADDRESS_TRANSLATION, CACHE_MAINTENANCE, TLB_MAINTENANCE } from "./operations.js";
import { PERFORMANCE_MONITORS } from "./performance-monitors.js";
import { PL1_CONTROL } from "./pl1-control.js";

const tables = [
  IDENTIFICATION,
  PL1_CONTROL,
  HYP_CONTROL,
  CACHE_MAINTENANCE,
  TLB_MAINTENANCE,
  ADDRESS_TRANSLATION,
  GENERIC_TIMER,
  PERFORMANCE_MONITORS,
  DEBUG,
] as const;
type Row = (typeof tables)[number][number];

/** Every register record, in slot order. */
export const SYSTEM_REGISTERS: readonly SystemRegister[] = tables.flat();
/** Names of registers as records spell them. */
export type SystemRegisterName = Row["name"];
/** Names of slots: a register's, and `_hi` for bits 63:32 of one that has them. */
export type SystemSlotName = SystemRegisterName | `${SystemRegisterName}_hi`;

/** Slot names that the records need, in order: name, then name_hi for 64-bit registers. */
export const SYSTEM_SLOT_NAMES: readonly string[] = SYSTEM_REGISTERS.filter(
  (r) => r.kind !== "operation",
).flatMap((r) => (r.encoding64 === undefined ? [r.name] : [r.name, `${r.name}_hi`]));

const key32 = (cp: number, e: Encoding32): number =>
  (cp << 16) | (e.opc1 << 12) | (e.CRn << 8) | (e.CRm << 4) | e.opc2;
const key64 = (cp: number, e: Encoding64): number => (cp << 8) | (e.opc1 << 4) | e.CRm;

const index32 = new Map<number, number>();
const index64 = new Map<number, number>();
const indexByName = new Map<string, number>();
SYSTEM_REGISTERS.forEach((r, i) => {
  const claim = (map: Map<number | string, number>, key: number | string): void => {
    const other = map.get(key);
    if (other !== undefined) {
      throw new Error(
        `system register ${r.name} repeats the encoding or name of ${SYSTEM_REGISTERS[other]!.name}`,
      );
    }
    map.set(key, i);
  };
  claim(indexByName as Map<number | string, number>, r.name);
  if (r.encoding) claim(index32 as Map<number | string, number>, key32(r.coprocessor, r.encoding));
  if (r.encoding64) claim(index64 as Map<number | string, number>, key64(r.coprocessor, r.encoding64));
});

/** Index into SYSTEM_REGISTERS of the register a 32-bit access names, or -1. */
export const findRegister32 = (coprocessor: number, encoding: Encoding32): number =>
  index32.get(key32(coprocessor, encoding)) ?? -1;
/** Index into SYSTEM_REGISTERS of the register a 64-bit access names, or -1. */
export const findRegister64 = (coprocessor: number, encoding: Encoding64): number =>
  index64.get(key64(coprocessor, encoding)) ?? -1;
/** Record of a name. Throws a RangeError on a name that no record has. */
export const systemRegister = (name: SystemRegisterName): SystemRegister => {
  const i = indexByName.get(name);
  if (i === undefined) throw new RangeError(`no system register is named ${name}`);
  return SYSTEM_REGISTERS[i]!;
};
/** Index into SYSTEM_REGISTERS of a name. */
export const systemRegisterIndex = (name: SystemRegisterName): number => indexByName.get(name)!;
