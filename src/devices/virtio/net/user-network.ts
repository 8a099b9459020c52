/**
 * A network of one guest and a gateway that lets nothing out: addresses as in the reference's user
 * network. Every answer follows from the frame alone, so there is no state to save.
 */
import { ipv4, mac, sameMac, BROADCAST_IP, BROADCAST_MAC, type MacAddress } from "./addresses.js";
import { answerDhcp, DHCP_PORT, USER_LEASE } from "./dhcp.js";
import { answerDns, DNS_PORT } from "./dns.js";
import {
  buildEthernet,
  buildIpv4,
  buildUdp,
  checksum,
  ETHERTYPE,
  type EthernetFrame,
  type Ipv4Packet,
  join,
  parseEthernet,
  parseIpv4,
  parseUdp,
  PROTOCOL,
  pseudoHeader,
  viewOf,
} from "./packets.js";
import { refuseTcp } from "./tcp-refusal.js";

/** What a network device is plugged into. */
export interface Network {
  /** Takes a frame from the guest; gives the frames that come back at once. */
  send(frame: Uint8Array): readonly Uint8Array[];
}

export const GATEWAY = ipv4("10.0.2.2");
export const NAME_SERVER = ipv4("10.0.2.3");
/** The reference's addresses of gateway and name server: 52:55 and the IPv4 address. */
const GATEWAY_MAC = mac("52:55:0a:00:02:02");
const NAME_SERVER_MAC = mac("52:55:0a:00:02:03");
const SUBNET = ipv4("10.0.2.0");
const SUBNET_MASK = ipv4("255.255.255.0");

const ICMP = { echoReply: 0, unreachable: 3, echo: 8 } as const;
/** Codes of "unreachable" (RFC 792, RFC 1812). */
const UNREACHABLE = { host: 1, protocol: 2, port: 3, prohibited: 13 } as const;

/** What became of a frame. */
export type FrameFate =
  | "answered"
  | "ipv6"
  | "other ethertype"
  | "malformed"
  | "fragment"
  | "not for the gateway"
  | "no answer due";

const inSubnet = (address: number): boolean => (address & SUBNET_MASK) >>> 0 === SUBNET;
const isGroup = (address: number): boolean =>
  address === BROADCAST_IP || address === SUBNET + 255 || address >>> 28 === 0xe;
const hostMac = (address: number): MacAddress | undefined =>
  address === GATEWAY ? GATEWAY_MAC : address === NAME_SERVER ? NAME_SERVER_MAC : undefined;

export class UserNetwork implements Network {
  /** How many frames met which fate, for reports. Not part of the state. */
  readonly fates = new Map<FrameFate, number>();
  readonly #names: ReadonlyMap<string, number>;

  /** `names`: what the name server knows, IPv4 addresses as text. */
  constructor(names: Readonly<Record<string, string>> = {}) {
    this.#names = new Map(Object.entries(names).map(([n, a]) => [n.toLowerCase(), ipv4(a)]));
  }

  send(bytes: Uint8Array): readonly Uint8Array[] {
    const frame = parseEthernet(bytes);
    const answer = frame === undefined ? "malformed" : this.#frame(frame);
    const fate = typeof answer === "string" ? answer : "answered";
    this.fates.set(fate, (this.fates.get(fate) ?? 0) + 1);
    return typeof answer === "string" ? [] : [buildEthernet(answer)];
  }
  #frame(frame: EthernetFrame): EthernetFrame | FrameFate {
    const { destination } = frame;
    const forUs = [BROADCAST_MAC, GATEWAY_MAC, NAME_SERVER_MAC].some((m) =>
      sameMac(m, destination),
    );
    if (frame.type === ETHERTYPE.ipv6) return "ipv6";
    if (!forUs) return "not for the gateway";
    if (frame.type === ETHERTYPE.arp) return this.#arp(frame);
    if (frame.type !== ETHERTYPE.ipv4) return "other ethertype";
    const packet = parseIpv4(frame.payload);
    if (typeof packet === "string") return packet;
    const reply = this.#packet(packet, packet.header);
    if (typeof reply === "string") return reply;
    return {
      destination: frame.source,
      source: hostMac(reply.source) ?? GATEWAY_MAC,
      type: ETHERTYPE.ipv4,
      payload: buildIpv4(reply),
    };
  }
  /** RFC 826. */
  #arp(frame: EthernetFrame): EthernetFrame | FrameFate {
    const { payload } = frame;
    const view = viewOf(payload);
    if (payload.length < 28 || view.getUint32(0) !== 0x00010800 || view.getUint16(4) !== 0x0604)
      return "malformed";
    const own = hostMac(view.getUint32(24));
    if (view.getUint16(6) !== 1 || own === undefined) return "no answer due";
    const reply = payload.slice(0, 28);
    viewOf(reply).setUint16(6, 2);
    reply.set(own, 8);
    reply.set(payload.subarray(24, 28), 14);
    reply.set(payload.subarray(8, 18), 18);
    return { destination: frame.source, source: own, type: ETHERTYPE.arp, payload: reply };
  }
  #packet(packet: Ipv4Packet, header: Uint8Array): Ipv4Packet | FrameFate {
    switch (packet.protocol) {
      case PROTOCOL.icmp:
        return this.#icmp(packet, header);
      case PROTOCOL.udp:
        return this.#udp(packet, header);
      case PROTOCOL.tcp: {
        if (isGroup(packet.destination)) return "no answer due";
        const { payload } = packet;
        if (checksum(pseudoHeader(packet, payload.length), payload) !== 0) return "malformed";
        const refusal = refuseTcp(packet);
        return refusal ?? "no answer due";
      }
      default:
        return this.#unreachable(packet, header, UNREACHABLE.protocol);
    }
  }
  #icmp(packet: Ipv4Packet, header: Uint8Array): Ipv4Packet | FrameFate {
    const { payload, destination, source } = packet;
    if (payload.length < 8 || checksum(payload) !== 0) return "malformed";
    if (payload[0] !== ICMP.echo) return "no answer due";
    if (hostMac(destination) === undefined)
      return this.#unreachable(packet, header, UNREACHABLE.host);
    const reply = payload.slice();
    reply[0] = ICMP.echoReply;
    viewOf(reply).setUint16(2, 0);
    viewOf(reply).setUint16(2, checksum(reply));
    return { source: destination, destination: source, protocol: PROTOCOL.icmp, payload: reply };
  }
  #udp(packet: Ipv4Packet, header: Uint8Array): Ipv4Packet | FrameFate {
    const datagram = parseUdp(packet);
    if (datagram === undefined) return "malformed";
    const { destination, source } = packet;
    const { sourcePort, destinationPort, data } = datagram;
    const answer = (from: number, to: number, reply: Uint8Array | undefined) =>
      reply === undefined
        ? "no answer due"
        : buildUdp(from, to, {
            sourcePort: destinationPort,
            destinationPort: sourcePort,
            data: reply,
          });
    if (
      destinationPort === DHCP_PORT.server &&
      (destination === BROADCAST_IP || destination === GATEWAY)
    ) {
      return answer(GATEWAY, BROADCAST_IP, answerDhcp(data, USER_LEASE));
    }
    if (destination === NAME_SERVER && destinationPort === DNS_PORT) {
      return answer(NAME_SERVER, source, answerDns(data, this.#names));
    }
    return this.#unreachable(packet, header, UNREACHABLE.port);
  }
  /** Beyond the subnet everything is prohibited; inside it there are two hosts. */
  #unreachable(packet: Ipv4Packet, header: Uint8Array, code: number): Ipv4Packet | FrameFate {
    const { destination, source } = packet;
    if (isGroup(destination)) return "no answer due";
    const isHost = hostMac(destination) !== undefined;
    const why = isHost ? code : inSubnet(destination) ? UNREACHABLE.host : UNREACHABLE.prohibited;
    const payload = join(
      Uint8Array.of(ICMP.unreachable, why, 0, 0, 0, 0, 0, 0),
      header,
      packet.payload.subarray(0, 8),
    );
    viewOf(payload).setUint16(2, checksum(payload));
    return {
      source: isHost ? destination : GATEWAY,
      destination: source,
      protocol: PROTOCOL.icmp,
      payload,
    };
  }
}
