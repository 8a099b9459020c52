/** One run of QEMU whose RAM is a file that both sides see, and its gdbstub. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { RAM } from "./layout.js";

export class QemuError extends Error {
  readonly code = "lockstep/qemu";
}
/** What differs from the machine that the sequences run on. */
export interface QemuOptions {
  /** Bytes of RAM. */
  readonly ram?: number;
  /** Options of the board. */
  readonly board?: string;
  readonly cpu?: string;
  readonly arguments?: readonly string[];
  /** Told of what QEMU writes to its standard error, in order. */
  readonly log?: (text: string) => void;
}
/** Why QEMU cannot be asked here, or undefined. */
export const missingQemu = (): string | undefined =>
  spawnSync("qemu-system-arm", ["--version"]).error === undefined
    ? undefined
    : "qemu-system-arm is not installed";

export class Qemu {
  readonly #process: ChildProcess;
  readonly #socket: Socket;
  #received = "";
  #wake: (() => void) | undefined;

  private constructor(process: ChildProcess, socket: Socket) {
    this.#process = process;
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.setNoDelay(true);
    socket.on("data", (text: string) => {
      this.#received += text;
      this.#wake?.();
    });
    socket.on("error", () => this.#wake?.());
  }
  /** Starts a Cortex-A15 in HYP mode, stopped, with `memoryFile` as its RAM. Throws QemuError. */
  static async start(
    memoryFile: string,
    socketPath: string,
    options: QemuOptions = {},
  ): Promise<Qemu> {
    const mebibytes = (options.ram ?? RAM.size) >> 20;
    const child = spawn(
      "qemu-system-arm",
      [
        "-M",
        `virt,${options.board ?? "virtualization=on"},memory-backend=ram`,
        "-cpu",
        options.cpu ?? "cortex-a15",
        "-m",
        `${mebibytes}M`,
        "-object",
        `memory-backend-file,id=ram,share=on,size=${mebibytes}M,mem-path=${memoryFile}`,
        "-nic",
        "none",
        "-S",
        "-nographic",
        "-monitor",
        "none",
        ...(options.arguments ?? ["-serial", "none"]),
        "-chardev",
        `socket,id=gdb,path=${socketPath},server=on,wait=off`,
        "-gdb",
        "chardev:gdb",
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let errors = "";
    child.stderr.setEncoding("latin1");
    child.stderr.on("data", (text: string) => {
      if (options.log === undefined) errors += text;
      else options.log(text);
    });
    for (let tries = 0; tries < 400; tries++) {
      if (child.exitCode !== null) throw new QemuError(`QEMU ended at once: ${errors.trim()}`);
      if (existsSync(socketPath)) {
        const socket = await new Promise<Socket | undefined>((resolve) => {
          const s = createConnection(socketPath, () => resolve(s));
          s.once("error", () => resolve(undefined));
        });
        if (socket !== undefined) return new Qemu(child, socket);
      }
      await sleep(25);
    }
    child.kill("SIGKILL");
    throw new QemuError("QEMU's gdbstub did not answer within 10 seconds");
  }
  async stop(): Promise<void> {
    this.#socket.destroy();
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    if (this.#process.exitCode !== null) return;
    this.#process.kill("SIGKILL");
    await ended;
  }

  async #packet(timeout: number): Promise<string | undefined> {
    const limit = Date.now() + timeout;
    for (;;) {
      const found = /\$([^#]*)#../.exec(this.#received);
      if (found !== null) {
        this.#received = this.#received.slice(found.index + found[0].length);
        this.#socket.write("+");
        return found[1]!;
      }
      const left = limit - Date.now();
      if (left <= 0) return undefined;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
  }
  #send(text: string): void {
    const sum = [...text].reduce((all, c) => (all + c.charCodeAt(0)) & 0xff, 0);
    this.#socket.write(`$${text}#${sum.toString(16).padStart(2, "0")}`);
  }
  async ask(text: string, timeout = 10_000): Promise<string> {
    this.#send(text);
    const answer = await this.#packet(timeout);
    if (answer === undefined)
      throw new QemuError(`no answer to the gdb packet ${text} within ${timeout} ms`);
    return answer;
  }
  /** R0 to R15 and CPSR. */
  async registers(): Promise<Int32Array> {
    // Between R15 and CPSR (register 25) the packet may hold FPA registers; CPSR is asked by number.
    const all = Buffer.from((await this.ask("g")).slice(0, 128), "hex");
    const cpsr = Buffer.from(await this.ask("p19"), "hex");
    return Int32Array.from({ length: 17 }, (_, n) =>
      n < 16 ? all.readInt32LE(n * 4) : cpsr.readInt32LE(0),
    );
  }
  async setRegister(n: number, value: number): Promise<void> {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value | 0);
    const answer = await this.ask(`P${n.toString(16)}=${bytes.toString("hex")}`);
    if (answer !== "OK") throw new QemuError(`gdb refused to set register ${n}: ${answer}`);
  }
  async breakpoint(address: number, set = true): Promise<void> {
    await this.ask(`${set ? "Z" : "z"}1,${(address >>> 0).toString(16)},4`);
  }
  /** Runs to a breakpoint; false when none was reached within `timeout` ms (the CPU is then stopped). */
  async resume(timeout: number): Promise<boolean> {
    this.#send("c");
    if ((await this.#packet(timeout)) !== undefined) return true;
    this.#socket.write("\u0003");
    await this.#packet(5000);
    return false;
  }
  /** Runs on, and does not wait. */
  go(): void {
    this.#send("c");
  }
  get ended(): boolean {
    return this.#process.exitCode !== null;
  }
  /** Runs one instruction. */
  async step(): Promise<void> {
    await this.ask("s");
  }
}
