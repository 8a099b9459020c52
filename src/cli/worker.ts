/** What a worker thread loads: a file of its own, which piscina takes the function for jobs from. */
import { workerData } from "piscina";
import { loadProgram } from "./load-program.js";

export default loadProgram("program").program.performer(workerData);
