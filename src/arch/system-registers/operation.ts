/** The common form of registers that are operations. */
import {
  ACCESS,
  register,
  type AccessByLevel,
  type AccessTrap,
  type SystemRegister,
} from "./record.js";

/** Declares an operation of CP15: written, never read, holding no state. */
export const operation = <const Name extends string>(
  name: Name,
  opc1: number,
  CRn: number,
  CRm: number,
  opc2: number,
  trap: AccessTrap | undefined,
  access: AccessByLevel = ACCESS.PL1_WO,
  options: Partial<Pick<SystemRegister, "effect" | "note" | "enabledBy" | "onlyOn" | "ref">> = {},
) =>
  register({
    name,
    coprocessor: 15,
    encoding: { opc1, CRn, CRm, opc2 },
    ref: "DDI 0406C, B4.2",
    access,
    reset: 0,
    kind: "operation",
    ...(trap === undefined ? {} : { traps: { write: [trap] } }),
    ...options,
  });
