/** The unsigned little-endian halfword at `at`; bytes past the end read as zero. */
export const u16 = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);

/** The unsigned little-endian word at `at`; bytes past the end read as zero. */
export const u32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)) >>>
  0;

/** The unsigned big-endian word at `at`; bytes past the end read as zero. */
export const u32Big = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)) >>>
  0;

/** `value` up to the next multiple of `unit`, a power of two. */
export const alignUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;
