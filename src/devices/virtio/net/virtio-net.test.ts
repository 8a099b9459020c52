import { describe, expect, it } from "vitest";
import { TestDriver } from "../testing/test-driver.js";
import { BROADCAST_MAC, ipv4, ipv4Text, mac } from "./addresses.js";
import {
  buildEthernet,
  buildIpv4,
  buildUdp,
  checksum,
  ETHERTYPE,
  join,
  parseEthernet,
  parseIpv4,
  parseUdp,
  PROTOCOL,
  pseudoHeader,
  viewOf,
} from "./packets.js";
import { UserNetwork } from "./user-network.js";
import { VirtioNet } from "./virtio-net.js";

const GUEST_MAC = mac("52:54:00:12:34:56");
const GATEWAY_MAC = mac("52:55:0a:00:02:02");
const GUEST = ipv4("10.0.2.15"),
  GATEWAY = ipv4("10.0.2.2"),
  NAME_SERVER = ipv4("10.0.2.3");
const frame = (payload: Uint8Array, type: number = ETHERTYPE.ipv4, destination = GATEWAY_MAC) =>
  buildEthernet({ destination, source: GUEST_MAC, type, payload });

describe.each([1, 2] as const)("network device, virtio-mmio version %i", (version) => {
  const header = version === 1 ? 10 : 12;
  const make = () => {
    const network = new UserNetwork({ "host.lab": "10.0.2.2" });
    const device = new VirtioNet({ network });
    const driver = new TestDriver(device, { version, features: [5, 16] }).start();
    /** Sends a frame and gives the one that comes back. */
    const exchange = (bytes: Uint8Array) => {
      const { head, answers } = driver.layOut(0, [], [1600]);
      driver.offer(0, head);
      driver.request(1, [new Uint8Array(header), bytes], []);
      const [used] = driver.used(0);
      if (used === undefined) return undefined;
      return parseEthernet(driver.collect(answers).slice(header, used.length))!;
    };
    const exchangeIp = (...args: Parameters<typeof frame>) => {
      const answer = exchange(frame(...args));
      const packet = answer === undefined ? undefined : parseIpv4(answer.payload);
      if (packet === undefined || typeof packet === "string") throw new Error(`got ${packet}`);
      return { ...packet, frame: answer! };
    };
    const udp = (to: number, port: number, data: Uint8Array, from = GUEST) => {
      const packet = buildUdp(from, to, { sourcePort: 5000, destinationPort: port, data });
      return exchangeIp(buildIpv4(packet));
    };
    return { network, device, driver, exchange, exchangeIp, udp };
  };

  it("tells its address and that the link is up; only a legacy driver changes the address", () => {
    const { driver } = make();
    const { mmio } = driver;
    expect([0, 1, 2, 3, 4, 5].map((i) => mmio.read(0x100 + i, 1))).toEqual([...GUEST_MAC]);
    expect(mmio.read(0x106, 2)).toBe(1);
    mmio.write(0x105, 1, 0x99);
    expect(mmio.read(0x105, 1)).toBe(version === 1 ? 0x99 : 0x56);
  });
  it("answers ARP for the gateway and the name server, for no one else", () => {
    const { exchange } = make();
    const ask = (address: string) => {
      const arp = new Uint8Array(28);
      const view = viewOf(arp);
      view.setUint32(0, 0x00010800);
      view.setUint32(4, 0x06040001);
      arp.set(GUEST_MAC, 8);
      view.setUint32(14, GUEST);
      view.setUint32(24, ipv4(address));
      return exchange(frame(arp, ETHERTYPE.arp, BROADCAST_MAC));
    };
    const reply = ask("10.0.2.2")!;
    expect(reply.destination).toEqual(GUEST_MAC);
    expect(viewOf(reply.payload).getUint16(6)).toBe(2);
    expect(reply.payload.slice(8, 14)).toEqual(GATEWAY_MAC);
    expect(reply.payload.slice(18, 24)).toEqual(GUEST_MAC);
    expect(ask("10.0.2.3")!.source).toEqual(mac("52:55:0a:00:02:03"));
    expect(ask("10.0.2.4")).toBeUndefined();
  });
  it("answers ICMP echo at the gateway and prohibits it outside", () => {
    const { exchangeIp } = make();
    const echo = Uint8Array.of(8, 0, 0, 0, 1, 2, 0, 1, ...new TextEncoder().encode("ping"));
    viewOf(echo).setUint16(2, checksum(echo));
    const send = (destination: number) =>
      exchangeIp(buildIpv4({ source: GUEST, destination, protocol: PROTOCOL.icmp, payload: echo }));
    const reply = send(GATEWAY);
    expect(reply.source).toBe(GATEWAY);
    expect(reply.payload[0]).toBe(0);
    expect(checksum(reply.payload)).toBe(0);
    expect(reply.payload.slice(4)).toEqual(echo.slice(4));
    const outside = send(ipv4("8.8.8.8"));
    expect([...outside.payload.slice(0, 2)]).toEqual([3, 13]);
    expect(outside.source).toBe(GATEWAY);
    expect([...send(ipv4("10.0.2.77")).payload.slice(0, 2)]).toEqual([3, 1]);
  });
  describe("DHCP", () => {
    const message = (type: number | undefined, options: readonly number[] = []) => {
      const bytes = new Uint8Array(300);
      const view = viewOf(bytes);
      bytes.set([1, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef]);
      bytes.set(GUEST_MAC, 28);
      view.setUint32(236, 0x63825363);
      bytes.set([...(type === undefined ? [] : [53, 1, type]), ...options, 255], 240);
      return bytes;
    };
    const ask = (bytes: Uint8Array) => {
      const { exchangeIp } = make();
      const packet = exchangeIp(
        buildIpv4(buildUdp(0, 0xffffffff, { sourcePort: 68, destinationPort: 67, data: bytes })),
        ETHERTYPE.ipv4,
        BROADCAST_MAC,
      );
      const datagram = parseUdp(packet)!;
      expect([datagram.sourcePort, datagram.destinationPort]).toEqual([67, 68]);
      const view = viewOf(datagram.data);
      expect(view.getUint32(4)).toBe(0xdeadbeef);
      const options = new Map<number, number[]>();
      for (let at = 240; datagram.data[at] !== 255; at += 2 + datagram.data[at + 1]!)
        options.set(datagram.data[at]!, [
          ...datagram.data.slice(at + 2, at + 2 + datagram.data[at + 1]!),
        ]);
      return { address: ipv4Text(view.getUint32(16)), options };
    };
    it("offers 10.0.2.15 with gateway, name server and mask, and grants it", () => {
      const offer = ask(message(1));
      expect(offer.address).toBe("10.0.2.15");
      expect(offer.options.get(53)).toEqual([2]);
      expect(offer.options.get(1)).toEqual([255, 255, 255, 0]);
      expect(offer.options.get(3)).toEqual([10, 0, 2, 2]);
      expect(offer.options.get(6)).toEqual([10, 0, 2, 3]);
      const grant = ask(message(3, [50, 4, 10, 0, 2, 15, 54, 4, 10, 0, 2, 2]));
      expect(grant.options.get(53)).toEqual([5]);
    });
    it("refuses another address", () => {
      const refusal = ask(message(3, [50, 4, 10, 0, 2, 16]));
      expect(refusal.options.get(53)).toEqual([6]);
      expect(refusal.address).toBe("0.0.0.0");
    });
    it("answers BOOTP", () => {
      expect(ask(message(undefined)).address).toBe("10.0.2.15");
    });
    it("does not answer a request for another server", () => {
      expect(() => ask(message(3, [54, 4, 10, 0, 2, 99]))).toThrow("got undefined");
    });
  });
  it("resolves the names it was given and no others", () => {
    const { udp } = make();
    const query = (name: string, type = 1) => {
      const labels = name.split(".").flatMap((l) => [l.length, ...new TextEncoder().encode(l)]);
      return Uint8Array.of(0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, type, 0, 1);
    };
    const ask = (bytes: Uint8Array) => parseUdp(udp(NAME_SERVER, 53, bytes))!.data;
    const known = ask(query("Host.LAB"));
    expect(viewOf(known).getUint16(2)).toBe(0x8580);
    expect(viewOf(known).getUint16(6)).toBe(1);
    expect([...known.slice(-4)]).toEqual([10, 0, 2, 2]);
    expect(viewOf(ask(query("host.lab", 28))).getUint32(2)).toBe(0x85800001);
    expect(viewOf(ask(query("debian.org"))).getUint16(2)).toBe(0x8583);
    expect(
      viewOf(ask(Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 0x0c))).getUint16(2),
    ).toBe(0x8581);
  });
  it("refuses UDP at ports where nobody listens", () => {
    const { udp } = make();
    const reply = udp(GATEWAY, 9, new Uint8Array(4));
    expect([...reply.payload.slice(0, 2)]).toEqual([3, 3]);
    expect(reply.source).toBe(GATEWAY);
  });
  it("resets TCP connections", () => {
    const { exchangeIp, exchange } = make();
    const segment = (flags: number, sequence: number, acknowledgement: number) => {
      const payload = new Uint8Array(20);
      const view = viewOf(payload);
      view.setUint16(0, 4000);
      view.setUint16(2, 80);
      view.setUint32(4, sequence);
      view.setUint32(8, acknowledgement);
      payload[12] = 0x50;
      payload[13] = flags;
      const packet = { source: GUEST, destination: ipv4("1.2.3.4"), protocol: 6, payload };
      view.setUint16(16, checksum(pseudoHeader(packet, 20), payload));
      return buildIpv4(packet);
    };
    const reply = exchangeIp(segment(2, 0xffffffff, 0));
    expect(ipv4Text(reply.source)).toBe("1.2.3.4");
    expect(reply.payload[13]).toBe(0x14);
    expect(viewOf(reply.payload).getUint32(8)).toBe(0);
    expect(checksum(pseudoHeader(reply, 20), reply.payload)).toBe(0);
    const late = exchangeIp(segment(16, 5, 77));
    expect(late.payload[13]).toBe(4);
    expect(viewOf(late.payload).getUint32(4)).toBe(77);
    expect(exchange(frame(segment(4, 5, 0)))).toBeUndefined();
  });
  it("counts what it does not carry", () => {
    const { network, exchange } = make();
    exchange(frame(new Uint8Array(40), ETHERTYPE.ipv6));
    exchange(frame(new Uint8Array(4)));
    exchange(frame(new Uint8Array(4), 0x88cc, BROADCAST_MAC));
    exchange(frame(new Uint8Array(4), ETHERTYPE.ipv4, GUEST_MAC));
    expect(Object.fromEntries(network.fates)).toEqual({
      ipv6: 1,
      malformed: 1,
      "other ethertype": 1,
      "not for the gateway": 1,
    });
  });
  it("loses frames that are too long or find no room, and keeps a bounded number", () => {
    const { device, driver } = make();
    driver.request(1, [new Uint8Array(header), new Uint8Array(3000)], []);
    expect(device.lost).toBe(1);
    for (let i = 0; i < 300; i++) device.receive(new Uint8Array(60));
    expect(device.lost).toBe(1 + 44);
    const small = driver.layOut(0, [], [30]);
    driver.offer(0, small.head);
    expect(device.lost).toBe(1 + 44 + 256);
    expect(driver.used(0)).toEqual([]);
    device.receive(new Uint8Array(18));
    expect(driver.used(0)).toHaveLength(header + 18 <= 30 ? 1 : 0);
  });
  it("saves frames that wait", () => {
    const { device, driver } = make();
    device.receive(Uint8Array.from({ length: 20 }, (_, i) => i));
    const other = make();
    other.driver.mmio.restore(structuredClone(driver.mmio.save()));
    const { head, answers } = other.driver.layOut(0, [], [100]);
    other.driver.offer(0, head);
    expect(other.driver.collect(answers)[header + 19]).toBe(19);
  });
});

it("a user network survives a hundred thousand random frames", () => {
  const seed = 20240601;
  let state = seed;
  const random = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const network = new UserNetwork({ a: "10.0.2.2" });
  const types = [0x0800, 0x0800, 0x0800, 0x0806, 0x86dd, 1];
  for (let i = 0; i < 100000; i++) {
    const data = Uint8Array.from({ length: random(400) }, () => random(256));
    if (random(4) === 0 && data.length > 3) data.set([1, 1, 6], 0);
    const ports = [53, 67, 80, 0, 65535];
    const packet = buildUdp(
      GUEST,
      [GATEWAY, NAME_SERVER, 0xffffffff, random(2 ** 32)][random(4)]!,
      {
        sourcePort: random(65536),
        destinationPort: ports[random(5)]!,
        data,
      },
    );
    const bytes = buildIpv4({ ...packet, protocol: [17, 17, 6, 1, random(256)][random(5)]! });
    if (random(3) === 0) bytes[random(bytes.length)] = random(256);
    const type = types[random(types.length)]!;
    const payload = random(4) === 0 ? data : bytes;
    const sent = join(frame(payload, type, [GATEWAY_MAC, BROADCAST_MAC][random(2)])).slice(
      0,
      14 + random(500),
    );
    for (const answer of network.send(sent)) {
      if (answer.length > 1518) throw new Error(`seed ${seed}, frame ${i}: ${answer.length} bytes`);
    }
  }
});
