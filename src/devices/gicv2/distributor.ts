/** The Distributor: the state of every interrupt, and which of them is the best for a CPU. */
import type { DeviceState, Line } from "../../machine/index.js";
import { stateBytes, stateFields } from "../device-state.js";
import { type Behaviour, type Initiator, RegisterDevice } from "../register-device.js";
import { GICD, LINES } from "./gicd-registers.js";
import { IDLE_PRIORITY, lowestBit, PRIVATE_INTERRUPTS, SGIS, SPURIOUS } from "./interrupt-ids.js";

const SGI_BITS = (1 << SGIS) - 1;
/** SGIs are edge-triggered: Int_config is 0b10 for each. */
const SGI_CONFIG = 0xaaaa_aaaa | 0;
const ALL = -1;
const SOURCES = GICD.row("SPENDSGIR");

/** Where an array of registers lies in `words`: element `n` of a CPU's, or of those that all share. */
interface Place {
  readonly banked: number;
  readonly shared: number;
  readonly count: number;
}

export interface DistributorOptions {
  readonly base: number;
  readonly cpus: number;
  readonly initiator: Initiator;
  /** The state of an interrupt of this CPU, or of all (-1), has changed. */
  readonly changed: (cpu: number) => void;
}

/**
 * Bit arrays have one word of private interrupts a CPU and eight shared words of SPIs. Pending is what was
 * latched (ISPENDR, an edge, an SGI) or, where level-sensitive, the input itself.
 */
export class Distributor extends RegisterDevice<typeof GICD.rows> {
  readonly cpus: number;
  /** Inputs: word `cpu` its PPIs, word `cpus` + n - 1 the SPIs of register n. */
  readonly #level: Int32Array;
  /** SPIs that target a CPU: 9 words a CPU, out of ITARGETSR. */
  readonly #targeted: Int32Array;
  readonly #changed: (cpu: number) => void;
  /** By CPU: the best pending interrupt, and whether it must be looked for again. */
  readonly #best: Int32Array;
  readonly #isStale: Uint8Array;
  readonly #stride = GICD.bankedSlots;
  readonly #group = this.#place("IGROUPR");
  readonly #enabled = this.#place("ISENABLER");
  readonly #latched = this.#place("ISPENDR");
  readonly #active = this.#place("ISACTIVER");
  readonly #priority = this.#place("IPRIORITYR");
  readonly #config = this.#place("ICFGR");
  readonly #target = this.#place("ITARGETSR");
  /** Edge-triggered interrupts, out of ICFGR; indexed as `#level`. */
  readonly #edge: Int32Array;
  readonly #words = LINES / 32;
  readonly #ctlr = this.slot(GICD.row("CTLR"), 0, 0);

  constructor(options: DistributorOptions) {
    super(GICD, { base: options.base, banks: options.cpus, initiator: options.initiator });
    this.cpus = options.cpus;
    this.#changed = options.changed;
    this.#best = new Int32Array(this.cpus);
    this.#isStale = new Uint8Array(this.cpus).fill(1);
    this.#level = new Int32Array(this.cpus + this.#words - 1);
    this.#edge = new Int32Array(this.#level.length);
    this.#targeted = new Int32Array(this.cpus * this.#words);
    this.on(this.#behaviour());
    this.#resetState();
  }

  #behaviour(): Behaviour<typeof GICD.rows> {
    const seen = (value: (index: number, cpu: number) => number) => ({
      read: (index: number) => value(index, this.initiator.current),
      peek: value,
    });
    const word = (place: Place) => (index: number, cpu: number) =>
      this.words[this.#at(place, index, cpu)]!;
    const clear = (place: Place, bits: number, index: number): void => {
      this.words[this.#at(place, index)]! &= ~bits;
      this.#tell(index);
    };
    const changed = (_: number, index: number): void => this.#tell(index);
    // SGIs are made pending by SGIR and SPENDSGIR alone (they need a source), and are always enabled.
    const withoutSgis = (bits: number, index: number): number =>
      index === 0 ? bits & ~SGI_BITS : bits;
    const pending = seen((index, cpu) => this.#pendingWord(cpu, index));
    const sources = (index: number, cpu = this.initiator.current): number =>
      this.words[this.slot(SOURCES, index, cpu)]!;
    return {
      CTLR: { written: () => this.#note(ALL) },
      IGROUPR: { written: changed },
      ISENABLER: { written: changed },
      ICENABLER: {
        ...seen(word(this.#enabled)),
        written: (value, index) => clear(this.#enabled, withoutSgis(value, index), index),
      },
      ISPENDR: {
        ...pending,
        written: (value, index, _lanes, before) => {
          this.words[this.#at(this.#latched, index)] = before | withoutSgis(value, index);
          this.#tell(index);
        },
      },
      ICPENDR: {
        ...pending,
        written: (value, index) => clear(this.#latched, withoutSgis(value, index), index),
      },
      ISACTIVER: { written: changed },
      ICACTIVER: {
        ...seen(word(this.#active)),
        written: (value, index) => clear(this.#active, value, index),
      },
      IPRIORITYR: { written: (_, index) => this.#tell(index >> 5) },
      ITARGETSR: {
        // With one CPU there is nothing to choose: RAZ/WI, 4.3.12.
        ...seen((index, cpu) => (this.cpus === 1 ? 0 : this.get("ITARGETSR", index, cpu))),
        written: (_, index) => {
          this.#retarget(index);
          this.#note(ALL);
        },
      },
      ICFGR: {
        written: (_, index) => {
          this.#reconfigure(this.initiator.current, index);
          this.#tell(index >> 1);
        },
      },
      SGIR: { written: (value) => this.#generate(value) },
      CPENDSGIR: {
        ...seen(sources),
        written: (value, index) => this.#setSources(index, sources(index) & ~value),
      },
      SPENDSGIR: { written: (_, index) => this.#setSources(index, sources(index)) },
    };
  }

  #place(name: keyof typeof GICD.rows): Place {
    const { bankedSlot, sharedSlot, banked, count } = GICD.row(name);
    return {
      banked: bankedSlot,
      shared: this.banks * GICD.bankedSlots + sharedSlot - banked,
      count,
    };
  }
  /** Index into `words` of a bit array's register as the initiator, or `cpu`, sees it. */
  #at(place: Place, index: number, cpu: number = this.initiator.current): number {
    return index === 0 ? cpu * this.#stride + place.banked : place.shared + index;
  }
  #input(cpu: number, index: number): number {
    return index === 0 ? cpu : this.cpus + index - 1;
  }
  #note(cpu: number): void {
    if (cpu === ALL) this.#isStale.fill(1);
    else this.#isStale[cpu] = 1;
    this.#changed(cpu);
  }
  #tell(index: number): void {
    this.#note(index === 0 ? this.initiator.current : ALL);
  }
  #pendingWord(cpu: number, index: number): number {
    const input = this.#input(cpu, index);
    return (
      this.words[this.#at(this.#latched, index, cpu)]! | (this.#level[input]! & ~this.#edge[input]!)
    );
  }

  // ---- what the registers say --------------------------------------------------------------------

  #retarget(id: number, by: number = this.initiator.current): void {
    if (id < PRIVATE_INTERRUPTS) {
      this.words[by * this.#stride + this.#target.banked + id] = 1 << by;
      return;
    }
    const at = this.#target.shared + id;
    const targets = this.cpus === 1 ? 1 : this.words[at]! & ((1 << this.cpus) - 1);
    this.words[at] = targets;
    const bit = 1 << (id & 31);
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      const word = cpu * this.#words + (id >> 5);
      if ((targets & (1 << cpu)) !== 0) this.#targeted[word]! |= bit;
      else this.#targeted[word]! &= ~bit;
    }
  }
  /** Takes over ICFGR register `index`, which holds 16 interrupts. */
  #reconfigure(cpu: number, index: number): void {
    const at =
      index < 2 ? cpu * this.#stride + this.#config.banked + index : this.#config.shared + index;
    if (index === 0) this.words[at] = SGI_CONFIG;
    const config = this.words[at]!;
    const input = this.#input(cpu, index >> 1);
    const first = (index & 1) * 16;
    for (let n = 0; n < 16; n++) {
      const bit = 1 << (first + n);
      if ((config & (2 << (2 * n))) !== 0) this.#edge[input]! |= bit;
      else this.#edge[input]! &= ~bit;
    }
  }
  #generate(value: number): void {
    const id = value & 0xf;
    const me = this.initiator.current;
    const all = (1 << this.cpus) - 1;
    const filter = (value >>> 24) & 3;
    // Filter 0b11 is reserved: as if all CPUs were listed, which is what the reference takes it for.
    const targets =
      filter === 0
        ? (value >>> 16) & all
        : filter === 1
          ? all & ~(1 << me)
          : filter === 2
            ? 1 << me
            : all;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if ((targets & (1 << cpu)) === 0) continue;
      this.words[this.slot(SOURCES, id, cpu)]! |= 1 << me;
      this.words[this.#at(this.#latched, 0, cpu)]! |= 1 << id;
      this.#note(cpu);
    }
  }
  #setSources(id: number, sources: number): void {
    const kept = sources & ((1 << this.cpus) - 1);
    this.set("SPENDSGIR", kept, id);
    const at = this.#at(this.#latched, 0);
    if (kept !== 0) this.words[at]! |= 1 << id;
    else this.words[at]! &= ~(1 << id);
    this.#note(this.initiator.current);
  }

  // ---- inputs ------------------------------------------------------------------------------------

  #setInput(cpu: number, id: number, level: boolean): void {
    const input = this.#input(cpu, id >> 5);
    const bit = 1 << (id & 31);
    if (((this.#level[input]! & bit) !== 0) === level) return;
    if (level) {
      this.#level[input]! |= bit;
      if ((this.#edge[input]! & bit) !== 0)
        this.words[this.#at(this.#latched, id >> 5, cpu)]! |= bit;
    } else this.#level[input]! &= ~bit;
    this.#note(id < PRIVATE_INTERRUPTS ? cpu : ALL);
  }
  /** Input of a shared interrupt by its ID, from 32. */
  shared(id: number): Line {
    if (!(Number.isInteger(id) && id >= PRIVATE_INTERRUPTS && id < LINES))
      throw new RangeError(
        `interrupt ID ${id}: expected an SPI, ${PRIVATE_INTERRUPTS} to ${LINES - 1}`,
      );
    return { set: (level) => this.#setInput(0, id, level) };
  }
  /** Input of a CPU's private peripheral interrupt by its ID, 16 to 31. Active high. */
  private(cpu: number, id: number): Line {
    if (!(Number.isInteger(id) && id >= SGIS && id < PRIVATE_INTERRUPTS))
      throw new RangeError(
        `interrupt ID ${id}: expected a PPI, ${SGIS} to ${PRIVATE_INTERRUPTS - 1}`,
      );
    if (!(Number.isInteger(cpu) && cpu >= 0 && cpu < this.cpus))
      throw new RangeError(`CPU ${cpu}: this GIC has ${this.cpus}`);
    return { set: (level) => this.#setInput(cpu, id, level) };
  }

  // ---- what the CPU interfaces ask ---------------------------------------------------------------

  /** Groups that are forwarded: bit 0 Group 0, bit 1 Group 1. */
  get forwarded(): number {
    return this.words[this.#ctlr]!;
  }

  /**
   * The interrupt of highest priority, of either group, that is enabled, pending, not active and targets the CPU;
   * 1023 for none. Among equals the lowest ID.
   */
  highestPending(cpu: number): number {
    if (this.#isStale[cpu] !== 0) {
      this.#best[cpu] = this.#findBest(cpu);
      this.#isStale[cpu] = 0;
    }
    return this.#best[cpu]!;
  }
  #findBest(cpu: number): number {
    const { words } = this;
    let best = SPURIOUS;
    let bestPriority = IDLE_PRIORITY;
    for (let n = 0; n < this.#words; n++) {
      let left =
        this.#pendingWord(cpu, n) &
        words[this.#at(this.#enabled, n, cpu)]! &
        ~words[this.#at(this.#active, n, cpu)]!;
      if (n > 0) left &= this.#targeted[cpu * this.#words + n]!;
      while (left !== 0) {
        const id = n * 32 + lowestBit(left);
        left &= left - 1;
        const priority = this.priority(cpu, id);
        if (priority < bestPriority) {
          bestPriority = priority;
          best = id;
        }
      }
    }
    return best;
  }
  priority(cpu: number, id: number): number {
    return id < PRIVATE_INTERRUPTS
      ? this.words[cpu * this.#stride + this.#priority.banked + id]!
      : this.words[this.#priority.shared + id]!;
  }
  group(cpu: number, id: number): 0 | 1 {
    return ((this.words[this.#at(this.#group, id >> 5, cpu)]! >>> (id & 31)) & 1) as 0 | 1;
  }
  /** The CPU that an SGI comes from; of several, the lowest. 0 for other interrupts. */
  source(cpu: number, id: number): number {
    const sources = id < SGIS ? this.words[this.slot(SOURCES, id, cpu)]! : 0;
    return sources === 0 ? 0 : lowestBit(sources);
  }
  /** Pending becomes active; of an SGI that several CPUs sent, one source is taken. */
  activate(cpu: number, id: number): void {
    const bit = 1 << (id & 31);
    let isStillPending = false;
    if (id < SGIS) {
      const at = this.slot(SOURCES, id, cpu);
      this.words[at]! &= this.words[at]! - 1;
      isStillPending = this.words[at] !== 0;
    }
    if (!isStillPending) this.words[this.#at(this.#latched, id >> 5, cpu)]! &= ~bit;
    this.words[this.#at(this.#active, id >> 5, cpu)]! |= bit;
    this.#note(id < PRIVATE_INTERRUPTS ? cpu : ALL);
  }
  /** Active becomes inactive. IDs without an interrupt are ignored. */
  deactivate(cpu: number, id: number): void {
    if (id >= LINES) return;
    this.words[this.#at(this.#active, id >> 5, cpu)]! &= ~(1 << (id & 31));
    this.#note(id < PRIVATE_INTERRUPTS ? cpu : ALL);
  }

  // ---- life --------------------------------------------------------------------------------------

  #resetState(): void {
    this.set("TYPER.CPUNumber", this.cpus - 1);
    for (let cpu = 0; cpu < this.cpus; cpu++)
      this.words[this.#at(this.#enabled, 0, cpu)] = SGI_BITS;
    this.#derive();
  }
  /** Works out what follows from the registers. */
  #derive(): void {
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      this.#reconfigure(cpu, 0);
      this.#reconfigure(cpu, 1);
      for (let id = 0; id < PRIVATE_INTERRUPTS; id++) this.#retarget(id, cpu);
    }
    for (let index = 2; index < this.#config.count; index++) this.#reconfigure(0, index);
    for (let id = PRIVATE_INTERRUPTS; id < LINES; id++) this.#retarget(id);
  }
  /** Inputs keep their level: the devices that drive them say when it falls. */
  override reset(): void {
    super.reset();
    this.#resetState();
    this.#note(ALL);
  }
  override save(): DeviceState {
    return { registers: super.save(), inputs: new Uint8Array(this.#level.slice().buffer) };
  }
  override restore(state: DeviceState): void {
    const fields = stateFields(state, this.name);
    const inputs = stateBytes(fields["inputs"], "GICD inputs", this.#level.byteLength);
    super.restore(stateBytes(fields["registers"], "GICD registers"));
    this.#level.set(new Int32Array(inputs.slice().buffer));
    this.#derive();
    this.#note(ALL);
  }
}
