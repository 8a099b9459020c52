/**
 * Folded WebAssembly expressions, as the `wat` lanes of pure ops give them, to the bytes of a function's
 * code. `(arg n)` leaves a hole for an operand.
 */

export type Tree = string | readonly Tree[];
export const OPCODES: Readonly<Record<string, number>> = {
  "i32.eqz": 0x45,
  "i32.eq": 0x46,
  "i32.ne": 0x47,
  "i32.lt_s": 0x48,
  "i32.lt_u": 0x49,
  "i32.gt_s": 0x4a,
  "i32.gt_u": 0x4b,
  "i32.le_s": 0x4c,
  "i32.le_u": 0x4d,
  "i32.ge_s": 0x4e,
  "i32.ge_u": 0x4f,
  "i32.clz": 0x67,
  "i32.add": 0x6a,
  "i32.sub": 0x6b,
  "i32.mul": 0x6c,
  "i32.div_s": 0x6d,
  "i32.div_u": 0x6e,
  "i32.and": 0x71,
  "i32.or": 0x72,
  "i32.xor": 0x73,
  "i32.shl": 0x74,
  "i32.shr_s": 0x75,
  "i32.shr_u": 0x76,
  "i32.rotl": 0x77,
  "i32.rotr": 0x78,
  "i64.mul": 0x7e,
  "i64.shr_u": 0x88,
  "i32.wrap_i64": 0xa7,
  "i64.extend_i32_s": 0xac,
  "i64.extend_i32_u": 0xad,
  "i32.extend8_s": 0xc0,
  "i32.extend16_s": 0xc1,
  select: 0x1b,
};

export const parseWat = (text: string): Tree => {
  const tokens = text.match(/[()]|[^\s()]+/g) ?? [];
  let i = 0;
  const one = (): Tree => {
    const token = tokens[i++]!;
    if (token !== "(") return token;
    const list: Tree[] = [];
    while (tokens[i] !== ")") list.push(one());
    i++;
    return list;
  };
  return one();
};
/** A signed LEB128 number of 32 bits. */
export const signedLeb = (value: number): number[] => {
  const out: number[] = [];
  let v = value | 0;
  for (;;) {
    const byte = v & 0x7f;
    v >>= 7;
    const done = (v === 0 && (byte & 0x40) === 0) || (v === -1 && (byte & 0x40) !== 0);
    out.push(done ? byte : byte | 0x80);
    if (done) return out;
  }
};
const assemble = (tree: Tree): number[] => {
  if (typeof tree === "string") throw new Error(`"${tree}" is no expression`);
  const [head, ...rest] = tree as [string, ...Tree[]];
  switch (head) {
    case "i32.const":
      return [0x41, ...signedLeb(Number(rest[0]))];
    case "i64.const":
      return [0x42, ...signedLeb(Number(rest[0]))];
    case "local.get":
      return [0x20, Number(rest[0])];
    case "arg":
      return [-1 - Number(rest[0])];
    case "if": {
      const [, condition, then, otherwise] = rest as [Tree, Tree, Tree[], Tree[]];
      return [
        ...assemble(condition),
        0x04,
        0x7f,
        ...assemble(then[1]!),
        0x05,
        ...assemble(otherwise[1]!),
        0x0b,
      ];
    }
    default: {
      const opcode = OPCODES[head];
      if (opcode === undefined) throw new Error(`no opcode is known for ${head}`);
      return [...rest.flatMap(assemble), opcode];
    }
  }
};
/** Bytes of an expression; -1 - n stands for the operand `(arg n)`. */
export const assembleWat = (expression: string): readonly number[] =>
  assemble(parseWat(expression));
