/** The accesses that compiled code calls where it does not probe the TLB in place. */
import { TLB_ENTRIES } from "../../ir/index.js";
import { HOST_IMPORTS, IMPORT, PROBES, TYPES, type HostCalls, type ProbeName } from "./abi.js";
import { encodeModule, FunctionBody, I32, OP, VOID } from "../module/encoder.js";

/** Bits of an entry's byte offset in its table, of an address shifted right by 9. */
export const ENTRY_MASK = (TLB_ENTRIES - 1) << 3;

const probeCode = (name: ProbeName): FunctionBody => {
  const load = name.startsWith("load");
  const log = Math.log2(Number(name.at(-1)));
  const [at, access, where, base, table, mask, value] = [0, 1, 2, 3, 4, 5, 6];
  const f = new FunctionBody(PROBES[name], load ? 6 : 7);
  const entry = f.parameters;
  f.locals = f.parameters + 1;
  f.get(at);
  f.get(mask);
  f.byte(OP.and);
  f.get(at);
  f.const(9);
  f.byte(OP.shrU);
  f.const(ENTRY_MASK);
  f.byte(OP.and);
  f.get(base);
  f.byte(OP.add);
  f.get(table);
  f.byte(OP.add);
  f.tee(entry);
  f.memory(OP.load, 2, 0);
  f.byte(OP.eq);
  f.byte(OP.if);
  f.byte(load ? I32 : VOID);
  f.get(at);
  f.get(entry);
  f.memory(OP.load, 2, 4);
  f.byte(OP.add);
  if (load) f.memory([OP.load8, OP.load16, OP.load][log]!, log, 0);
  else {
    f.get(value);
    f.memory([OP.store8, OP.store16, OP.store][log]!, log, 0);
  }
  f.byte(OP.else);
  f.get(at);
  if (!load) f.get(value);
  f.get(access);
  f.get(where);
  f.call(load ? IMPORT.load : IMPORT.store);
  f.byte(OP.end);
  return f;
};

/** The functions of PROBES, by name. */
export const makeProbes = (
  memory: WebAssembly.Memory,
  calls: HostCalls,
): Record<ProbeName, WebAssembly.ExportValue> => {
  const names = Object.keys(PROBES) as ProbeName[];
  const module = new WebAssembly.Module(
    encodeModule({
      types: TYPES,
      imports: HOST_IMPORTS,
      table: false,
      functions: names.map(probeCode),
      memoryPages: memory.buffer.byteLength / 65536,
    }),
  );
  const { exports } = new WebAssembly.Instance(module, { host: { ...calls, memory } });
  return Object.fromEntries(names.map((name, i) => [name, exports[`f${i}`]!])) as Record<
    ProbeName,
    WebAssembly.ExportValue
  >;
};
