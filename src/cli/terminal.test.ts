import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { EscapeReader, Terminal, type TerminalStreams } from "./terminal.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (b: Uint8Array): string => new TextDecoder().decode(b);

test("Ctrl-A X leaves, in one piece or in two; Ctrl-A A is Ctrl-A; other keys after it vanish", () => {
  const reader = new EscapeReader();
  expect(reader.read(bytes("ls\u0001x")).commands).toEqual(["leave"]);
  expect(reader.read(bytes("ab\u0001"))).toEqual({ bytes: bytes("ab"), commands: [] });
  expect(reader.read(bytes("Xc"))).toEqual({ bytes: bytes("c"), commands: ["leave"] });
  expect(text(reader.read(bytes("\u0001a\u0001\u0001\u0001qz")).bytes)).toBe("\u0001\u0001z");
  expect(reader.read(bytes("\u0001b\u0001C\u0001?")).commands).toEqual(["break", "status", "help"]);
});

const fake = () => {
  const modes: boolean[] = [];
  const input = Object.assign(new EventEmitter(), {
    isTTY: true,
    setRawMode: (raw: boolean) => modes.push(raw),
    resume: () => input,
    pause: () => input,
  });
  const host = new EventEmitter();
  return { modes, input, host, streams: { input, process: host } as unknown as TerminalStreams };
};

test("the terminal is raw while it is open, and put back on close, signal and exit", () => {
  const { modes, streams, host, input } = fake();
  const terminal = new Terminal(streams);
  terminal.open();
  expect(modes).toEqual([true]);
  input.emit("data", bytes("hello\u0001x"));
  expect(terminal.take()).toEqual({ bytes: bytes("hello"), commands: ["leave"] });
  expect(terminal.take()).toEqual({ bytes: new Uint8Array(0), commands: [] });
  host.emit("SIGTERM");
  expect(terminal.signalled).toBe(true);
  host.emit("exit");
  expect(modes).toEqual([true, false]);
  terminal.close();
  expect(modes.at(-1)).toBe(false);
  for (const emitter of [input, host]) expect(emitter.eventNames()).toEqual([]);
});

test("waiting ends when something is typed", async () => {
  const { streams, input } = fake();
  const terminal = new Terminal(streams);
  terminal.open();
  const waited = terminal.wait(60_000);
  input.emit("data", bytes("x"));
  await waited;
  terminal.close();
  expect(text(terminal.take().bytes)).toBe("x");
});
