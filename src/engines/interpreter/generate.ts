/**
 * The interpreter's run function: one WebAssembly function made out of the `wat` lanes of the IR's ops, so that an
 * op's meaning stands in its row alone. Control micro-ops are written here; they have no other meaning.
 *
 * It is a loop around one branch table, and one more around it that enters a block: its HEAD, which each block begins
 * with, is done there without a branch of its own. `p` is the byte offset of the present micro-op in the machine's
 * memory, where code begins at 0; operand words that name words of the CPU's region are shifted at each use.
 */
import {
  CONTROL,
  FLAG_OPS,
  PURE_OPS,
  VECTOR_OP_NAMES,
  VECTOR_OPS,
  type Apply,
  type EngineHost,
  type FlagName,
  type FlagOpName,
  type PureOpName,
} from "../../ir/index.js";
import { SLOT } from "../../arch/index.js";
import { encodeModule, OP } from "../module/encoder.js";
import { CONTROL_CASES } from "./control-cases.js";
import { MICRO, microOfFlags, microOfPure } from "./micro-ops.js";
import { RUN_IMPORTS, RUN_TYPES, type RunCalls, type RunFunction } from "./run-calls.js";
import { RunFunctionCode, type Write } from "./run-function-code.js";

const pureCase =
  (name: PureOpName): Write =>
  (c) => {
    const { arity } = PURE_OPS[name];
    const args = Array.from({ length: arity }, (_, i) => `(local.get ${c.local(i + 2)})`);
    c.place(1);
    c.pure(name, args);
    c.f.memory(OP.store, 2, 0);
    c.next();
  };

/** A flag op's case: its expansion, each pure op once. */
const flagCase =
  (name: FlagOpName): Write =>
  (c) => {
    const row = FLAG_OPS[name];
    const args = Array.from({ length: row.arity }, (_, i) => `(local.get ${c.local(i + 1)})`);
    const apply: Apply<string> = (op, ...texts) => {
      c.pure(op, texts);
      const local = c.temporary();
      c.f.set(local);
      return `(local.get ${local})`;
    };
    const values = row.expand(apply, (n) => `(i32.const ${n})`, ...args);
    for (const [flag, value] of Object.entries(values))
      c.putSlot(SLOT[flag as FlagName], () => c.text(value));
    c.next();
  };

const VECTOR_RUNS = VECTOR_OP_NAMES.map((name) => VECTOR_OPS[name].run);

/** The module of the run function, f0, for people who want to read it too. */
export const runModuleBytes = (): Uint8Array<ArrayBuffer> => {
  const cases = new Map<number, Write>();
  for (const name of Object.keys(MICRO) as (keyof typeof MICRO)[])
    cases.set(MICRO[name], CONTROL_CASES[name]);
  for (const name of Object.keys(PURE_OPS) as PureOpName[])
    cases.set(microOfPure(name), pureCase(name));
  for (const name of Object.keys(FLAG_OPS) as FlagOpName[])
    cases.set(microOfFlags(name), flagCase(name));
  return encodeModule({
    types: RUN_TYPES,
    imports: RUN_IMPORTS,
    table: true,
    functions: [new RunFunctionCode(cases).f],
    memoryPages: "any",
  });
};
let runModule: WebAssembly.Module | undefined;
const NO_FUNCTIONS = new WebAssembly.Table({ element: "anyfunc", initial: 0 });

/** The CPU that runs, as the run function's calls see it. */
export class Running {
  host!: EngineHost;
  region!: Int32Array;
}
/**
 * Makes the run function of a machine. `table`: the functions of its tier, if it has one; `running` is asked at each
 * call; `call` is RunCalls'.
 */
export const makeRunFunction = (
  memory: WebAssembly.Memory,
  table: WebAssembly.Table | undefined,
  running: Running,
  call: RunCalls["call"],
): RunFunction => {
  runModule ??= new WebAssembly.Module(runModuleBytes());
  /** Says whether what was called faulted. */
  const heed = (): void => {
    running.region[CONTROL.faulted] = running.host.faulted ? 1 : 0;
  };
  const calls: RunCalls = {
    load(address, access) {
      const value = running.host.load(address, access);
      heed();
      return value;
    },
    store(address, value, access) {
      running.host.store(address, value, access);
      heed();
    },
    sysRead(register, wide) {
      const value = running.host.sysRead(register, wide === 1);
      heed();
      return value;
    },
    sysReadHigh: () => running.host.sysReadHigh(),
    sysWrite(register, low, high, wide) {
      running.host.sysWrite(register, low, high, wide === 1);
      heed();
    },
    readCpsr: () => running.host.readCpsr(),
    writeCpsr(value, mask) {
      running.host.writeCpsr(value, mask);
      heed();
    },
    translationKey: () => running.host.translationKey(),
    call(block, index) {
      call(block, index);
      heed();
    },
    vector: (op, d, n, m, imm) => VECTOR_RUNS[op]!(running.region, d, n, m, imm),
  };
  const { exports } = new WebAssembly.Instance(runModule, {
    host: { ...calls, memory, table: table ?? NO_FUNCTIONS },
  });
  return exports["f0"] as RunFunction;
};
