import { corrupt, truncated } from "./image-error.js";

/** One member of an ar archive; `bytes` is a view of the archive. */
export interface ArMember {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const MAGIC = "!<arch>\n";
const HEADER = 60;

/** Reads the members of an ar archive (ar(5), common format). Errors: `truncated`, `corrupt`. */
export const readAr = (bytes: Uint8Array): ArMember[] => {
  const text = new TextDecoder("latin1");
  if (text.decode(bytes.subarray(0, 8)) !== MAGIC) throw corrupt("an ar archive", "other bytes");
  const members: ArMember[] = [];
  for (let at = 8; at < bytes.length;) {
    if (at + HEADER > bytes.length) {
      throw truncated("an ar member's header of 60 bytes", `${bytes.length - at} bytes`);
    }
    const header = text.decode(bytes.subarray(at, at + HEADER));
    const digits = header.slice(48, 58).trimEnd();
    if (header.slice(58) !== "`\n" || !/^\d{1,10}$/.test(digits)) {
      throw corrupt("an ar member's header", `other bytes at ${at}`);
    }
    const size = Number(digits);
    at += HEADER;
    if (at + size > bytes.length) {
      throw truncated(`an ar member of ${size} bytes`, `${bytes.length - at} bytes`);
    }
    const name = header.slice(0, 16).trimEnd().replace(/\/$/, "");
    members.push({ name, bytes: bytes.subarray(at, at + size) });
    // Members begin at even offsets.
    at += size + (size & 1);
  }
  return members;
};
