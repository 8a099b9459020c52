/**
 * Assembly that waits for a byte on the PL011 at r6 and leaves it in r0; `meanwhile` is run at each look. It begins
 * with the label.
 */
export const readSerial = (label: string, meanwhile = ""): string => `
${label}:
  ${meanwhile}
  ldr r0, [r6, #0x18]
  tst r0, #0x10
  bne ${label}
  ldr r0, [r6]
  and r0, r0, #0xff
`;
