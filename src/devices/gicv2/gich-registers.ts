/** Registers of the virtual interface control, for hypervisors: IHI 0048B, 5.3. */
import { registerBlock, ro, rw } from "../register-block.js";

export const LIST_REGISTERS = 4;
/** Where the frame of each CPU's registers, reachable from every CPU, starts; as in the Cortex-A15. */
export const GICH_ALIASES = 0x1000;
/** Bytes from one CPU's frame to the next. */
export const GICH_ALIAS_SIZE = 0x200;

/** GICH. VMCR and APR store nothing: they are GICV's registers seen from the other side. */
export const GICH = registerBlock(
  "GICH",
  "IHI 0048B, 5.3",
  {
    HCR: {
      at: 0x000,
      banked: true,
      fields: {
        En: rw(0),
        UIE: rw(1),
        LRENPIE: rw(2),
        NPIE: rw(3),
        VGrp0EIE: rw(4),
        VGrp0DIE: rw(5),
        VGrp1EIE: rw(6),
        VGrp1DIE: rw(7),
        EOICount: rw(27, 5),
      },
      ref: "5.3.1",
    },
    VTR: {
      at: 0x004,
      fields: {
        ListRegs: ro(0, 6, LIST_REGISTERS - 1),
        PREbits: ro(26, 3, 4),
        PRIbits: ro(29, 3, 4),
      },
      ref: "5.3.2",
    },
    VMCR: {
      at: 0x008,
      banked: true,
      fields: {
        VMGrp0En: rw(0),
        VMGrp1En: rw(1),
        VMAckCtl: rw(2),
        VMFIQEn: rw(3),
        VMCBPR: rw(4),
        VEM: rw(9),
        VMABP: rw(18, 3),
        VMBP: rw(21, 3),
        VMPriMask: rw(27, 5),
      },
      ref: "5.3.3",
    },
    MISR: {
      at: 0x010,
      banked: true,
      fields: {
        EOI: ro(0),
        U: ro(1),
        LRENP: ro(2),
        NP: ro(3),
        VGrp0E: ro(4),
        VGrp0D: ro(5),
        VGrp1E: ro(6),
        VGrp1D: ro(7),
      },
      ref: "5.3.4",
    },
    EISR: { at: 0x020, count: 2, banked: true, fields: { EOI_Status: ro(0, 32) }, ref: "5.3.5" },
    ELSR: { at: 0x030, count: 2, banked: true, fields: { Status: ro(0, 32) }, ref: "5.3.6" },
    APR: { at: 0x0f0, banked: true, fields: { Active_priorities: rw(0, 32) }, ref: "5.3.7" },
    LR: {
      at: 0x100,
      count: LIST_REGISTERS,
      banked: true,
      fields: {
        VirtualID: rw(0, 10),
        /** Of a physical interrupt (HW set); else CPUID in bits 12:10 and EOI in bit 19. */
        PhysicalID: rw(10, 10),
        Priority: rw(23, 5),
        State: rw(28, 2),
        Grp1: rw(30),
        HW: rw(31),
      },
      ref: "5.3.8",
    },
    CPU: { at: GICH_ALIASES, window: 8 * GICH_ALIAS_SIZE },
  },
  { size: 0x2000 },
);
