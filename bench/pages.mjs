// A case as it changes more pages: ours, Unicorn, and QEMU's loadvm, which restores everything.
import { benchPages as batchedPages } from "./checks.mjs";
import { loadvmMissing, loadvmRate } from "./loadvm.mjs";
import { inTurns } from "./measure.mjs";
import { DIRTY_PAGES, pagesCallWords, pagesRate } from "./restored-calls.mjs";
import { unicornMissing, unicornRate } from "./unicorn.mjs";

export const benchPages = async ({ rounds, quick, qemu, row, note }) => {
  if (unicornMissing !== undefined) note(`Unicorn is left out: ${unicornMissing}`);
  if (qemu && loadvmMissing !== undefined) note(`QEMU's loadvm is left out: ${loadvmMissing}`);
  const cases = quick ? 10_000 : 100_000;
  for (const pages of DIRTY_PAGES) {
    const words = pagesCallWords(pages);
    const batched = batchedPages(pages, Math.ceil((quick ? 100_000 : 1_000_000) / pages));
    const variants = [
      ["batches", () => ({ rate: batched() })],
      ["interpreter", pagesRate(pages, quick)],
      ...(unicornMissing === undefined
        ? [["unicorn", unicornRate(words, pages, Math.ceil(cases / pages))]]
        : []),
      ...(qemu && loadvmMissing === undefined && pages === DIRTY_PAGES[0]
        ? [["qemu loadvm", loadvmRate(quick ? 10 : 50)]]
        : []),
    ];
    const figures = await inTurns(variants, { rounds });
    const what = `a call that changes ${pages} ${pages === 1 ? "page" : "pages"}, restored and compared`;
    row({ section: "pages", name: `${pages}`, what, figures, x: pages });
  }
};
