#!/usr/bin/env node
/**
 * What `hyplab` starts: loads the program, one file, and runs it. It is bundled as `main.cjs`: ESM takes longer to start.
 */
import { loadProgram, programFor } from "./load-program.js";

const args = process.argv.slice(2);
const { program, digest } = loadProgram(programFor(args));
// It says itself how it ended. A script of CommonJS, which this becomes, has no await here.
void program.run(args, digest);
