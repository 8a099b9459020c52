/** Code of a kernel in SVC mode that makes more of it than one call. */
import { assemble, type AssembledProgram } from "../../isa/index.js";
import type { CallerAddresses } from "../host-callers.js";
import type { Build } from "../occupant.js";

const program = (
  text: string,
  build: Build,
  base: number,
  addresses: CallerAddresses,
): AssembledProgram =>
  assemble(`${build.thumb ? ".thumb" : ".arm"}\n${text}`, {
    base,
    thumb: build.thumb,
    symbols: { new_vectors: addresses.newVectors, restart_target: addresses.restartTarget },
  });

/** The end of a soft restart, the SVC MMU off. It is told of HYP mode, and asks the stub, or is not. */
export const assembleRestart = (
  asksStub: boolean,
  build: Build,
  base: number,
  addresses: CallerAddresses,
): AssembledProgram =>
  program(
    `
  ldr r0, =restart_target
  mov r1, #1
  ${
    asksStub
      ? `cmp r1, #0
  beq in_svc
  mov r1, r0
  mov r0, #1
  hvc #0
  bx lr`
      : ""
  }
in_svc:
  bx r0
`,
    build,
    base,
    addresses,
  );

/** A hypervisor's loader: its vectors by HVC_SET_VECTORS, then an HVC that is to arrive there. */
export const assembleHypervisorLoader = (
  build: Build,
  base: number,
  addresses: CallerAddresses,
  onReturn: string,
): AssembledProgram =>
  program(
    `
  mov r0, #0
  ldr r1, =new_vectors
  hvc #0
  hvc #0
  ${onReturn}
stay: b stay
`,
    build,
    base,
    addresses,
  );
