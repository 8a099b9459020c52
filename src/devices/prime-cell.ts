/** The identification registers that end every PrimeCell's page (e.g. DDI 0183G, 3.3.14 to 3.3.21). */
import { type Field, ro } from "./register-block.js";

interface IdRow {
  readonly at: number;
  readonly fields: { readonly Id: Field };
}
type IdRows = Readonly<Record<`PeriphID${0 | 1 | 2 | 3}` | `PCellID${0 | 1 | 2 | 3}`, IdRow>>;
const byte = (at: number, value: number): IdRow => ({ at, fields: { Id: ro(0, 8, value & 0xff) } });

/**
 * `peripheral`: part number in bits 11:0, designer in 19:12 (0x41, Arm), revision in 23:20,
 * configuration in 31:24; it is what Linux matches as amba_id.
 */
export const primeCellIds = (peripheral: number): IdRows => ({
  PeriphID0: byte(0xfe0, peripheral),
  PeriphID1: byte(0xfe4, peripheral >>> 8),
  PeriphID2: byte(0xfe8, peripheral >>> 16),
  PeriphID3: byte(0xfec, peripheral >>> 24),
  PCellID0: byte(0xff0, 0x0d),
  PCellID1: byte(0xff4, 0xf0),
  PCellID2: byte(0xff8, 0x05),
  PCellID3: byte(0xffc, 0xb1),
});
