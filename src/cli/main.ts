#!/usr/bin/env node
/** What `hyplab` starts: loads the program, one file, and runs it. */
import { loadProgram } from "./load-program.js";

const { program, digest } = loadProgram();
await program.run(process.argv.slice(2), digest);
