/** Frames taken apart and put together: Ethernet II, IPv4 (RFC 791), UDP (RFC 768), checksums (RFC 1071). */
import type { MacAddress } from "./addresses.js";

export const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;
export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17 } as const;
const ETHERNET_HEADER = 14;
const IPV4_HEADER = 20;
const UDP_HEADER = 8;
const TTL = 64;

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
export const join = (...parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/** Ones' complement sum over bytes that begin at an even place; 0 over data with its right checksum. */
export const checksum = (...parts: readonly Uint8Array[]): number => {
  let sum = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) sum += i % 2 === 0 ? part[i]! << 8 : part[i]!;
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
};

export interface EthernetFrame {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  readonly type: number;
  readonly payload: Uint8Array;
}
export const parseEthernet = (frame: Uint8Array): EthernetFrame | undefined =>
  frame.length < ETHERNET_HEADER
    ? undefined
    : {
        destination: frame.slice(0, 6),
        source: frame.slice(6, 12),
        type: viewOf(frame).getUint16(12),
        payload: frame.slice(ETHERNET_HEADER),
      };
export const buildEthernet = (frame: EthernetFrame): Uint8Array =>
  join(frame.destination, frame.source, Uint8Array.of(frame.type >>> 8, frame.type), frame.payload);

export interface Ipv4Packet {
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
  readonly payload: Uint8Array;
}
/** The packet and its header's bytes, or why it is none that can be used. */
export const parseIpv4 = (
  bytes: Uint8Array,
): (Ipv4Packet & { readonly header: Uint8Array }) | "malformed" | "fragment" => {
  if (bytes.length < IPV4_HEADER || bytes[0]! >>> 4 !== 4) return "malformed";
  const headerSize = (bytes[0]! & 15) * 4;
  const view = viewOf(bytes);
  const size = view.getUint16(2);
  if (headerSize < IPV4_HEADER || size < headerSize || size > bytes.length) return "malformed";
  const header = bytes.slice(0, headerSize);
  if (checksum(header) !== 0) return "malformed";
  // More fragments to come, or not the first.
  if ((view.getUint16(6) & 0x3fff) !== 0) return "fragment";
  return {
    header,
    source: view.getUint32(12),
    destination: view.getUint32(16),
    protocol: bytes[9]!,
    payload: bytes.slice(headerSize, size),
  };
};
export const buildIpv4 = (packet: Ipv4Packet): Uint8Array => {
  const header = new Uint8Array(IPV4_HEADER);
  const view = viewOf(header);
  header[0] = 0x45;
  view.setUint16(2, IPV4_HEADER + packet.payload.length);
  // Do not fragment: a packet that is never cut needs no number (RFC 6864).
  view.setUint16(6, 0x4000);
  header[8] = TTL;
  header[9] = packet.protocol;
  view.setUint32(12, packet.source);
  view.setUint32(16, packet.destination);
  view.setUint16(10, checksum(header));
  return join(header, packet.payload);
};

/** What TCP and UDP sum up besides their own bytes. */
export const pseudoHeader = (packet: Omit<Ipv4Packet, "payload">, length: number): Uint8Array => {
  const bytes = new Uint8Array(12);
  const view = viewOf(bytes);
  view.setUint32(0, packet.source);
  view.setUint32(4, packet.destination);
  bytes[9] = packet.protocol;
  view.setUint16(10, length);
  return bytes;
};

export interface Datagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly data: Uint8Array;
}
/** Undefined when its length or checksum is wrong. */
export const parseUdp = (packet: Ipv4Packet): Datagram | undefined => {
  const { payload } = packet;
  if (payload.length < UDP_HEADER) return undefined;
  const view = viewOf(payload);
  const length = view.getUint16(4);
  if (length < UDP_HEADER || length > payload.length) return undefined;
  const bytes = payload.slice(0, length);
  // A checksum of 0 says that there is none.
  if (view.getUint16(6) !== 0 && checksum(pseudoHeader(packet, length), bytes) !== 0)
    return undefined;
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    data: bytes.slice(UDP_HEADER),
  };
};
export const buildUdp = (source: number, destination: number, datagram: Datagram): Ipv4Packet => {
  const payload = join(new Uint8Array(UDP_HEADER), datagram.data);
  const view = viewOf(payload);
  view.setUint16(0, datagram.sourcePort);
  view.setUint16(2, datagram.destinationPort);
  view.setUint16(4, payload.length);
  const packet = { source, destination, protocol: PROTOCOL.udp, payload };
  const sum = checksum(pseudoHeader(packet, payload.length), payload);
  view.setUint16(6, sum === 0 ? 0xffff : sum);
  return packet;
};
