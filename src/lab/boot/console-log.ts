/** What a guest wrote to its serial line: text, lines with their times, and a pattern that is waited for. */

/** A line of output, without its end. */
export interface ConsoleLine {
  /** Instructions since reset when its last character came. */
  readonly at: number;
  readonly text: string;
}

/** Characters of text that are kept; the oldest go first. */
const TEXT_LIMIT = 1 << 22;
const LINE_LIMIT = 100_000;
/** A pattern is looked for in this many of the last characters. */
const WINDOW = 4096;

export class ConsoleLog {
  readonly #now: () => number;
  readonly #listeners = new Set<(byte: number) => void>();
  readonly #decoder = new TextDecoder();
  #text = "";
  /** Characters that came before those in `#text`. */
  #dropped = 0;
  #line = "";
  readonly lines: ConsoleLine[] = [];
  #wanted:
    | { readonly pattern: RegExp; readonly from: number; readonly found: () => void }
    | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }
  /** Takes a byte that the guest sent. */
  put(byte: number): void {
    for (const listener of this.#listeners) listener(byte);
    this.#append(this.#decoder.decode(Uint8Array.of(byte), { stream: true }));
  }
  #append(character: string): void {
    if (character === "") return;
    this.#text += character;
    if (this.#text.length > TEXT_LIMIT) {
      const cut = this.#text.length - TEXT_LIMIT / 2;
      this.#text = this.#text.slice(cut);
      this.#dropped += cut;
    }
    if (character === "\n") {
      if (this.lines.length < LINE_LIMIT)
        this.lines.push({ at: this.#now(), text: this.#line.replace(/\r+$/, "") });
      this.#line = "";
    } else if (this.#line.length < WINDOW) this.#line += character;
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    const from = Math.max(wanted.from - this.#dropped, this.#text.length - WINDOW);
    if (!wanted.pattern.test(this.#text.slice(from))) return;
    this.#wanted = undefined;
    wanted.found();
  }
  /** Characters that came so far. */
  get length(): number {
    return this.#dropped + this.#text.length;
  }
  /** The text from a character on, as far as it is kept. */
  textFrom(from = 0): string {
    return this.#text.slice(Math.max(0, from - this.#dropped));
  }
  /** Calls `found` once the pattern is in what comes from now on (or from character `from`). One at a time. */
  await(pattern: RegExp, found: () => void, from: number = this.length): void {
    if (pattern.global || pattern.sticky) throw new RangeError("a pattern without flags g and y");
    this.#wanted = { pattern, from, found };
  }
  forget(): void {
    this.#wanted = undefined;
  }
  /** Told of every byte until what it gives back is called. */
  listen(listener: (byte: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  /** Cuts off what came after a moment: for a machine that went back to a snapshot. */
  rewind(to: { readonly length: number; readonly lines: number }): void {
    this.#text = this.#text.slice(0, Math.max(0, to.length - this.#dropped));
    this.lines.length = Math.min(this.lines.length, to.lines);
    this.#line = this.#text.slice(this.#text.lastIndexOf("\n") + 1);
    this.#wanted = undefined;
  }
  /** Where the log is, for `rewind`. */
  get place(): { readonly length: number; readonly lines: number } {
    return { length: this.length, lines: this.lines.length };
  }
}
