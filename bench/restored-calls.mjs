// Cases one by one through the interpreter: restore, set registers, run the call, compare all state; and the same as
// a call changes more pages.
import { MODE, registerSlot, SLOT, SLOT_NAMES } from "../dist/arch/index.js";
import { assemble } from "../dist/isa/index.js";
import { occupantSite } from "../dist/lab/index.js";
import { Machine } from "../dist/machine/index.js";
import { occupantNamed } from "../dist/occupants/index.js";
import { inTurns } from "./measure.mjs";

const CALLS = [
  ["stub-d-kernel", false, { 0: 0 }],
  ["stub-c", false, { 0: 0, 1: 0x40202000 }],
  ["kvm-k4", true, { 0: 2 }],
];
const CODE = 0x4010_0000;
const DATA = 0x4020_0000;
/** A call that changes a word in each of some pages, and is over at `stay`. */
export const pagesCall = (pages) =>
  assemble(
    `mov r1, #${pages}\nnext: str r5, [r6]\nadd r6, r6, #0x1000\nsubs r1, r1, #1\nbne next\nstay: b stay`,
    { base: CODE },
  );
/** Its words without the end, for a machine that is told where to stop. */
export const pagesCallWords = (pages) => {
  const { bytes } = pagesCall(pages);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 - 1 }, (_, i) => view.getUint32(4 * i, true));
};
export const DIRTY_PAGES = [1, 4, 16, 64];

/** Cases a second of CPU time. */
const rateOf = (count, body) => {
  const before = process.cpuUsage();
  for (let n = 0; n < count; n++) body(n);
  const { user, system } = process.cpuUsage(before);
  return { rate: count / ((user + system) / 1e6) };
};
const compareAll = (state, saved) => {
  let different = 0;
  for (let k = 0; k < SLOT_NAMES.length; k++) if (state[k] !== saved[k]) different++;
  return different;
};

const siteCase = (id, hypMmu, registers) => {
  const { machine } = occupantSite(occupantNamed(id), { thumb: false, hypMmu });
  const saved = machine.savedState(0);
  const s = machine.cpu.state;
  return (n) => {
    machine.restore();
    for (const r in registers) s[registerSlot(Number(r), MODE.svc)] = registers[r];
    s[registerSlot(5, MODE.svc)] = n;
    machine.run(2000);
    if (compareAll(s, saved) + machine.memory.dirtyCount === 0) throw new Error("nothing was seen");
  };
};
const pagesCase = (pages) => {
  const machine = new Machine({ ram: [{ base: 0x4000_0000, size: 0x40_0000 }] });
  const { bytes, symbols } = pagesCall(pages);
  machine.load(CODE, bytes);
  machine.cpu.setCpsr(MODE.svc.encoding | 0x1c0);
  machine.cpu.setRegister(6, DATA);
  const s = machine.cpu.state;
  s[SLOT.PC] = CODE;
  machine.snapshot();
  const saved = machine.savedState(0);
  const instructions = 1 + 4 * pages;
  return (n) => {
    machine.restore();
    s[registerSlot(5, MODE.svc)] = n + 1;
    machine.run(instructions);
    if (compareAll(s, saved) === 0 || s[SLOT.PC] !== symbols.get("stay"))
      throw new Error("the call is not over");
    if (machine.memory.dirtyCount !== pages) throw new Error("other pages have changed");
  };
};

export const benchRestoredCalls = async ({ rounds, quick, row }) => {
  const count = quick ? 5_000 : 50_000;
  for (const [id, hypMmu, registers] of CALLS) {
    const one = siteCase(id, hypMmu, registers);
    const figures = await inTurns([["interpreter", () => rateOf(count, one)]], { rounds });
    row({
      section: "restored",
      name: id,
      what: `${id}, HYP MMU ${hypMmu ? "on" : "off"}: restore, set, run, compare all state`,
      figures,
    });
  }
};
/** For `pages.mjs`. */
export const pagesRate = (pages, quick) => {
  const one = pagesCase(pages);
  const count = Math.ceil((quick ? 5_000 : 50_000) / Math.sqrt(pages));
  return () => rateOf(count, one);
};
