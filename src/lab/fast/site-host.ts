/** A call site as the owner of a batch: its code, pages and registers as they are at the snapshot. */
import { extract, modeOf, SLOT, systemSlot } from "../../arch/index.js";
import {
  CONTEXT,
  type BatchBlock,
  type BatchHost,
  type BatchPlan,
  type Context,
  type DataPage,
  type FetchResult,
  type Mark,
  type SystemWords,
} from "../../engines/index.js";
import { KEY, PAGE_SIZE, type Node } from "../../ir/index.js";
import { DECODER, translateBlock } from "../../isa/index.js";
import { hvcSyndrome, prefetchAbortSyndrome } from "../../machine/index.js";
import { FIRMWARE_CALL } from "../../occupants/index.js";
import { CALL_BUDGET, type CallSite } from "../call-site.js";
import { MARK } from "../layout.js";
import { endOf } from "./outcome-words.js";

const S = {
  HCR: systemSlot("HCR"),
  HSCTLR: systemSlot("HSCTLR"),
  SCTLR: systemSlot("SCTLR"),
  HTTBR: systemSlot("HTTBR"),
};
/** HCR bits that make PL1 more than the caller's plain code: VM, FMO to VA, DC, TSC, TGE. */
const HCR_REFUSED = 1 | (0x3f << 3) | (1 << 12) | (1 << 19) | (1 << 27);
/** Instructions in a block at most. */
const BLOCK_LIMIT = 48;

/**
 * Why the cases of a site cannot be run in a batch, or undefined when they can. Interrupts may come, or PL1 has a
 * translation of its own.
 */
export const whyNotInBatches = (site: CallSite): string | undefined => {
  const saved = site.machine.savedState(0);
  if (site.machine.cpus.length > 1) return "the machine has several CPUs";
  if (saved[SLOT.interruptInputs] !== 0) return "an interrupt input is up";
  if (site.machine.devices.length > 0) return "the machine has devices";
  if ((saved[S.HCR]! & HCR_REFUSED) !== 0) return "HCR turns on stage 2, traps or interrupts";
  if ((saved[S.SCTLR]! & 1) !== 0) return "the host's MMU is on";
  return undefined;
};

const marksOf = (): ReadonlyMap<number, Mark> =>
  new Map<number, Mark>([
    [MARK.returned, endOf("returned")],
    [MARK.target, endOf("entered")],
    [MARK.hostUndefined, endOf("undefined-injected")],
    [FIRMWARE_CALL.cpuOff, endOf("powered-off")],
    [FIRMWARE_CALL.domainCrash, endOf("powered-off")],
    [FIRMWARE_CALL.parked, endOf("powered-off")],
    [FIRMWARE_CALL.cpuOn, "goes-on"],
  ]);
/** How the calls of a site begin and end. */
export const planOf = (site: CallSite): BatchPlan => {
  const { cpu } = site.machine;
  site.machine.restore();
  return {
    pc: cpu.state[SLOT.PC]!,
    key: cpu.translationKey(),
    marks: marksOf(),
    otherMark: endOf("ran-away"),
    selfLoop: endOf("self-loop"),
    hypException: endOf("exception-in-hyp"),
    // Near its end the budget is counted by the machine.
    budget: CALL_BUDGET - 2 * BLOCK_LIMIT,
  };
};

export class SiteHost implements BatchHost {
  readonly #site: CallSite;

  constructor(site: CallSite) {
    this.#site = site;
  }

  /** Physical address of an access in a context; a syndrome of a fetch that faults. */
  #translate(
    va: number,
    access: "read" | "write" | "execute",
    context: Context,
  ): number | { readonly syndrome: number } {
    const { machine } = this.#site;
    const { cpu } = machine;
    machine.restore();
    if (context === CONTEXT.hypOff) cpu.state[S.HSCTLR] = cpu.state[S.HSCTLR]! & ~1;
    const walk = cpu.mmu.translate(va, access, context === CONTEXT.pl1 ? 1 : 2);
    const inMemory = walk.fault === "none" && machine.memory.offsetOf(walk.address) >= 0;
    const result = inMemory
      ? walk.address
      : {
          syndrome: prefetchAbortSyndrome(
            walk.fault === "none" ? "external" : walk.fault,
            walk.level,
            walk.stage1Walk,
          ),
        };
    machine.restore();
    return result;
  }

  fetch(pc: number, context: Context): FetchResult | undefined {
    const found = this.#translate(pc, "execute", context);
    return typeof found === "number" ? "memory" : found;
  }
  block(pc: number, key: number, context: Context): BatchBlock | undefined {
    const thumb = extract(key, KEY.thumb) === 1;
    const mode = modeOf(extract(key, KEY.mode));
    if (mode === undefined || (pc & (thumb ? 1 : 3)) !== 0) return undefined;
    if ((mode.pl === 2) !== (context !== CONTEXT.pl1)) return undefined;
    const found = this.#translate(pc, "execute", context);
    // A branch to itself is looked for at the physical address of the PC.
    if (typeof found !== "number" || found !== pc) return undefined;
    const { machine } = this.#site;
    const page = machine.memory.read(found & -PAGE_SIZE, PAGE_SIZE);
    const block = translateBlock(
      pc,
      { thumb, bigEndian: extract(key, KEY.bigEndian) === 1, it: extract(key, KEY.it), mode },
      {
        decoder: DECODER,
        cpu: machine.cpu.options.model,
        policy: machine.cpu.options.policy,
        fetch: (address) => {
          if ((address ^ pc) >>> 12 !== 0) return -1;
          const at = address & (PAGE_SIZE - 1);
          return page[at]! | (page[at + 1]! << 8);
        },
        limit: BLOCK_LIMIT,
      },
    );
    // An instruction that lies across two pages.
    if (block.nodes.some((n) => n.kind === "exitStop" && n.reason === "unmodelled"))
      return undefined;
    return { block, page, physical: found >>> 12 };
  }
  page(address: number, write: boolean, context: Context): DataPage | undefined {
    const found = this.#translate(address, write ? "write" : "read", context);
    if (typeof found !== "number") return undefined;
    const { machine, options } = this.#site;
    const base = found - (found % PAGE_SIZE);
    if (write) {
      if (machine.memory.storeOffsetOf(base) < 0) return undefined;
      // Tables of HYP's translation: what a walk finds afterwards is the machine's to say.
      const root = machine.savedState(0)[S.HTTBR]! >>> 0;
      if (context === CONTEXT.hyp && base === root - (root % PAGE_SIZE)) return undefined;
    }
    const own = options.ownMemory;
    const isOwn = own !== undefined && base >= own.from && base + PAGE_SIZE <= own.to;
    const overlaps = own !== undefined && base < own.to && base + PAGE_SIZE > own.from;
    if (write && overlaps && !isOwn) return undefined;
    return { physical: base / PAGE_SIZE, bytes: machine.memory.read(base, PAGE_SIZE), own: isOwn };
  }
  systemWords(register: number, write: boolean, wide: boolean): SystemWords | undefined {
    return this.#site.machine.cpu.system.words(register, write, wide);
  }
  doesNothing(node: Node): boolean {
    switch (node.kind) {
      case "hint":
        return node.hint === "nop" || node.hint === "yield" || node.hint === "dbg";
      case "trapCheck":
        return this.#site.machine.cpu.isFreeOfTrap(node.trap);
      default:
        return false;
    }
  }
  hvcSyndrome(immediate: number): number {
    return hvcSyndrome(immediate);
  }
}
