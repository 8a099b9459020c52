/** The commands that start a guest, alone: a machine that is resumed is to answer at once. `main.ts` starts it. */
import { commandLine } from "./command-line.js";
import { addGuestCommands } from "./guest-commands.js";

export const run = commandLine(addGuestCommands);
