/** Options that say what runs the code. */
import { Option, type Command } from "commander";
import {
  ENGINE_NAMES,
  OPTIMISATION_NAMES,
  type EngineName,
  type Optimisation,
} from "../machine/index.js";
import { suggestion, UsageError } from "./errors.js";

export interface EngineFlags {
  readonly engine: EngineName;
  /** none, all, or rules. */
  readonly optimise: string;
}

export const engineOption = (): Option =>
  new Option("--engine <name>", "what runs the code; the results are the same")
    .choices(ENGINE_NAMES)
    .default("auto");
export const engineOptions = (command: Command): Command =>
  command
    .addOption(engineOption())
    .option(
      "--optimise <rules>",
      `rules for compiled code: none, all, or some of ${OPTIMISATION_NAMES.join(",")}`,
      "all",
    );

/** What a machine is made with. Throws UsageError for a rule that there is not. */
export const engineOf = ({
  engine,
  optimise,
}: EngineFlags): { engine: EngineName; optimisations: ReadonlySet<Optimisation> } => {
  const names =
    optimise === "all" ? OPTIMISATION_NAMES : optimise === "none" ? [] : optimise.split(",");
  const known: readonly string[] = OPTIMISATION_NAMES;
  for (const name of names) {
    if (!known.includes(name))
      throw new UsageError(
        `--optimise: expected none, all or rules, found "${name}"${suggestion(name, OPTIMISATION_NAMES)}`,
      );
  }
  return { engine, optimisations: new Set(names as readonly Optimisation[]) };
};
