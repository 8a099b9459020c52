import { describe, expect, it } from "vitest";
import { TestDriver } from "./testing/test-driver.js";
import { VirtioConsole } from "./virtio-console.js";

const text = (s: string): Uint8Array => new TextEncoder().encode(s);

describe.each([1, 2] as const)("console device, virtio-mmio version %i", (version) => {
  const make = () => {
    let output = "";
    const device = new VirtioConsole({
      output: { write: (data) => (output += new TextDecoder().decode(data)) },
      size: { columns: 80, rows: 25 },
    });
    const driver = new TestDriver(device, { version });
    return { device, driver, output: () => output };
  };
  it("passes output on", () => {
    const { driver, output } = make();
    driver.start();
    driver.request(1, [text("one "), text("two")], []);
    expect(output()).toBe("one two");
  });
  it("tells the terminal's size", () => {
    const { driver } = make();
    expect(driver.offered() & 1n).toBe(1n);
    expect([driver.mmio.read(0x100, 2), driver.mmio.read(0x102, 2)]).toEqual([80, 25]);
  });
  it("keeps input until the driver gives buffers, and cuts it to their size", () => {
    const { device, driver } = make();
    expect(device.receive(text("hello"))).toBe(5);
    driver.start();
    const first = driver.layOut(0, [], [3]);
    driver.offer(0, first.head);
    expect(new TextDecoder().decode(driver.collect(first.answers))).toBe("hel");
    const second = driver.layOut(0, [], [8]);
    driver.offer(0, second.head);
    expect(driver.used(0)).toEqual([
      { head: first.head, length: 3 },
      { head: second.head, length: 2 },
    ]);
    const third = driver.layOut(0, [], [8]);
    driver.offer(0, third.head);
    expect(driver.used(0)).toEqual([]);
    driver.acknowledge();
    device.receive(text("!"));
    expect(driver.used(0)).toEqual([{ head: third.head, length: 1 }]);
    expect(driver.line.level).toBe(true);
  });
  it("accepts a bounded amount of input", () => {
    const { device } = make();
    expect(device.receive(new Uint8Array(100000))).toBe(65536);
    expect(device.receive(new Uint8Array(1))).toBe(0);
  });
  it("saves input that nobody took", () => {
    const { device, driver } = make();
    device.receive(text("kept"));
    const other = make();
    other.driver.mmio.restore(structuredClone(driver.mmio.save()));
    other.driver.start();
    expect(new TextDecoder().decode(other.driver.request(0, [], [16]))).toBe("kept");
  });
});
