/** The MSI frame of GICv2m: writes of an interrupt ID pulse that SPI. Arm DEN 0029 (SBSA), appendix E. */
import type { Line } from "../../machine/index.js";
import { registerBlock, ro, wo } from "../register-block.js";
import { RegisterDevice } from "../register-device.js";

export const GICV2M = registerBlock(
  "GICv2m",
  "Arm DEN 0029, appendix E",
  {
    MSI_TYPER: { at: 0x008, access: [4], fields: { Number: ro(0, 10), Base: ro(16, 10) } },
    MSI_SETSPI_NS: { at: 0x040, access: [2, 4], fields: { SPI: wo(0, 10) } },
    /** The reference board's product, without an implementer. */
    MSI_IIDR: {
      at: 0xfcc,
      access: [4],
      fields: { Implementer: ro(0, 12), ProductID: ro(20, 12, 0x51) },
    },
    /** Identification: no optional register, MSI_PIDR2 reads as zero. */
    MSI_ID: { at: 0xfd0, count: 12, access: [4], fields: { Value: ro(0, 32) } },
  },
  { size: 0x1000 },
);

export interface Gicv2mOptions {
  readonly base: number;
  /** ID of the first interrupt. */
  readonly first: number;
  /** Inputs of the interrupts, in order of their IDs. */
  readonly lines: readonly Line[];
}

export class Gicv2m extends RegisterDevice<typeof GICV2M.rows> {
  readonly #first: number;
  readonly #count: number;

  constructor({ base, first, lines }: Gicv2mOptions) {
    super(GICV2M, { base });
    this.#first = first;
    this.#count = lines.length;
    this.on({
      MSI_SETSPI_NS: {
        written: (value) => {
          // IDs that the frame does not own are ignored.
          const line = lines[(value & 0x3ff) - first];
          line?.set(true);
          line?.set(false);
        },
      },
    });
    this.#describe();
  }
  #describe(): void {
    this.set("MSI_TYPER.Base", this.#first);
    this.set("MSI_TYPER.Number", this.#count);
  }
  override reset(): void {
    super.reset();
    this.#describe();
  }
}
