/** A region of a guest program, for tests. */
import { MODE, PSR } from "../../../arch/index.js";
import { ALL_OPTIMISATIONS, KEY, optimise } from "../../../ir/index.js";
import { assemble } from "../../../isa/index.js";
import { Machine } from "../../../machine/index.js";
import { CodeCache } from "../../interpreter/code-cache.js";
import { returnAddressOf } from "../calls.js";
import { formRegion, type Region } from "../region.js";
import { literalOf } from "../wasm-tier.js";

const CODE = 0x40008000;

export interface GuestProgram {
  readonly source: string;
  readonly thumb?: boolean;
}
/** The region at the beginning of a program, of all blocks that it leads to. */
export const regionOf = ({
  source,
  thumb = false,
}: GuestProgram): { region: Region; machine: Machine } => {
  const machine = new Machine({ ram: [{ base: 0x40000000, size: 0x100000 }] });
  machine.load(CODE, assemble(source, { base: CODE, thumb }).bytes);
  const { cpu } = machine;
  const bit = thumb ? 1 : 0;
  const key = MODE.svc.encoding | (bit << KEY.thumb.lsb);
  cpu.setCpsr(MODE.svc.encoding | 0x1c0 | (bit << PSR.T.lsb));
  const cache = new CodeCache(machine.memory.shared, []);
  cache.countdown = 1;
  const waiting = [CODE];
  for (const pc of waiting) {
    const made = cpu.translate(pc, key, 64)!;
    const block = cache.add(made, key);
    block.source = made.block;
    const next = made.block.nodes.flatMap((n) => (n.kind === "exitGoto" ? [n.target] : []));
    // What stands behind a call is reached by its return.
    const back = returnAddressOf(block);
    if (back !== undefined) next.push(back & ~1);
    for (const to of next) if (!waiting.includes(to)) waiting.push(to);
  }
  const entry = cache.find(CODE >>> 12, CODE, key)!;
  const region = formRegion(entry, cache, {
    pageOf: () => -1,
    isWarm: () => true,
    // They have their nodes from above.
    complete: () => undefined,
    optimise: (b) =>
      optimise(b.source, ALL_OPTIMISATIONS, {
        literal: (address, access) => literalOf(cpu, b, address, access),
      }),
  });
  return { region, machine };
};
