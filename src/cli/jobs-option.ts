import { Option } from "commander";
import { between } from "./numbers.js";

/** Commander asks for the parser of each option; what they count has bounds. */
export const jobsOption = (): Option =>
  new Option(
    "--jobs <number>",
    "worker threads; one for each core where the work is worth it. The results are the same",
  ).argParser(between(1, 256));
