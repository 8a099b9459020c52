/** What the two machines told of a boot, side by side. */
import { REGISTER_NAMES, type BootEvent, type Checkpoint, type Told } from "./events.js";
import { faultMask } from "./known-differences.js";

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

type NameAddress = (address: number) => string | undefined;

export const describeEvent = (event: BootEvent | undefined, nameOf: NameAddress): string => {
  if (event === undefined) return "nothing more";
  const at = event.at === undefined ? "" : ` at instruction ${event.at}`;
  if (event.kind === "psci") return `PSCI call${at}`;
  const link = event.registers[14]! >>> 0;
  const where = `R14 ${hex(link)} (${nameOf(link) ?? "no kernel code"})`;
  if (event.kind === "entry") return `entry of ${event.name}${at}, ${where}`;
  const fault =
    event.fault === undefined ? "" : `, status ${hex(event.fault[0])} at ${hex(event.fault[1])}`;
  return `${event.name} from level ${event.from}${at}${fault}, ${where}`;
};

const registersThatDiffer = (ours: Int32Array, theirs: Int32Array): string[] =>
  REGISTER_NAMES.flatMap((name, i) =>
    ours[i] === theirs[i] ? [] : [`${name} ${hex(ours[i]!)} against ${hex(theirs[i]!)}`],
  );

type Fault = readonly [number, number] | undefined;
const faultDifferences = (
  ours: BootEvent & { readonly fault: Fault },
  theirs: { readonly fault: Fault },
): string[] => {
  if (ours.fault === undefined || theirs.fault === undefined)
    return ours.fault === theirs.fault ? [] : ["one fault status"];
  const [status, address] = ours.fault;
  const [status2, address2] = theirs.fault;
  const found: string[] = [];
  if (((status ^ status2) & ~faultMask(ours)) !== 0)
    found.push(`fault status ${hex(status)} against ${hex(status2)}`);
  if (address !== address2) found.push(`fault address ${hex(address)} against ${hex(address2)}`);
  return found;
};

/** In what two events differ; empty when they are the same. */
const eventDifferences = (ours: BootEvent | undefined, theirs: BootEvent | undefined): string[] => {
  if (ours === undefined || theirs === undefined || ours.kind !== theirs.kind)
    return ["another event"];
  if (ours.kind === "psci" || theirs.kind === "psci") return [];
  if (ours.name !== theirs.name) return ["another event"];
  const found = registersThatDiffer(ours.registers, theirs.registers);
  if (ours.kind === "exception" && theirs.kind === "exception") {
    if (ours.from !== theirs.from) found.push(`taken from level ${ours.from}, ${theirs.from}`);
    found.push(...faultDifferences(ours, theirs));
  }
  return found;
};

/** In what registers and RAM, which begins at `base`, differ. */
export const compareCheckpoints = (
  ours: Checkpoint,
  theirs: Checkpoint,
  base: number,
): string[] => {
  const found = registersThatDiffer(ours.registers, theirs.registers);
  const a = new Int32Array(ours.memory.buffer);
  const b = new Int32Array(theirs.memory.buffer);
  const places: number[] = [];
  let count = Math.abs(a.length - b.length);
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] === b[i]) continue;
    count++;
    if (places.length < 8) places.push(i);
  }
  if (count > 0) found.push(`${count} words of RAM`);
  for (const i of places)
    found.push(`RAM at ${hex(base + i * 4)}: ${hex(a[i]!)} against ${hex(b[i]!)}`);
  return found.map((text) => `checkpoint: ${text}`);
};

/** Differences in words, the first first; empty when all is the same. At most `most` events are told of. */
export const compareBoots = (
  ours: Told,
  theirs: Told,
  { nameOf, most }: { nameOf: NameAddress; most: number },
): string[] => {
  const found: string[] = [];
  let shown = 0;
  for (let i = 0; i < ours.events.length && shown < most; i++) {
    const differences = eventDifferences(ours.events[i], theirs.events[i]);
    if (differences.length === 0) continue;
    if (shown++ === 0 && i > 0)
      found.push(
        `the last that agree (event ${i - 1}): ${describeEvent(ours.events[i - 1], nameOf)}`,
      );
    found.push(
      `event ${i}: ours ${describeEvent(ours.events[i], nameOf)}; theirs ${describeEvent(theirs.events[i], nameOf)}: ${differences.join(", ")}`,
    );
  }
  const same = ours.console.findIndex((byte, i) => byte !== theirs.console[i]);
  if (same >= 0) {
    const text = (bytes: Uint8Array): string =>
      JSON.stringify(
        Buffer.from(bytes.subarray(Math.max(0, same - 60), same + 60)).toString("latin1"),
      );
    found.push(`console, byte ${same}: ours ${text(ours.console)}, theirs ${text(theirs.console)}`);
  }
  return found;
};
