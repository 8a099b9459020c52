/**
 * Every difference between the system register table and what QEMU 7.2 answers, chosen deliberately.
 * The agreement test fails on a difference that no row explains and on a row that explains none.
 */
/**
 * absent: the emulator has the encoding and the table has not. extra: the other way round. access: both
 * have it and the rights differ.
 */
export type Aspect = "absent" | "extra" | "access" | "reset" | "writable" | "trap";
export interface Difference {
  /** Matches the encoding as "p15,0,c1,c0,0" or, for 64-bit accesses, "p15,0,c2". */
  readonly encodings: RegExp;
  readonly aspects: readonly Aspect[];
  readonly reason: string;
}
const row = (encodings: RegExp, aspects: readonly Aspect[], reason: string): Difference => ({
  encodings,
  aspects,
  reason,
});

export const QEMU_DIFFERENCES: readonly Difference[] = [
  // Encodings that exist on one side only.
  row(
    /^p15,\d,c3,(?!c0,0$)|^p15,[1-7],c3,/,
    ["absent"],
    "The emulator answers every c3 encoding as DACR; the cores decode c3, c0, 0 with opc1 0 alone.",
  ),
  row(
    /^p15,0,c7,c\d+,\d$/,
    ["absent"],
    "The emulator takes every c7 encoding with opc1 0 as a NOP; what the Arm ARM does not name is UNDEFINED here.",
  ),
  row(
    /^p15,\d,c10,c[0148],\d$/,
    ["absent"],
    "TLB lockdown of older cores; Cortex-A15 and Cortex-A7 have none.",
  ),
  row(
    /^p15,\d,c15,c\d+,\d$/,
    ["absent", "access"],
    "The emulator answers all of c15 as RAZ/WI; here only the registers of the two TRMs exist, each on its core.",
  ),
  row(
    /^p15,[01],c15$/,
    ["extra"],
    "CPUMERRSR and L2MERRSR of the Cortex-A15 TRM, which the emulator lacks.",
  ),
  row(
    /^p15,0,c0,c0,6$/,
    ["reset"],
    "REVIDR: the emulator repeats MIDR there; the cores read zero.",
  ),
  row(/^p15,0,c6,c0,1$/, ["absent"], "WFAR of older cores, at CP14 in v7.1 Debug."),
  row(
    /^p15,0,c9,c12,[67]$/,
    ["extra"],
    "PMCEID0 and PMCEID1 belong to Performance Monitors version 2, which both cores have.",
  ),
  row(
    /^p15,0,c14,c(8|12|15),\d$/,
    ["absent"],
    "PMEVCNTRn, PMEVTYPERn and PMCCFILTR have encodings of their own only from version 3 on.",
  ),
  row(
    /^p15,0,c1,c1,2$/,
    ["extra"],
    "NSACR: Security Extensions are present here, with Secure firmware out of sight; the emulator's board has none.",
  ),
  row(/^p14,0,c0,c2,0$/, ["absent"], "DBGDCCINT is ARMv8's."),
  row(
    /^p14,0,c7,c0,[012]$/,
    ["absent"],
    "The emulator decodes DBGDEVID, 1 and 2 with CRm and opc2 exchanged.",
  ),
  row(
    /^p14,0,c7,c[012],7$|^p14,0,c7,c(8|9|14),6$|^p14,0,c1,c4,4$|^p14,0,c1,c[45],1$|^p14,0,c0,c(0|3),2$|^p14,0,c0,c[56],0$/,
    ["extra"],
    "v7.1 Debug registers that the emulator lacks: DBGDEVID*, DBGCLAIM*, DBGAUTHSTATUS, DBGPRCR, DBGBXVR4, DBGBXVR5, DBGDTR*, DBGWFAR.",
  ),
  // Access rights.
  row(
    /^p14,0,c0,c1,0$/,
    ["access"],
    "DBGDSCRint can be read at PL0 while DBGDSCR.UDCCdis is 0 (DDI 0406C, C11.11.19).",
  ),
  row(
    /^p15,0,c14,c0,0$/,
    ["access"],
    "CNTFRQ is written in Secure state alone; on the emulator's board HYP mode is the highest level.",
  ),
  // Values after reset.
  row(
    /^p15,0,c0,c1,[12]$/,
    ["reset"],
    "ID_PFR1 and ID_DFR0 name the Security Extensions and Secure debug, as the TRMs do; the emulator's board has no Secure state.",
  ),
  row(
    /^p14,0,c0,c0,0$/,
    ["reset"],
    "DBGDIDR's variant and revision are those of MIDR (r4p0); the emulator says r2p1 there.",
  ),
  row(
    /^p14,0,c0,c[12],[02]$/,
    ["reset", "writable"],
    "DBGDSCR.NS and RESTARTED read as one; the fields that a debugger owns and the reserved bits cannot be written.",
  ),
  row(/^p15,4,c1,c0,0$/, ["reset"], "HSCTLR's SBOP bits read as one, as in the Cortex-A15 TRM."),
  row(
    /^p15,4,c1,c1,2$/,
    ["reset", "writable"],
    "HCPTR: TCP bits of coprocessors that do not exist are RAO/WI, TTA and reserved bits RAZ/WI.",
  ),
  row(
    /^p15,4,c2,[c]?(c0,2|c1,2)$/,
    ["reset", "writable"],
    "HTCR and VTCR: SBOP bits read as one, reserved bits do not change.",
  ),
  row(
    /^p15,0,c10,c2,[01]$/,
    ["reset"],
    "PRRR and NMRR hold the values of the TRMs; the emulator resets them to zero.",
  ),
  row(
    /^CCSIDR_\w+ of cortex-a7$/,
    ["reset"],
    "The emulator gives Cortex-A7 the caches of Cortex-A15.",
  ),
  row(/^p15,1,c0,c0,0$/, ["reset"], "CCSIDR of Cortex-A7's L1 data cache, as above."),
  // Writable bits.
  row(/^p15,0,c1,c0,0$/, ["writable"], "SCTLR: reserved and read-only bits do not change."),
  row(
    /^p15,0,c2,c0,2$/,
    ["writable"],
    "TTBCR: the emulator clears PD0 and PD1 with EAE 1; here they are stored.",
  ),
  row(/^p15,0,c5,c0,[01]$/, ["writable"], "DFSR and IFSR: UNK/SBZP bits do not change."),
  row(/^p15,0,c13,c0,0$/, ["writable"], "FCSEIDR is RAZ/WI: the cores have no FCSE."),
  row(
    /^p15,0,c14,c1,0$|^p15,4,c14,c1,0$/,
    ["writable"],
    "CNTKCTL and CNTHCTL: reserved bits do not change.",
  ),
  row(
    /^p15,[04],c14,c[23],1$/,
    ["writable"],
    "ISTATUS cannot be written; the emulator's changes with ENABLE, the timer condition being met.",
  ),
  row(/^p15,0,c9,c1[24],\d$/, ["writable"], "Performance Monitors: reserved bits."),
  row(
    /^p15,0,c9,c13,1$/,
    ["writable"],
    "PMXEVTYPER: evtCount is eight bits in version 2; the emulator keeps sixteen and bits 26:25.",
  ),
  row(
    /^p15,4,c1,c1,[013]$/,
    ["writable"],
    "HCR, HDCR and HSTR: reserved bits do not change; HSTR.T4 and T14 do not exist.",
  ),
  row(/^p15,4,c5,c1,[01]$|^p15,4,c6,c0,4$/, ["writable"], "HPFAR bits 3:0 are UNK/SBZP."),
  row(
    /^p15,[04],c2$|^p15,[46],c2$|^p15,6,c2$/,
    ["writable"],
    "HTTBR and VTTBR: bits 47:40 and above VMID are UNK/SBZP.",
  ),
  row(/^p14,6,c1,c0,0$/, ["writable"], "TEEHBR bits 1:0 are SBZ."),
  row(
    /^p14,0,c0,c7,0$|^p14,0,c0,c\d,[67]$/,
    ["writable"],
    "DBGVCR: the emulator ignores it; here it is stored.",
  ),
  // Traps.
  row(
    /^HCR\.TRVM /,
    ["trap"],
    "HCR.TRVM cannot be set on ARMv7 (UNK/SBZP); the table keeps the traps for ARMv8's sake.",
  ),
  row(
    /^HCR\.(TPU|TPC|TSW) /,
    ["trap"],
    "The emulator has no cache maintenance traps for ARMv7 cores; DDI 0406C, B1.14.5 does.",
  ),
  row(
    /^HCR\.TID1 p15,0,c0,c0,[236]$/,
    ["trap"],
    "The emulator traps AIDR alone of the TID1 group on ARMv7 cores.",
  ),
  row(
    /^HCR\.TID3 /,
    ["trap"],
    "The emulator has no TID3 trap for ARMv7 cores; DDI 0406C, B1.14.3 does.",
  ),
  row(
    /^HCR\.TIDCP /,
    ["trap"],
    "The emulator does not implement TIDCP here; L2CTLR and L2ECTLR lie in its space.",
  ),
  row(/^HCPTR\.TCPAC /, ["trap"], "The emulator has no TCPAC trap for ARMv7 cores."),
  row(
    /^HDCR\.TPMCR /,
    ["trap"],
    "The emulator does not trap PMCR by TPMCR from PL1 here; DDI 0406C, B4.1.61 does.",
  ),
  row(
    /^HDCR\.TDRA p14,0,c[12]$/,
    ["trap"],
    "The 64-bit reads of DBGDRAR and DBGDSAR are trapped like the 32-bit ones.",
  ),
];
