// A program is started, its output watched for a pattern; then its times and its peak of memory are read and it is
// ended. Times of other processes come from Linux's /proc.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** Microseconds in a tick of /proc/PID/stat (USER_HZ is 100 on every Linux). */
const TICK = 0.01;
/**
 * What every process gets: the environment without a file of certificates, which Node reads before any program begins,
 * in up to 40 ms.
 */
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;
/** Processes that are running now, ended with the benchmark. */
const running = new Set();
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => {
    for (const child of running) child.kill("SIGKILL");
    process.exit(130);
  });
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** CPU seconds of a process with all its threads, and the most memory it ever had, in MiB. */
const usage = (pid) => {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
  return { cpu: (Number(fields[11]) + Number(fields[12])) * TICK, peak: Number(kib ?? 0) / 1024 };
};
/** Seconds of a monotonic clock. */
export const now = () => Number(process.hrtime.bigint()) / 1e9;

/**
 * Runs a command until `until` is seen on its output. With `from`, the clocks begin when that is seen, and `input`
 * is typed then; else both at the start. Gives seconds of wall and CPU time, the whole wall time, the peak in MiB
 * and the output from there on.
 */
export const runUntil = (command, args, { from, until, input, patience = 600 }) =>
  new Promise((resolve, reject) => {
    const begin = now();
    const child = spawn(command, args, { env: environment, stdio: ["pipe", "pipe", "pipe"] });
    running.add(child);
    let text = "";
    let errors = "";
    let start = from === undefined ? { at: begin, cpu: 0 } : undefined;
    const done = (error, result) => {
      clearTimeout(timer);
      if (!running.delete(child)) return;
      child.kill("SIGKILL");
      if (error === undefined) resolve(result);
      else reject(new Error(`${command}: ${error}; its last words: ${(text + errors).slice(-400)}`));
    };
    const timer = setTimeout(
      () => done(`expected ${until} within ${patience} s, found nothing like it`),
      patience * 1000,
    );
    if (from === undefined && input !== undefined) child.stdin.write(input);
    child.stdin.on("error", () => {});
    child.once("error", (error) => done(error.message));
    child.once("exit", (code, signal) => done(`expected ${until}, found its end (${code ?? signal})`));
    child.stderr.on("data", (bytes) => (errors = (errors + bytes).slice(-4096)));
    child.stdout.on("data", (bytes) => {
      const at = now();
      text += bytes.toString("latin1");
      if (start === undefined) {
        const seen = from.exec(text);
        if (seen === null) return;
        start = { at, cpu: usage(child.pid).cpu };
        text = text.slice(seen.index + seen[0].length);
        if (input !== undefined) child.stdin.write(input);
      }
      if (!until.test(text)) return;
      const { cpu, peak } = usage(child.pid);
      done(undefined, { wall: at - start.at, cpu: cpu - start.cpu, total: at - begin, peak, text });
    });
  });
