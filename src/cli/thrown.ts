/** Errors on their way out of a worker: what is copied between threads forgets its class. */
import { SolverError } from "../engines/index.js";
import { ImageError } from "../images/index.js";
import { AssemblyError } from "../isa/index.js";
import { LifeError, PhaseError, SavedFileError } from "../lab/index.js";
import { MachineError } from "../machine/index.js";
import { UsageError } from "./errors.js";

/** Classes that `explain` tells apart. */
const CLASSES: Readonly<Record<string, { readonly prototype: Error }>> = {
  image: ImageError,
  assembly: AssemblyError,
  life: LifeError,
  phase: PhaseError,
  "saved-file": SavedFileError,
  machine: MachineError,
  solver: SolverError,
  usage: UsageError,
  range: RangeError,
  error: Error,
};

/** An error as plain data. */
export interface Thrown {
  readonly kind: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Its other fields that can be copied: code, path and the like. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const canBeCopied = (value: unknown): boolean => {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
};

export const packError = (error: unknown): Thrown => {
  if (!(error instanceof Error))
    return { kind: "error", message: String(error), stack: undefined, fields: {} };
  const [kind] = Object.entries(CLASSES).find(([, { prototype }]) =>
    Object.prototype.isPrototypeOf.call(prototype, error),
  )!;
  return {
    kind,
    message: error.message,
    stack: error.stack,
    fields: Object.fromEntries(Object.entries(error).filter(([, value]) => canBeCopied(value))),
  };
};

/** The error again, of its own class. */
export const unpackError = ({ kind, message, stack, fields }: Thrown): Error => {
  const error: Error = Object.create(CLASSES[kind]!.prototype) as Error;
  const own = { message, ...(stack !== undefined && { stack }) };
  for (const [name, value] of Object.entries(own))
    Object.defineProperty(error, name, { value, configurable: true, writable: true });
  return Object.assign(error, fields);
};
