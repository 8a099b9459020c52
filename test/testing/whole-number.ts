/** A whole number from the command line of a comparison. Ends the process with status 2 for anything else. */
export const wholeNumber = (option: string, text: string): number => {
  const n = Number(text);
  if (Number.isInteger(n) && n >= 0) return n;
  process.stderr.write(`--${option} takes a whole number, not "${text}"\n`);
  process.exit(2);
};
