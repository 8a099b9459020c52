/** A file of proofs that is not in its format. */
export class ProofFormatError extends Error {
  override readonly name = "ProofFormatError";

  constructor(where: string, expected: string, found: string) {
    super(`${where}: expected ${expected}, found ${found}`);
  }
}
