/** Cases of loads and stores. */
import { TLB_ENTRIES } from "../../ir/index.js";
import { OP } from "../module/encoder.js";
import { ENTRY, type RunFunctionCode, type Write } from "./run-function-code.js";

/** Where an access goes, in a local: the word at `n`, or the sum of two from there on. */
const addressOf = (c: RunFunctionCode, n: number, sum: boolean): number => {
  if (!sum) return c.local(n);
  const address = c.temporary();
  c.pure("add", [`(local.get ${c.local(n)})`, `(local.get ${c.local(n + 1)})`]);
  c.f.set(address);
  return address;
};
/** Pushes whether the TLB has the page of an address; ENTRY is then its entry. `table`: word that names the table. */
const probe = (c: RunFunctionCode, address: number, compare: number, table: number): void => {
  const { f } = c;
  c.place(table);
  f.get(address);
  f.const(9);
  f.byte(OP.shrU);
  f.const((TLB_ENTRIES - 1) << 3);
  f.byte(OP.and);
  f.byte(OP.add);
  f.tee(ENTRY);
  f.memory(OP.load, 2, 0);
  f.get(address);
  f.const(compare);
  f.byte(OP.and);
  f.byte(OP.eq);
};
/** Pushes where in the machine's memory an address is whose entry is ENTRY. */
const within = (c: RunFunctionCode, address: number): void => {
  c.f.get(address);
  c.f.get(ENTRY);
  c.f.memory(OP.load, 2, 4);
  c.f.byte(OP.add);
};
/** Opcodes of accesses by log2 of their size. */
const LOADS = [OP.load8, OP.load16, OP.load],
  STORES = [OP.store8, OP.store16, OP.store];
/** A load: TLB probe in place, the rest through the host. `compare` has the address bits that must match. */
export const loadCase =
  (log: number, compare: number, sum = false): Write =>
  (c) => {
    const { f } = c;
    const n = sum ? 4 : 3;
    const address = addressOf(c, 2, sum);
    const value = c.temporary();
    probe(c, address, compare, n + 1);
    c.open(OP.if);
    c.place(1);
    within(c, address);
    f.memory(LOADS[log]!, log, 0);
    f.memory(OP.store, 2, 0);
    c.next();
    c.close();
    c.here();
    f.get(address);
    c.word(n);
    c.call("load");
    f.set(value);
    c.heed();
    c.place(1);
    f.get(value);
    f.memory(OP.store, 2, 0);
    c.next();
  };
export const storeCase =
  (log: number, compare: number, sum = false): Write =>
  (c) => {
    const { f } = c;
    const n = sum ? 3 : 2;
    const address = addressOf(c, 1, sum);
    probe(c, address, compare, n + 2);
    c.open(OP.if);
    within(c, address);
    c.value(n);
    f.memory(STORES[log]!, log, 0);
    c.next();
    c.close();
    c.here();
    f.get(address);
    c.value(n);
    c.word(n + 1);
    c.call("store");
    c.heed();
    c.next();
  };

/** Address bits that an aligned access of a word compares. */
export const WORD = 0xfffff003;
