/** Whole machines: started from images, run, watched, saved, replayed. */
export * from "./console-log.js";
export * from "./exception-log.js";
export * from "./folder-digest.js";
export * from "./kernel-names.js";
export * from "./machine-setup.js";
export * from "./recording.js";
export * from "./session.js";
export * from "./stall.js";
export * from "./start.js";
