/** All commands. `main.ts` starts it. */
import { commandLine } from "./command-line.js";
import { addContractCommands } from "./contract-commands.js";
import { addGuestCommands } from "./guest-commands.js";
import { addLifeCommands } from "./life-commands.js";

export { performer } from "./perform.js";
export const run = commandLine(addContractCommands, addGuestCommands, addLifeCommands);
