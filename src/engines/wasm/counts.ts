/** What tier 1 did, counted: to find what costs. No part of the machine's state. */
import { SYSTEM_REGISTERS } from "../../arch/index.js";
import type { Node } from "../../ir/index.js";
import { PATIENCE, TIER_EXIT } from "../interpreter/tier.js";
import type { Region } from "./region.js";

export class TierCounts {
  loads = 0;
  stores = 0;
  cpsrWrites = 0;
  vectors = 0;
  /** Of PATIENCE each. */
  leftWithin = 0;
  #regions = 0;
  #blocks = 0;
  #modules = 0;
  #lookedUp = 0;
  readonly #exits: Record<keyof typeof TIER_EXIT, number> = {
    fault: 0,
    exit: 0,
    exceptionReturn: 0,
  };
  readonly #system = new Int32Array(SYSTEM_REGISTERS.length * 2);
  readonly #nodes = new Map<string, number>();

  /** Compiled code was left for the interpreter: by a key or a TIER_EXIT. */
  left(exit: number): void {
    if (exit === TIER_EXIT.fault) this.#exits.fault++;
    else if (exit === TIER_EXIT.exit) this.#exits.exit++;
    else if (exit === TIER_EXIT.exceptionReturn) this.#exits.exceptionReturn++;
    else this.#lookedUp++;
  }
  compiled(regions: readonly Region[]): void {
    this.#modules++;
    this.#regions += regions.length;
    for (const { blocks } of regions) this.#blocks += blocks.length;
  }
  system(register: number, write: boolean): void {
    this.#system[register * 2 + (write ? 1 : 0)]!++;
  }
  node(node: Node): void {
    const what =
      node.kind === "hint"
        ? `hint ${node.hint}`
        : node.kind === "trapCheck"
          ? `check of ${node.trap}`
          : node.kind;
    this.#nodes.set(what, (this.#nodes.get(what) ?? 0) + 1);
  }

  named(): ReadonlyMap<string, number> {
    const named: [string, number][] = [
      ["modules", this.#modules],
      ["regions", this.#regions],
      ["blocks in regions", this.#blocks],
      ["left: next block is not at hand", this.#lookedUp],
      ["left: fault", this.#exits.fault],
      ["left: exception or stop", this.#exits.exit],
      ["left: next access is not at hand, about", this.leftWithin * PATIENCE],
      ["left: exception return", this.#exits.exceptionReturn],
      ["calls: load", this.loads],
      ["calls: store", this.stores],
      ["calls: write of CPSR", this.cpsrWrites],
      ["calls: vector op", this.vectors],
      ...[...this.#nodes].map(([what, n]): [string, number] => [`calls: ${what}`, n]),
      ...SYSTEM_REGISTERS.flatMap(({ name }, i): [string, number][] => [
        [`calls: read of ${name}`, this.#system[2 * i]!],
        [`calls: write of ${name}`, this.#system[2 * i + 1]!],
      ]),
    ];
    return new Map(named.filter(([, n]) => n > 0).toSorted((a, b) => b[1] - a[1]));
  }
}
