/** A name server that knows a fixed list of names and asks nobody (RFC 1035). */
import { join, viewOf } from "./packets.js";

export const DNS_PORT = 53;
const HEADER_BYTES = 12;
const RESPONSE = { noError: 0, formatError: 1, nameError: 3, notImplemented: 4 } as const;
const TYPE = { a: 1, any: 255 } as const;
const CLASS_IN = 1;
const NAME_MAX = 255;
const TTL_SECONDS = 60;

/** The question's name in lower case and where it ends, or undefined when it is not well formed. */
const readName = (bytes: Uint8Array, start: number): { name: string; end: number } | undefined => {
  const labels: string[] = [];
  let at = start;
  for (;;) {
    const length = bytes[at];
    // Labels are at most 63 bytes; a question has nothing before it that it could point to.
    if (length === undefined || length > 63 || at - start > NAME_MAX) return undefined;
    if (length === 0) return { name: labels.join(".").toLowerCase(), end: at + 1 };
    if (at + 1 + length > bytes.length) return undefined;
    labels.push(String.fromCharCode(...bytes.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
};

/** The reply to a query; undefined for what is no query. `names`: lower case, IPv4 addresses. */
export const answerDns = (
  query: Uint8Array,
  names: ReadonlyMap<string, number>,
): Uint8Array | undefined => {
  if (query.length < HEADER_BYTES) return undefined;
  const view = viewOf(query);
  const flags = view.getUint16(2);
  if ((flags & 0x8000) !== 0) return undefined;
  const reply = (code: number, question: Uint8Array, answer?: Uint8Array): Uint8Array => {
    const header = new Uint8Array(HEADER_BYTES);
    const out = viewOf(header);
    out.setUint16(0, view.getUint16(0));
    // A response, authoritative, recursion available; opcode and recursion desired as asked.
    out.setUint16(2, 0x8480 | (flags & 0x7900) | code);
    out.setUint16(4, question.length > 0 ? 1 : 0);
    out.setUint16(6, answer === undefined ? 0 : 1);
    return join(header, question, answer ?? new Uint8Array(0));
  };
  if (((flags >>> 11) & 15) !== 0) return reply(RESPONSE.notImplemented, new Uint8Array(0));
  const name = view.getUint16(4) === 1 ? readName(query, HEADER_BYTES) : undefined;
  if (name === undefined || name.end + 4 > query.length) {
    return reply(RESPONSE.formatError, new Uint8Array(0));
  }
  const question = query.slice(HEADER_BYTES, name.end + 4);
  const address = names.get(name.name);
  if (address === undefined) return reply(RESPONSE.nameError, question);
  const type = view.getUint16(name.end);
  if ((type !== TYPE.a && type !== TYPE.any) || view.getUint16(name.end + 2) !== CLASS_IN) {
    return reply(RESPONSE.noError, question);
  }
  const answer = new Uint8Array(16);
  const out = viewOf(answer);
  out.setUint16(0, 0xc000 | HEADER_BYTES);
  out.setUint16(2, TYPE.a);
  out.setUint16(4, CLASS_IN);
  out.setUint32(6, TTL_SECONDS);
  out.setUint16(10, 4);
  out.setUint32(12, address);
  return reply(RESPONSE.noError, question, answer);
};
