/** The machine was asked for something it cannot do: bad configuration, address outside of RAM. */
export class MachineError extends Error {
  readonly code: "machine/configuration" | "machine/address" | "machine/snapshot" | "machine/state";
  constructor(code: MachineError["code"], message: string) {
    super(message);
    this.name = "MachineError";
    this.code = code;
  }
}
