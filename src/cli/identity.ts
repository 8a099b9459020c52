/** Which program this is. */
export const PROGRAM: {
  /** Digest of all of it, where it is the one file that commands are; `run` says so. */
  digest: string | undefined;
} = { digest: undefined };
