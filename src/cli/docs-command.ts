/** `hyplab docs`. */
import { EXIT_CODE } from "./errors.js";

export const docsCommand = async (_target: string | undefined, _flags: { output: string }): Promise<number> => {
  return Promise.resolve(EXIT_CODE.ok);
};
