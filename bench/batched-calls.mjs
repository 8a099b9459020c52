// The check loop, cases in batches inside Wasm, beside Unicorn running a call of as many instructions without HYP
// mode, which it does not have.
import { assemble } from "../dist/isa/index.js";
import { benchCall, benchSweep, CHECKED_CALLS } from "./checks.mjs";
import { inTurns } from "./measure.mjs";
import { unicornMissing, unicornRate } from "./unicorn.mjs";

/** Twelve instructions: about what a call of a stub takes from the HVC on. */
const plainCall = () => {
  const line = ["add r1, r0, r5", "cmp r1, #3", "moveq r2, r1", "eor r3, r1, r2"].join("\n");
  const { bytes } = assemble([line, line, line].join("\n"));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
};

export const benchBatchedCalls = async ({ rounds, quick, row, note }) => {
  const count = quick ? 200_000 : 2_000_000;
  if (unicornMissing !== undefined) note(`Unicorn is left out: ${unicornMissing}`);
  const unicorn =
    unicornMissing === undefined
      ? [["unicorn", unicornRate(plainCall(), 0, quick ? 20_000 : 400_000)]]
      : [];
  for (const checked of CHECKED_CALLS) {
    const [id, hypMmu, call] = checked;
    const one = benchCall(checked, count);
    const variants = [
      ["batches", () => ({ rate: one() })],
      // It has no HYP mode: a call through HYP's page tables has no counterpart.
      ...(hypMmu ? [] : unicorn),
    ];
    const figures = await inTurns(variants, { rounds });
    const what = `${id}, ${call}, HYP MMU ${hypMmu ? "on" : "off"}: reset, run, compare all state, judge`;
    row({ section: "checks", name: `${id} ${call}`, what, figures });
  }
  const sweep = benchSweep("stub-c", quick ? 2 ** 19 : 2 ** 22);
  const figures = await inTurns([["batches", () => ({ rate: sweep() })]], { rounds });
  row({ section: "checks", name: "sweep", what: "sweep of r0, stub-c, on one core", figures });
};
