/** `--cpu` of the commands that make a machine. */
import { suggestion, UsageError } from "./errors.js";

const MODELS = ["cortex-a15", "cortex-a7"] as const;

/** The model of that name. Throws UsageError. */
export const modelOf = (name: string): (typeof MODELS)[number] => {
  const found = MODELS.find((model) => model === name);
  if (found !== undefined) return found;
  throw new UsageError(`--cpu ${name}: expected ${MODELS.join(" or ")}${suggestion(name, MODELS)}`);
};
