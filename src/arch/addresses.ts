/**
 * Address types. The three address spaces of the Virtualization Extensions are told apart by the
 * compiler (DDI 0406C, B3.1): a stage 1 translation takes a VA to an IPA, stage 2 an IPA to a PA.
 */
declare const space: unique symbol;

/** Virtual address, 32 bits, held as an unsigned JavaScript number. */
export type VA = number & { readonly [space]: "VA" };
/** Intermediate physical address, 40 bits, held as a JavaScript number (exact up to 2^53). */
export type IPA = number & { readonly [space]: "IPA" };
/** Physical address, 40 bits, held as a JavaScript number (exact up to 2^53). */
export type PA = number & { readonly [space]: "PA" };

/** Brands the low 32 bits of `value` as a virtual address. */
export const va = (value: number): VA => (value >>> 0) as VA;
/** Brands `value` (0 to 2^40 - 1) as an intermediate physical address. */
export const ipa = (value: number): IPA => value as IPA;
/** Brands `value` (0 to 2^40 - 1) as a physical address. */
export const pa = (value: number): PA => value as PA;
/** With stage 2 off the IPA is the PA (DDI 0406C, B3.1). */
export const flatStage2 = (address: IPA): PA => address as number as PA;
/** With stage 1 off the VA is the IPA (DDI 0406C, B3.2). */
export const flatStage1 = (address: VA): IPA => address as number as IPA;

/** Prints an address as the kernel's messages do: 0x and at least eight lower-case digits. */
export const hex = (value: number): string =>
  `0x${(value < 0 ? value >>> 0 : value).toString(16).padStart(8, "0")}`;
