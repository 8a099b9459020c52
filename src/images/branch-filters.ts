/**
 * The filters that XZ may put behind LZMA2, decoding direction only, in place. The branch filters turn
 * the absolute branch targets that an encoder wrote back into relative ones (XZ file format 1.1.0,
 * 5.3.2). `start` is the filter's start offset: the address of the first byte.
 */

/** ARM (A32): every BL whose condition is AL. */
export const decodeArmBranches = (
  bytes: Uint8Array,
  from: number,
  to: number,
  start: number,
): void => {
  const last = to - 4;
  for (let at = from; at <= last; at += 4) {
    if (bytes[at + 3] !== 0xeb) continue;
    const target = (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) << 2;
    const offset = (target - (start + at - from + 8)) >>> 2;
    bytes[at] = offset;
    bytes[at + 1] = offset >>> 8;
    bytes[at + 2] = offset >>> 16;
  }
};

/** ARM-Thumb: every two-halfword BL of the original encoding (both J bits one). */
export const decodeArmThumbBranches = (
  bytes: Uint8Array,
  from: number,
  to: number,
  start: number,
): void => {
  const last = to - 4;
  for (let at = from; at <= last; at += 2) {
    if ((bytes[at + 1]! & 0xf8) !== 0xf0 || (bytes[at + 3]! & 0xf8) !== 0xf8) continue;
    const target =
      (((bytes[at + 1]! & 7) << 19) |
        (bytes[at]! << 11) |
        ((bytes[at + 3]! & 7) << 8) |
        bytes[at + 2]!) <<
      1;
    const offset = (target - (start + at - from + 4)) >>> 1;
    bytes[at + 1] = 0xf0 | ((offset >>> 19) & 7);
    bytes[at] = offset >>> 11;
    bytes[at + 3] = 0xf8 | ((offset >>> 8) & 7);
    bytes[at + 2] = offset;
    at += 2;
  }
};

/** Delta: each byte is stored as the difference from the byte `distance` (1 to 256) before it. */
export const decodeDelta = (
  bytes: Uint8Array,
  from: number,
  to: number,
  distance: number,
): void => {
  for (let at = from + distance; at < to; at++) bytes[at]! += bytes[at - distance]!;
};
