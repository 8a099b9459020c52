/** The documentation as a tree of blocks; every format is a rendering of it. */

/** Text with a meaning: plain, code, a link to another page, or a verdict. */
export type Inline =
  | string
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "link"; readonly page: string; readonly text: string }
  | {
      readonly kind: "verdict";
      readonly tone: "good" | "bad" | "warn" | "plain";
      readonly text: string;
    };
export type Text = readonly Inline[];

export type Block =
  | { readonly kind: "heading"; readonly level: 2 | 3; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: Text }
  | { readonly kind: "list"; readonly items: readonly Text[] }
  | {
      readonly kind: "table";
      readonly head: readonly string[];
      readonly rows: readonly (readonly Text[])[];
    };
export interface Page {
  /** File name without its ending. */
  readonly name: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export const code = (text: string): Inline => ({ kind: "code", text });
export const link = (page: string, text: string): Inline => ({ kind: "link", page, text });
export const verdict = (tone: "good" | "bad" | "warn" | "plain", text: string): Inline => ({
  kind: "verdict",
  tone,
  text,
});
export const heading = (text: string, level: 2 | 3 = 2): Block => ({
  kind: "heading",
  level,
  text,
});
export const paragraph = (...text: Inline[]): Block => ({ kind: "paragraph", text });
/** An inline without its markup. */
export const plain = (text: Text): string =>
  text.map((t) => (typeof t === "string" ? t : t.text)).join("");
