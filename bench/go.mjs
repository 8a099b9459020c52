// What a process of ours says when its machine is about to run.
export const GO_LINE = "\u0001go\n";
export const GO = new RegExp(GO_LINE);
