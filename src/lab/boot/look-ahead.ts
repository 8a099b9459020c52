/** What a machine is about to do, found out by doing it. */
import type { MachineSetup } from "./machine-setup.js";
import type { Session } from "./session.js";

/** Thirty milliseconds of the guest's time: it gets to its timers' next ticks, and answers what was typed. */
const MOST = 30_000_000;
/** It is enough where so many instructions brought no code that was not known. */
const QUIET = 10_000_000;
const STEP = 1_000_000;
/** A blank and Return: the least that somebody may type. */
const TYPED = Uint8Array.of(0x20, 0x0d);

/**
 * Runs a machine on as if somebody typed an empty line, with nobody watching, and puts it back as it was: the code that
 * it needs first is translated then. Not where the guest can write to a folder of the host's, for what is written there
 * stays. The session's logs, the machine's state and its hash are as before.
 */
export const lookAhead = ({ machine, virt }: Session, setup: MachineSetup): void => {
  if (setup.devices.some((d) => d.kind === "share" && d.writable)) return;
  const { onTransmit } = virt.uart;
  const { blocks } = machine.engine.cache;
  const events = machine.cpus.map((cpu) => cpu.events);
  machine.snapshot();
  virt.uart.onTransmit = () => undefined;
  for (const cpu of machine.cpus) cpu.events = {};
  try {
    virt.uart.receive(TYPED);
    let known = blocks.length;
    for (let ran = 0, since = 0; ran < MOST && since < QUIET; ran += STEP) {
      machine.run(STEP);
      since = blocks.length === known ? since + STEP : 0;
      known = blocks.length;
      if (machine.stopped !== undefined) break;
    }
  } finally {
    machine.restore();
    machine.forgetSnapshot();
    virt.uart.onTransmit = onTransmit;
    for (const cpu of machine.cpus) cpu.events = events[cpu.index]!;
  }
};
