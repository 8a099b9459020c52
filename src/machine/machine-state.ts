/** The whole state of a machine as plain data, and its hash. */
import { modeOf, SLOT, SLOT_COUNT, SLOT_NAMES } from "../arch/index.js";
import { PAGE_SIZE } from "../ir/index.js";
import type { DeviceState } from "./bus.js";
import { MachineError } from "./errors.js";
import type { MachineClock } from "./machine-clock.js";
import type { MachineParts } from "./machine-parts.js";
import type { SchedulerState } from "./scheduler.js";
import { HALTED } from "./standby.js";
import { StateHash } from "./state-hash.js";

/** Raised when what `saveMachine` gives changes. */
const VERSION = 2;
/** Pages of such a stretch of addresses that lie behind one another are kept as one. */
const STRETCH = 16 * PAGE_SIZE;

const BITS = [SLOT.N, SLOT.Z, SLOT.C, SLOT.V, SLOT.Q, SLOT.E, SLOT.A, SLOT.I, SLOT.F, SLOT.T];

const refuse = (what: string): never => {
  throw new MachineError(
    "machine/snapshot",
    `saved state: ${what}; it is of another machine or version, or damaged`,
  );
};
type Fields = Readonly<Record<string, DeviceState>>;
const fieldsOf = (state: DeviceState | undefined, what: string): Fields => {
  if (typeof state !== "object" || Array.isArray(state) || state instanceof Uint8Array)
    return refuse(`expected ${what} with named fields`);
  return state as Fields;
};
const listOf = (state: DeviceState | undefined, what: string): readonly DeviceState[] =>
  Array.isArray(state) ? (state as readonly DeviceState[]) : refuse(`expected a list of ${what}`);
const bytesOf = (state: DeviceState | undefined, what: string, size: number): Uint8Array =>
  state instanceof Uint8Array && state.length === size
    ? state
    : refuse(`expected ${size} bytes of ${what}`);
const numberOf = (state: DeviceState | undefined, what: string): number =>
  typeof state === "number" && (Number.isSafeInteger(state) || state === Infinity)
    ? state
    : refuse(`expected a number for ${what}`);
const numbersOf = (state: DeviceState | undefined, what: string, count?: number): number[] => {
  const list = listOf(state, what).map((n) => numberOf(n, what));
  if (count !== undefined && list.length !== count)
    return refuse(`expected ${count} numbers of ${what}, found ${list.length}`);
  return list;
};

/** What the state depends on: it fits a machine with the same alone. */
const describe = (machine: MachineParts): string => {
  const { options } = machine;
  const ram = options.ram.map((b) => `0x${b.base.toString(16)}+0x${b.size.toString(16)}`);
  return [
    `${machine.cpus.length} ${machine.cpu.options.model}`,
    machine.cpu.options.policy,
    machine.cpu.options.hyp ? "HYP" : "no HYP",
    `RAM ${ram.join(" ")}`,
    `quantum ${machine.scheduler.options.quantum}`,
    `seed ${machine.scheduler.options.interleaveSeed ?? "none"}`,
    `devices ${machine.devices.map((d) => d.name).join(" ")}`,
  ].join(", ");
};

export const saveMachine = (machine: MachineParts, clock: MachineClock): DeviceState => ({
  version: VERSION,
  machine: describe(machine),
  slots: SLOT_NAMES.join(" "),
  clock: clock.save(),
  scheduler: [...machine.scheduler.save()],
  cpus: machine.cpus.map((cpu) => ({
    state: new Uint8Array(new Uint8Array(cpu.state.buffer, cpu.state.byteOffset, SLOT_COUNT * 4)),
    monitor: cpu.monitor.save(),
    standby: cpu.standby.save(),
  })),
  devices: Object.fromEntries(machine.devices.map((d) => [d.name, d.save()])),
  pages: usedRuns(machine).map(({ address, size }) => [
    address,
    machine.memory.read(address, size).slice(),
  ]),
});
/** The pages that do not hold zeros alone, those behind one another together. */
const usedRuns = (machine: MachineParts): readonly { address: number; size: number }[] => {
  const runs: { address: number; size: number }[] = [];
  for (const address of machine.memory.usedPages()) {
    const last = runs.at(-1);
    if (last !== undefined && address === last.address + last.size && address % STRETCH !== 0)
      last.size += PAGE_SIZE;
    else runs.push({ address, size: PAGE_SIZE });
  }
  return runs;
};

/** Gives the contents of the n-th stretch of pages. */
export type BringPages = (n: number) => Uint8Array;
type Pages = readonly {
  readonly address: number;
  readonly size: number;
  readonly bytes: () => Uint8Array;
}[];

/** The memory in a saved state. What `withoutMemory` took out is brought. Throws MachineError. */
export const savedPages = (state: DeviceState, bring?: BringPages): Pages =>
  listOf(fieldsOf(state, "a machine")["pages"], "pages").map((page, n) => {
    const [at, contents] = listOf(page, "address and contents");
    const address = numberOf(at, "a page's address");
    const size = bring === undefined ? lengthOf(contents) : numberOf(contents, "a size");
    if (size <= 0 || size % PAGE_SIZE !== 0 || size > STRETCH) refuse("expected whole pages");
    return {
      address,
      size,
      bytes: () => bytesOf(bring === undefined ? contents : bring(n), "pages", size),
    };
  });
const lengthOf = (state: DeviceState | undefined): number =>
  state instanceof Uint8Array ? state.length : 0;

/** A saved state with the sizes of its pages in place of their contents, and these in their order. */
export const withoutMemory = (
  state: DeviceState,
): { readonly state: DeviceState; readonly memory: readonly Uint8Array[] } => {
  const pages = savedPages(state);
  return {
    state: { ...fieldsOf(state, "a machine"), pages: pages.map((p) => [p.address, p.size]) },
    memory: pages.map((p) => p.bytes()),
  };
};

export const loadMachine = (
  machine: MachineParts,
  clock: MachineClock,
  state: DeviceState,
  bring?: BringPages,
): void => {
  const saved = fieldsOf(state, "a machine");
  if (saved["version"] !== VERSION)
    refuse(`expected version ${VERSION}, found ${JSON.stringify(saved["version"])}`);
  const wanted = describe(machine);
  if (saved["machine"] !== wanted)
    refuse(`expected "${wanted}", found ${JSON.stringify(saved["machine"])}`);
  if (saved["slots"] !== SLOT_NAMES.join(" ")) refuse("expected the registers of this version");
  const cpus = listOf(saved["cpus"], "CPUs");
  if (cpus.length !== machine.cpus.length) refuse(`expected ${machine.cpus.length} CPUs`);
  const { memory } = machine;
  memory.clear();
  for (const { address, size, bytes } of savedPages(state, bring)) {
    if (address % PAGE_SIZE !== 0 || !memory.has(address, size))
      refuse(`page at 0x${address.toString(16)} is not in RAM`);
    if (bring === undefined) memory.write(address, bytes());
    else memory.writeLater(address, size, bytes);
  }
  machine.engine.clear();
  // Lines and alarms that devices touch on the way are put right after them.
  const times = numbersOf(saved["clock"], "alarms");
  if (times.length !== clock.save().length)
    refuse(`expected ${clock.save().length - 1} alarms, found ${times.length - 1}`);
  if (times[0] === Infinity || times.some((time) => time < 0)) refuse("expected times of alarms");
  clock.restore(times);
  const devices = fieldsOf(saved["devices"], "devices");
  for (const device of machine.devices) {
    const own = devices[device.name];
    if (own === undefined) refuse(`nothing of device ${device.name}`);
    else device.restore(own);
  }
  clock.restore(times);
  const turn = numbersOf(saved["scheduler"], "the scheduler", 5);
  if (turn[2]! < 0 || turn[2]! > cpus.length || turn[0]! < 0 || turn[1] === Infinity)
    refuse("the scheduler is at no CPU");
  machine.scheduler.restore(turn as unknown as SchedulerState);
  machine.cpus.forEach((cpu, i) => {
    const fields = fieldsOf(cpus[i], "a CPU");
    const bytes = bytesOf(fields["state"], "registers", SLOT_COUNT * 4).slice();
    const words = new Int32Array(bytes.buffer);
    if (
      modeOf(words[SLOT.M]!) === undefined ||
      BITS.some((slot) => words[slot]! >>> 0 > 1) ||
      words[SLOT.halted]! >>> 0 > HALTED.off ||
      words[SLOT.IT]! >>> 0 > 0xff
    )
      refuse(`CPU ${i} is in a state that there is none of`);
    cpu.state.set(words);
    cpu.stopped = undefined;
    cpu.exceptions.reset();
    cpu.monitor.restore(numbersOf(fields["monitor"], "counters", 2) as [number, number]);
    cpu.standby.restore(numberOf(fields["standby"], "the event stream"));
    cpu.flushTlb();
  });
};

const hashState = (hash: StateHash, state: DeviceState): void => {
  if (typeof state === "number") {
    hash.word(1);
    hash.number(state);
  } else if (typeof state === "string") {
    hash.word(2);
    hash.text(state);
  } else if (typeof state === "boolean") hash.word(state ? 4 : 3);
  else if (state instanceof Uint8Array) {
    hash.word(5);
    hash.bytes(state);
  } else if (Array.isArray(state)) {
    hash.word(6);
    hash.word(state.length);
    for (const item of state as readonly DeviceState[]) hashState(hash, item);
  } else {
    const fields = state as Fields;
    const names = Object.keys(fields).sort();
    hash.word(7);
    hash.word(names.length);
    for (const name of names) {
      hash.text(name);
      hashState(hash, fields[name]!);
    }
  }
};

export const hashMachine = (machine: MachineParts, clock: MachineClock): string => {
  const hash = new StateHash();
  for (const time of clock.save()) hash.number(time);
  for (const n of machine.scheduler.save()) hash.number(n);
  for (const cpu of machine.cpus) {
    hash.words(cpu.state, 0, SLOT_COUNT);
    for (const n of cpu.monitor.save()) hash.number(n);
    hash.number(cpu.standby.save());
    cpu.tlb.flushWrites();
  }
  for (const device of machine.devices) hashState(hash, device.save());
  machine.memory.hash((a, b) => {
    hash.word(a);
    hash.word(b);
  });
  return hash.digest();
};
