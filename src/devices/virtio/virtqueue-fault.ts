/**
 * A driver broke the rules of its rings. The transport catches it, stops the device until the driver
 * resets it, and keeps the message; it never leaves the transport.
 */
export class VirtqueueFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = "VirtqueueFault";
  }
}
