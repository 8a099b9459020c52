#!/usr/bin/env node
/** What `hyplab` starts: loads the program, one file, and runs it. */
import { loadProgram } from "./load-program.js";

await loadProgram().run(process.argv.slice(2));
