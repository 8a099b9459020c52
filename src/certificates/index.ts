/** Certificates: proofs that are kept, and checkers of refutations that share no code with the engine. */
export { checkDrat } from "./drat.js";
export { ProofBuilder, readProof, writeProof } from "./kept-proof.js";
export type { KeptClaim, KeptProof, KeptQuery } from "./kept-proof.js";
export { checkLrat } from "./lrat.js";
export { ProofFormatError } from "./proof-format-error.js";
export { recheck, type Recheck, type Rechecked, type TextSolver } from "./recheck.js";
export type { Verdict } from "./verdict.js";
