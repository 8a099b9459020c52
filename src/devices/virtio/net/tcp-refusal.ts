/** The answer of a host where nobody listens: a reset (RFC 9293, 3.10.7.1). */
import { checksum, type Ipv4Packet, pseudoHeader, viewOf } from "./packets.js";

const HEADER_BYTES = 20;
const FLAG = { fin: 1, syn: 2, rst: 4, ack: 16 } as const;

/** Undefined where a reset is not answered, or the segment is none. */
export const refuseTcp = (packet: Ipv4Packet): Ipv4Packet | undefined => {
  const { payload } = packet;
  if (payload.length < HEADER_BYTES) return undefined;
  const view = viewOf(payload);
  const flags = payload[13]!;
  const headerSize = (payload[12]! >>> 4) * 4;
  if ((flags & FLAG.rst) !== 0 || headerSize < HEADER_BYTES || headerSize > payload.length)
    return undefined;
  const reply = new Uint8Array(HEADER_BYTES);
  const out = viewOf(reply);
  out.setUint16(0, view.getUint16(2));
  out.setUint16(2, view.getUint16(0));
  reply[12] = (HEADER_BYTES / 4) << 4;
  if ((flags & FLAG.ack) !== 0) {
    out.setUint32(4, view.getUint32(8));
    reply[13] = FLAG.rst;
  } else {
    // SYN and FIN take a sequence number each.
    const taken = ((flags & FLAG.syn) >>> 1) + (flags & FLAG.fin);
    out.setUint32(8, view.getUint32(4) + payload.length - headerSize + taken);
    reply[13] = FLAG.rst | FLAG.ack;
  }
  const answer: Ipv4Packet = {
    source: packet.destination,
    destination: packet.source,
    protocol: packet.protocol,
    payload: reply,
  };
  out.setUint16(16, checksum(pseudoHeader(answer, reply.length), reply));
  return answer;
};
