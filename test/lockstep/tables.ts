/** Translation tables of the four regimes: identity, with pages that fault in every way. */
import {
  CODE,
  DATA,
  HYP_L1,
  HYP_L2,
  HYP_L3_DATA,
  LONG_L1,
  LONG_L2,
  LONG_L3_DATA,
  LONG_L3_VECTORS,
  PL1_VECTORS,
  RAM,
  SHORT_L1,
  SHORT_L2_DATA,
  SHORT_L2_VECTORS,
  STAGE2_L1,
  STAGE2_L2,
  STAGE2_L3_DATA,
  STAGE2_L3_VECTORS,
} from "./layout.js";

const MB = 0x10_0000;
/** Kinds of data pages by page number within the data area; pages that are not named are not mapped. */
export const PAGES = {
  window: 0x10,
  readOnly: 0x11,
  privileged: 0x12,
  userReadOnly: 0x13,
  noAccessFlag: 0x14,
  large: 0x20,
} as const;
/** Megabytes of the short-descriptor tables with other domains. */
export const MANAGER_MB = CODE + 2 * MB,
  NO_ACCESS_MB = CODE + 3 * MB;

/** Writes all tables; `write32` takes physical addresses. */
export const writeTables = (write32: (address: number, value: number) => void): void => {
  const wide = (table: number, index: number, low: number, high = 0): void => {
    write32(table + index * 8, low);
    write32(table + index * 8 + 4, high);
  };
  // Short descriptors. AP is given as AP[2:0]; with SCTLR.AFE bit 0 of it is the access flag.
  const l1 = (at: number, value: number): void => write32(SHORT_L1 + (at >>> 20) * 4, value);
  const section = (at: number, ap: number, domain = 0): void =>
    l1(at, at | ((ap >> 2) << 15) | ((ap & 3) << 10) | (domain << 5) | 0xe);
  const small = (table: number, page: number, base: number, ap: number): void =>
    write32(table + page * 4, (base + page * 4096) | ((ap >> 2) << 9) | ((ap & 3) << 4) | 0xe);
  l1(RAM.base, SHORT_L2_VECTORS | 1);
  small(SHORT_L2_VECTORS, (PL1_VECTORS - RAM.base) >>> 12, RAM.base, 5);
  l1(DATA, SHORT_L2_DATA | (1 << 5) | 1);
  small(SHORT_L2_DATA, PAGES.window, DATA, 3);
  small(SHORT_L2_DATA, PAGES.readOnly, DATA, 7);
  small(SHORT_L2_DATA, PAGES.privileged, DATA, 1);
  small(SHORT_L2_DATA, PAGES.userReadOnly, DATA, 2);
  small(SHORT_L2_DATA, PAGES.noAccessFlag, DATA, 0);
  for (let n = 0; n < 16; n++)
    write32(SHORT_L2_DATA + (PAGES.large + n) * 4, (DATA + PAGES.large * 4096) | (3 << 4) | 0xd);
  section(CODE, 7);
  section(CODE + MB, 7);
  // AP[0] is 1: the emulator checks no access flag in a manager domain, the Arm ARM does (B3.7.3).
  section(MANAGER_MB, 1, 2);
  section(NO_ACCESS_MB, 3, 3);

  // Long descriptors. AP is AP[2:1]; memory is Normal, attribute 0.
  const AF = 1 << 10;
  const page = (table: number, index: number, base: number, ap: number, attributes = 0): void =>
    wide(table, index, (base + index * 4096) | (ap << 6) | AF | attributes | 3);
  const data = (
    table: number,
    ap: Readonly<Record<keyof typeof PAGES, number>>,
    attributes = 0,
  ): void => {
    for (const [name, index] of Object.entries(PAGES) as [keyof typeof PAGES, number][]) {
      page(table, index, DATA, ap[name], attributes);
      if (name === "noAccessFlag")
        wide(table, index, (DATA + index * 4096) | (ap[name] << 6) | attributes | 3);
    }
  };
  const giga = RAM.base / 2 ** 30;
  wide(LONG_L1, giga, LONG_L2 | 3);
  wide(LONG_L2, 0, LONG_L3_VECTORS | 3);
  page(LONG_L3_VECTORS, (PL1_VECTORS - RAM.base) >>> 12, RAM.base, 2);
  wide(LONG_L2, 1, LONG_L3_DATA | 3);
  data(LONG_L3_DATA, {
    window: 1,
    readOnly: 3,
    privileged: 0,
    userReadOnly: 3,
    noAccessFlag: 1,
    large: 1,
  });
  wide(LONG_L2, 2, CODE | (3 << 6) | AF | 1);

  // HYP mode sees all of RAM: the harness works there.
  wide(HYP_L1, giga, HYP_L2 | 3);
  for (let n = 0; n < RAM.size / (2 * MB); n++)
    wide(HYP_L2, n, (RAM.base + n * 2 * MB) | (1 << 6) | AF | 1);
  wide(HYP_L2, 1, HYP_L3_DATA | 3);
  data(HYP_L3_DATA, {
    window: 1,
    readOnly: 3,
    privileged: 1,
    userReadOnly: 3,
    noAccessFlag: 1,
    large: 1,
  });

  // Stage 2: S2AP 1 is read, 3 read and write; MemAttr 15 is Normal. Stage 1's tables can be read.
  const normal = 15 << 2;
  wide(STAGE2_L1, giga, STAGE2_L2 | 3);
  wide(STAGE2_L2, 0, STAGE2_L3_VECTORS | 3);
  for (const at of [
    PL1_VECTORS,
    SHORT_L1,
    SHORT_L1 + 0x1000,
    SHORT_L1 + 0x2000,
    SHORT_L1 + 0x3000,
    SHORT_L2_VECTORS,
    LONG_L1,
    LONG_L2,
    LONG_L3_VECTORS,
    LONG_L3_DATA,
  ]) {
    page(STAGE2_L3_VECTORS, (at - RAM.base) >>> 12, RAM.base, 1, normal);
  }
  wide(STAGE2_L2, 1, STAGE2_L3_DATA | 3);
  data(
    STAGE2_L3_DATA,
    { window: 3, readOnly: 1, privileged: 2, userReadOnly: 1, noAccessFlag: 3, large: 3 },
    normal,
  );
  wide(STAGE2_L2, 2, CODE | (1 << 6) | normal | AF | 1);
};
