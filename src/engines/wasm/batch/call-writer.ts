/** What the parts of a call's compiler share: the function as it is written, and the block that is being compiled. */
import { extract, MODE, modeOf, SLOT, type Mode } from "../../../arch/index.js";
import { KEY, type InstructionMark, type Value } from "../../../ir/index.js";
import { OP } from "../../module/encoder.js";
import { BatchCode, type Operand } from "./batch-code.js";
import { CELL, KEY_CONTEXT, LEFT } from "./batch-layout.js";
import { placeOf, type CallBlock } from "./call-block.js";
import { RUN_TYPE } from "./function-types.js";
import { CONTEXT, type BatchHost, type BatchPlan } from "./host.js";

/** Locals of a call's function; its one parameter is the budget. */
export const LOCAL = {
  budget: 0,
  index: 1,
  pc: 2,
  key: 3,
  hypContext: 4,
  hypTaken: 5,
  high: 6,
  entry: 7,
} as const;

export class CallWriter {
  readonly code = new BatchCode(RUN_TYPE, 1, 7);
  readonly plan: BatchPlan;
  readonly host: BatchHost;
  /** Numbers of the call's blocks by their places. */
  readonly index: ReadonlyMap<string, number>;
  // The block that is being compiled.
  at!: CallBlock;
  mode!: Mode;
  /** Values of its nodes. */
  places: (Operand | undefined)[] = [];
  /** The instruction in it. */
  mark!: InstructionMark;
  /** The block may have changed the translation context. */
  contextChanged = false;

  constructor(blocks: readonly CallBlock[], plan: BatchPlan, host: BatchHost) {
    this.plan = plan;
    this.host = host;
    this.index = new Map(blocks.map((b, i) => [placeOf(b.pc, b.key), i]));
  }

  begin(at: CallBlock): void {
    this.at = at;
    this.mode = modeOf(extract(at.key, KEY.mode))!;
    this.places = [];
    this.contextChanged = false;
    this.code.freeTemporaries();
  }
  /** Charges instructions; a case that takes too many is the machine's. */
  charge(instructions: number): void {
    const { f } = this.code;
    f.get(LOCAL.budget);
    f.const(instructions);
    f.byte(OP.sub);
    f.tee(LOCAL.budget);
    f.const(0);
    f.byte(OP.ltS);
    this.code.when(() => this.leave(LEFT.machine));
  }
  /** The value of a node of the block. */
  operand(v: Value): Operand {
    const node = this.at.block.nodes[v]!;
    return node.kind === "const" ? { constant: node.value } : this.places[v]!;
  }
  /** Gives the case back. */
  leave(reason: number, first?: Operand, second?: Operand): void {
    if (first !== undefined) this.code.setWord(CELL.first, first);
    if (second !== undefined) this.code.setWord(CELL.second, second);
    this.code.f.const(reason);
    this.code.f.byte(OP.return);
  }
  /** The key of the present state. */
  keyNow(): Operand {
    const { code } = this;
    const mode = code.get(SLOT.M);
    let key = mode;
    for (const [slot, { lsb }] of [
      [SLOT.T, KEY.thumb],
      [SLOT.E, KEY.bigEndian],
      [SLOT.IT, KEY.it],
    ] as const)
      key = code.or(key, code.shl(code.get(slot), code.const(lsb)));
    const inHyp = code.pure("eq", [mode, code.const(MODE.hyp.encoding)]);
    const context = code.select(inHyp, { local: LOCAL.hypContext }, code.const(CONTEXT.pl1));
    return code.or(key, code.shl(context, code.const(KEY_CONTEXT)));
  }
  /** Goes on at an address. */
  goOn(pc: Operand, key: Operand): void {
    const { f } = this.code;
    this.code.push(pc);
    f.set(LOCAL.pc);
    this.code.push(key);
    f.set(LOCAL.key);
    this.code.branch("dispatch");
  }
}
