/** Ethernet and IPv4 addresses. IPv4 addresses are numbers of 32 bits. */

/** Six bytes. */
export type MacAddress = Uint8Array;

export const BROADCAST_MAC: MacAddress = new Uint8Array(6).fill(0xff);
export const BROADCAST_IP = 0xffffffff;

/** "10.0.2.15" as a number. Throws RangeError on anything else. */
export const ipv4 = (text: string): number => {
  const parts = text.split(".").map((p) => (/^\d{1,3}$/.test(p) ? Number(p) : 256));
  if (parts.length !== 4 || parts.some((p) => p > 255)) {
    throw new RangeError(`"${text}" is not an IPv4 address; write it as 10.0.2.15`);
  }
  return parts.reduce((all, p) => all * 256 + p, 0);
};
export const ipv4Text = (address: number): string =>
  [24, 16, 8, 0].map((by) => (address >>> by) & 0xff).join(".");

/** "52:54:00:12:34:56" as bytes. Throws RangeError on anything else. */
export const mac = (text: string): MacAddress => {
  if (!/^[\da-f]{2}(:[\da-f]{2}){5}$/i.test(text)) {
    throw new RangeError(`"${text}" is not an Ethernet address; write it as 52:54:00:12:34:56`);
  }
  return Uint8Array.from(text.split(":"), (p) => Number.parseInt(p, 16));
};
export const sameMac = (a: MacAddress, b: MacAddress): boolean => a.every((x, i) => x === b[i]);
