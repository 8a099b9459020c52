/** hyplab's version, as package.json has it. */
import { readFileSync } from "node:fs";
import { z } from "zod";

// The same place seen from src/cli and from dist/cli.
const PACKAGE = new URL("../../package.json", import.meta.url);

export const VERSION: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(PACKAGE, "utf8"))).version;
