/**
 * Branch hints (the proposal of that name): V8 then keeps what is seldom run out of the way, and registers are not
 * spilled for the calls in it. That makes memory accesses half as fast again. In V8 before 13.7 a flag allows them;
 * where there is none the hints are a custom section that nobody reads.
 */

/** Node alone has this: a browser decides by itself. */
const node = (globalThis as { process?: NodeJS.Process }).process;

/** Whether modules that are compiled from now on may have hints. Process-wide. */
export const allowBranchHints = (allowed: boolean): void => {
  const [major = 0, minor = 0] = (node?.versions.v8 ?? "").split(".").map(Number);
  if (node === undefined || major < 11 || major > 13 || (major === 13 && minor >= 7)) return;
  node
    .getBuiltinModule("node:v8")
    .setFlagsFromString(`--${allowed ? "" : "no-"}experimental-wasm-branch-hinting`);
};
