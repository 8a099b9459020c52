import { spawn } from "node:child_process";

/** How a command ended. */
export interface CommandResult {
  /** Exit status; undefined when the program does not exist. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program without a shell. Tests put their own in its place. */
export type CommandRunner = (
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly timeout: number },
) => Promise<CommandResult>;

/** More output than this is dropped: it only serves messages and package descriptions. */
const MAX_OUTPUT = 16 * 1024 * 1024;

/** Runs a program with English messages and no terminal. Killed after `timeout` milliseconds. */
export const runCommand: CommandRunner = (program, args, { cwd, timeout }) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd,
      timeout,
      killSignal: "SIGKILL",
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      if (stdout.length < MAX_OUTPUT) stdout += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      if (stderr.length < MAX_OUTPUT) stderr += chunk;
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") resolve({ status: undefined, stdout, stderr });
      else reject(error);
    });
    child.on("close", (status, signal) =>
      resolve({
        status: status ?? 128,
        stdout,
        stderr: signal === null ? stderr : `${stderr}\nE: killed by ${signal}`,
      }),
    );
  });
