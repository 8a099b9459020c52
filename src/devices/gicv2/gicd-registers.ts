/** The Distributor's registers, without the Security Extensions: IHI 0048B, 4.3. */
import { type Field, registerBlock, ro, rw, w1c, w1s, wo } from "../register-block.js";

/** Interrupt lines of the board: 32 private ones and 256 SPIs. */
export const LINES = 288;
const WORDS = LINES / 32;

/** Int_config bit 1 of each interrupt: edge-triggered. Bit 0 is reserved in GICv2. */
const intConfig = Object.fromEntries(
  Array.from({ length: 16 }, (_, n): [string, Field] => [`Int_config${n}`, rw(2 * n + 1)]),
) as Readonly<Record<`Int_config${number}`, Field>>;

/** Rows of identification registers: a byte each, in words. */
const id = (at: number, value: number) =>
  ({ at, fields: { Value: ro(0, 8, value) }, ref: "4.3.18" }) as const;

/**
 * GICD. Where IHI 0048B says IMPLEMENTATION DEFINED: SGIs are always enabled, PPIs may be configured as edge
 * or level, identification is a GIC of the reference board, reserved offsets are RAZ/WI. The registers of
 * bits store: ISENABLER what is enabled, ISPENDR what was made pending and not yet taken, ISACTIVER what is
 * active; their clearing twins store nothing.
 */
export const GICD = registerBlock(
  "GICD",
  "IHI 0048B, 4.3",
  {
    CTLR: { at: 0x000, fields: { EnableGrp0: rw(0), EnableGrp1: rw(1) }, ref: "4.3.1" },
    TYPER: {
      at: 0x004,
      fields: {
        ITLinesNumber: ro(0, 5, WORDS - 1),
        CPUNumber: ro(5, 3),
        SecurityExtn: ro(10),
        LSPI: ro(11, 5),
      },
      ref: "4.3.2",
    },
    IIDR: {
      at: 0x008,
      fields: {
        Implementer: ro(0, 12, 0x43b),
        Revision: ro(12, 4),
        Variant: ro(16, 4),
        ProductID: ro(24, 8),
      },
      ref: "4.3.3",
    },
    IGROUPR: { at: 0x080, count: WORDS, banked: 1, fields: { Group: rw(0, 32) }, ref: "4.3.4" },
    ISENABLER: {
      at: 0x100,
      count: WORDS,
      banked: 1,
      fields: { Set_enable: w1s(0, 32) },
      ref: "4.3.5",
    },
    ICENABLER: {
      at: 0x180,
      count: WORDS,
      banked: 1,
      fields: { Clear_enable: w1c(0, 32) },
      ref: "4.3.6",
    },
    ISPENDR: {
      at: 0x200,
      count: WORDS,
      banked: 1,
      fields: { Set_pending: w1s(0, 32) },
      ref: "4.3.7",
    },
    ICPENDR: {
      at: 0x280,
      count: WORDS,
      banked: 1,
      fields: { Clear_pending: w1c(0, 32) },
      ref: "4.3.8",
    },
    ISACTIVER: {
      at: 0x300,
      count: WORDS,
      banked: 1,
      fields: { Set_active: w1s(0, 32) },
      ref: "4.3.9",
    },
    ICACTIVER: {
      at: 0x380,
      count: WORDS,
      banked: 1,
      fields: { Clear_active: w1c(0, 32) },
      ref: "4.3.10",
    },
    IPRIORITYR: {
      at: 0x400,
      count: LINES,
      width: 1,
      banked: 32,
      fields: { Priority: rw(0, 8) },
      ref: "4.3.11",
    },
    ITARGETSR: {
      at: 0x800,
      count: LINES,
      width: 1,
      banked: 32,
      fields: { CPU_targets: rw(0, 8) },
      ref: "4.3.12",
    },
    ICFGR: { at: 0xc00, count: LINES / 16, banked: 2, fields: intConfig, ref: "4.3.13" },
    SGIR: {
      at: 0xf00,
      access: [4],
      fields: {
        SGIINTID: wo(0, 4),
        NSATT: wo(15),
        CPUTargetList: wo(16, 8),
        TargetListFilter: wo(24, 2),
      },
      ref: "4.3.15",
    },
    CPENDSGIR: {
      at: 0xf10,
      count: 16,
      width: 1,
      banked: true,
      fields: { SGI_clear_pending: w1c(0, 8) },
      ref: "4.3.16",
    },
    SPENDSGIR: {
      at: 0xf20,
      count: 16,
      width: 1,
      banked: true,
      fields: { SGI_set_pending: w1s(0, 8) },
      ref: "4.3.17",
    },
    ICPIDR4: id(0xfd0, 0x04),
    ICPIDR5: id(0xfd4, 0),
    ICPIDR6: id(0xfd8, 0),
    ICPIDR7: id(0xfdc, 0),
    ICPIDR0: id(0xfe0, 0x90),
    ICPIDR1: id(0xfe4, 0xb4),
    ICPIDR2: id(0xfe8, 0x2b),
    ICPIDR3: id(0xfec, 0),
    ICCIDR0: id(0xff0, 0x0d),
    ICCIDR1: id(0xff4, 0xf0),
    ICCIDR2: id(0xff8, 0x05),
    ICCIDR3: id(0xffc, 0xb1),
  },
  { size: 0x1000 },
);
