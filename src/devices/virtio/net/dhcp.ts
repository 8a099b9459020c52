/** A DHCP server with one address to give (RFC 2131, 2132); old BOOTP clients are answered too. */
import { ipv4 } from "./addresses.js";
import { join, viewOf } from "./packets.js";

export const DHCP_PORT = { server: 67, client: 68 } as const;
const MESSAGE = { discover: 1, offer: 2, request: 3, ack: 5, nak: 6, inform: 8 } as const;
const OPTION = {
  pad: 0,
  subnetMask: 1,
  router: 3,
  nameServer: 6,
  requestedAddress: 50,
  leaseTime: 51,
  messageType: 53,
  serverId: 54,
  end: 255,
} as const;
const FIXED_BYTES = 236;
const MAGIC = 0x63825363;
const LEASE_SECONDS = 86400;
/** Smallest reply that every client takes. */
const REPLY_BYTES = 300;

export interface DhcpLease {
  readonly address: number;
  readonly mask: number;
  readonly router: number;
  readonly nameServer: number;
  readonly server: number;
}

const readOptions = (bytes: Uint8Array): Map<number, Uint8Array> => {
  const options = new Map<number, Uint8Array>();
  for (let at = 0; at < bytes.length && bytes[at] !== OPTION.end;) {
    if (bytes[at] === OPTION.pad) {
      at++;
      continue;
    }
    const length = bytes[at + 1];
    if (length === undefined || at + 2 + length > bytes.length) break;
    options.set(bytes[at]!, bytes.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return options;
};
const word = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value);
  return bytes;
};
const option = (number: number, value: Uint8Array): Uint8Array =>
  join(Uint8Array.of(number, value.length), value);

/** The reply to a client's message, or undefined where none is due. */
export const answerDhcp = (message: Uint8Array, lease: DhcpLease): Uint8Array | undefined => {
  const view = viewOf(message);
  const isRequest = message[0] === 1 && message[1] === 1 && message[2] === 6;
  if (message.length < FIXED_BYTES || !isRequest) return undefined;
  const hasOptions = message.length >= FIXED_BYTES + 4 && view.getUint32(FIXED_BYTES) === MAGIC;
  const options = hasOptions ? readOptions(message.slice(FIXED_BYTES + 4)) : new Map();
  const asked = (number: number): number | undefined => {
    const value = options.get(number);
    return value?.length === 4 ? viewOf(value).getUint32(0) : undefined;
  };
  const type: number | undefined = options.get(OPTION.messageType)?.[0];
  const otherServer = (asked(OPTION.serverId) ?? lease.server) !== lease.server;
  const clientAddress = view.getUint32(12);
  let reply: number;
  if (type === MESSAGE.discover) reply = MESSAGE.offer;
  else if (type === MESSAGE.request && !otherServer) {
    const wanted = asked(OPTION.requestedAddress) ?? clientAddress;
    reply = wanted === lease.address ? MESSAGE.ack : MESSAGE.nak;
  } else if (type === MESSAGE.inform || type === undefined) reply = MESSAGE.ack;
  else return undefined;

  const out = new Uint8Array(FIXED_BYTES);
  const head = viewOf(out);
  out.set([2, 1, 6, 0]);
  // Transaction, flags, and the client's hardware address come back as they were.
  out.set(message.subarray(4, 8), 4);
  out.set(message.subarray(10, 12), 10);
  out.set(message.subarray(28, 44), 28);
  const isNak = reply === MESSAGE.nak;
  if (type === MESSAGE.inform) head.setUint32(12, clientAddress);
  else if (!isNak) head.setUint32(16, lease.address);
  if (!isNak) head.setUint32(20, lease.server);
  const answers = [word(MAGIC)];
  if (type !== undefined) answers.push(option(OPTION.messageType, Uint8Array.of(reply)));
  answers.push(option(OPTION.serverId, word(lease.server)));
  if (!isNak) {
    answers.push(
      option(OPTION.subnetMask, word(lease.mask)),
      option(OPTION.router, word(lease.router)),
      option(OPTION.nameServer, word(lease.nameServer)),
    );
    if (type !== MESSAGE.inform) answers.push(option(OPTION.leaseTime, word(LEASE_SECONDS)));
  }
  answers.push(Uint8Array.of(OPTION.end));
  const bytes = join(out, ...answers);
  return join(bytes, new Uint8Array(Math.max(0, REPLY_BYTES - bytes.length)));
};

/** Addresses as the reference's user network gives them. */
export const USER_LEASE: DhcpLease = {
  address: ipv4("10.0.2.15"),
  mask: ipv4("255.255.255.0"),
  router: ipv4("10.0.2.2"),
  nameServer: ipv4("10.0.2.3"),
  server: ipv4("10.0.2.2"),
};
