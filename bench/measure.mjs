// Repetitions and their spread. What is compared is run in turns, A B A B, so that a change of the machine's mood
// meets all of them.

/** Smallest, middle and largest of some numbers. */
export const spread = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  return { min: sorted[0], median, max: sorted.at(-1) };
};

/**
 * Runs variants in turns: `rounds` after `warmUps` that do not count. A variant is a name and a function that gives
 * a sample: an object of numbers. Gives for each name the spread of each number, and the last sample.
 */
export const inTurns = async (variants, { rounds, warmUps = 1 }) => {
  const samples = new Map(variants.map(([name]) => [name, []]));
  for (let round = -warmUps; round < rounds; round++) {
    for (const [name, run] of variants) {
      const sample = await run();
      if (round >= 0) samples.get(name).push(sample);
    }
  }
  return new Map(
    [...samples].map(([name, list]) => {
      const numbers = Object.keys(list[0]).filter((key) => typeof list[0][key] === "number");
      const figures = numbers.map((key) => [key, spread(list.map((s) => s[key]))]);
      return [name, { ...Object.fromEntries(figures), last: list.at(-1) }];
    }),
  );
};
export const geometricMean = (numbers) =>
  Math.exp(numbers.reduce((sum, n) => sum + Math.log(n), 0) / numbers.length);
