import { describe, expect, test } from "vitest";
import { qemuMissing } from "../../isa/testing/word-probe.js";
import { randomWords } from "../../isa/testing/encoding-words.js";
import { type Access, accessOnQemu, INTERRUPTED } from "./testing/access-probe.js";
import { AccessList } from "./testing/access-list.js";
import { GicBoard } from "./testing/gic-board.js";

const missing = qemuMissing();
if (missing !== undefined) console.log(`GIC against QEMU is skipped: ${missing}`);
const SEED = Number(process.env["HYPLAB_SEED"] ?? 20_260_101);
const COUNT = Number(process.env["HYPLAB_GIC_ACCESSES"] ?? 40_000);

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
const show = ({ kind, cpu, address, value }: Access, ours: number, theirs: number): string =>
  `cpu ${cpu} ${kind} ${hex(address)}${kind.startsWith("w") ? ` = ${hex(value)}` : ""}: ours ${hex(ours)}, QEMU ${hex(theirs)}`;

/** The accesses up to the first difference, undefined without one. */
const firstDifference = (cpus: number, seed: number, count: number): string | undefined => {
  const board = new GicBoard(cpus);
  const list = new AccessList(board, cpus, randomWords(seed));
  const accesses: Access[] = [];
  const ours: number[] = [];
  while (accesses.length < count) {
    const access = list.next();
    accesses.push(access);
    const result = board.perform(access) >>> 0;
    list.note(access, result);
    ours.push(result);
  }
  const theirs = accessOnQemu(accesses, cpus);
  const counts = { nonZero: 0, acknowledged: 0, virtual: 0 };
  for (const [i, access] of accesses.entries()) {
    const mine = ours[i]!;
    if (mine !== 0) counts.nonZero++;
    if ((access.address & 0xffff) === 0xc && mine < 1020) counts.acknowledged++;
    if (access.kind === "virtual" && mine !== 0 && mine !== INTERRUPTED) counts.virtual++;
    // GICC_HPPIR and GICV_HPPIR name the source of an SGI; QEMU leaves it out.
    const isPending =
      (access.address & 0xffff) === 0x18 && [0x0801, 0x0804].includes(access.address >>> 16);
    const mask = isPending && (mine & 0x3ff) < 16 ? 0x3ff : -1;
    if (((mine ^ theirs[i]!) & mask) !== 0) {
      const from = Math.max(0, i - 40);
      return accesses
        .slice(from, i + 1)
        .map((a, n) => show(a, ours[from + n]!, theirs[from + n]!))
        .join("\n");
    }
  }
  console.log(`seed ${seed}, ${cpus} CPUs, ${count} accesses`, counts);
  return undefined;
};

describe.skipIf(missing !== undefined)("GICv2 against QEMU", () => {
  for (const cpus of [1, 2, 4]) {
    test(`random accesses by ${cpus} CPU(s) answer as QEMU's do, seed ${SEED}`, () => {
      expect(firstDifference(cpus, SEED + cpus, COUNT)).toBeUndefined();
    });
  }
});
