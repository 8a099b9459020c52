/**
 * IrBuilder: what an instruction record's `execute` writes IR with. Methods that mirror the Arm ARM's
 * pseudocode keep its names in camelCase; what is made of pure ops alone is in arithmetic.ts.
 */
import {
  registerSlot,
  SLOT,
  spsrSlot,
  SYSTEM_REGISTERS,
  userRegisterSlot,
  type CpuModel,
  type Mode,
  type Slot,
} from "../arch/index.js";
import { accessWord, type MemoryOptions } from "./access-word.js";
import type { ExceptionKind, HintName, Value } from "./block.js";
import { FLAG_OPS, type FlagName, type FlagOpName } from "./flag-ops.js";
import type { NodeTemplates } from "./node-templates.js";
import { OpWriter } from "./op-writer.js";
import { flagsHead, headOf, NODE, type OtherNode, type PackedBlock } from "./packed-block.js";
import type { VectorOpName } from "./vector-ops.js";

const FLAG_HEADS = Object.fromEntries(
  (Object.keys(FLAG_OPS) as FlagOpName[]).map((op) => [op, flagsHead(op)]),
) as Readonly<Record<FlagOpName, number>>;
const GET = headOf(NODE.get);
const PUT = headOf(NODE.put, 1);
const LOAD = headOf(NODE.load, 1);
const STORE = headOf(NODE.store, 2);
const GUARD = headOf(NODE.guard, 1);
const EXIT_GOTO = headOf(NODE.exitGoto);

/** What an instruction leaves behind besides its nodes, as bits. */
const OUTCOME = { ended: 1, endsAfter: 2, stateChanged: 4 } as const;

/** What is known of the CPU when a block is translated: all of it is part of the block's key. */
export interface TranslationState {
  readonly thumb: boolean;
  /** ITSTATE at the block's first instruction. */
  readonly it: number;
  readonly bigEndian: boolean;
  readonly mode: Mode;
}

export class IrBuilder extends OpWriter {
  state: TranslationState;
  cpu: CpuModel;
  /** Length in bytes of the current instruction. */
  size = 4;
  /** ITSTATE before the current instruction; 0 in A32. */
  it = 0;
  /** True once nothing can follow in this block on the unguarded path. */
  ended = false;
  /** True once the block must end after the current instruction. */
  endsAfter = false;
  /** True when a node may have changed what the block's key holds (mode, endianness, translation). */
  stateChanged = false;
  #pc = 0;
  /** What this block has checked: 1 floating point, 2 Advanced SIMD. */
  #vectorChecked = 0;
  #lengthChecked = false;
  /** Slots of R0 to R15 in `mode`. */
  #registers: readonly Slot[] = [];
  #mode: Mode | undefined;

  constructor(state: TranslationState, cpu: CpuModel, pc: number) {
    super();
    this.state = state;
    this.cpu = cpu;
    this.begin(state, cpu, pc);
  }

  /** Begins another block. One that was made before stays as it is. */
  begin(state: TranslationState, cpu: CpuModel, pc: number): void {
    this.state = state;
    this.cpu = cpu;
    this.#pc = 0;
    this.size = 4;
    this.it = 0;
    this.ended = false;
    this.endsAfter = false;
    this.stateChanged = false;
    this.guards = 0;
    this.#vectorChecked = 0;
    this.#lengthChecked = false;
    if (state.mode !== this.#mode) {
      this.#mode = state.mode;
      this.#registers = Array.from({ length: 16 }, (_, n) => registerSlot(n, state.mode));
    }
    this.nodes.begin(pc);
  }
  /** Address of the current instruction. */
  get pc(): number {
    this.nodes.dropRecord();
    return this.#pc;
  }
  /** From now on what the current instruction writes is recorded as a template too. */
  record(templates: NodeTemplates): void {
    this.nodes.record(templates);
  }
  /** Ends the recording: where the template is, or -1 where the instruction has none: it depends on where it is. */
  endRecord(): number {
    return this.nodes.endRecord(
      (this.ended ? OUTCOME.ended : 0) |
        (this.endsAfter ? OUTCOME.endsAfter : 0) |
        (this.stateChanged ? OUTCOME.stateChanged : 0),
    );
  }
  /** Writes the current instruction from a template, which was recorded in the same state, as it would be written anew. */
  replay(templates: NodeTemplates, template: number): void {
    const outcome = this.nodes.replay(templates, template);
    this.ended = (outcome & OUTCOME.ended) !== 0;
    this.endsAfter = (outcome & OUTCOME.endsAfter) !== 0;
    this.stateChanged = (outcome & OUTCOME.stateChanged) !== 0;
  }
  /** The block, which is finished: nothing may be written after it was asked for. */
  get block(): PackedBlock {
    return this.nodes.finish();
  }

  /** Starts an instruction: all nodes that follow belong to it. */
  beginInstruction(pc: number, size: number, it: number): void {
    this.#pc = pc;
    this.size = size;
    this.it = it;
    this.nodes.mark(pc, size, it);
  }

  /** Appends a node and gives its value. */
  #emit(head: number, a = 0, b = 0, c = 0): Value {
    return this.nodes.push(head, a, b, c);
  }
  #other(node: OtherNode): void {
    this.nodes.pushOther(node);
  }

  /** An op on the floating-point and SIMD register file; see VECTOR_OPS for what the operands mean. */
  vector(op: VectorOpName, d: number, n = 0, m = 0, imm = 0): void {
    this.#other({ kind: "vector", op, operands: [d, n, m, imm] });
  }

  // ---- state ----------------------------------------------------------------------------------

  get(slot: Slot): Value {
    return this.#emit(GET, slot);
  }
  put(slot: Slot, value: Value): void {
    this.#emit(PUT, value, slot);
  }
  /** R[n]; R[15] reads as the instruction's address plus 8 (A32) or 4 (T32). */
  reg(n: number): Value {
    if (n === 15) return this.pcValue();
    return this.get(this.#registers[n]!);
  }
  /**
   * R[n] := value. R15 is written here only by an UNPREDICTABLE encoding that the policy executes; the PC
   * then takes the value as a branch within the instruction set. Branches use the WritePC methods.
   */
  setReg(n: number, value: Value): void {
    if (n === 15) this.branchWritePC(value);
    else this.put(this.#registers[n]!, value);
  }
  /** R[n] of User mode. */
  userReg(n: number): Value {
    return this.get(userRegisterSlot(n));
  }
  setUserReg(n: number, value: Value): void {
    this.put(userRegisterSlot(n), value);
  }
  /** The PC as an operand. */
  pcValue(): Value {
    return this.const(this.pc + (this.state.thumb ? 4 : 8));
  }
  /** PC as an operand with bits 1:0 cleared, the base of literal addresses: Align(PC, 4). */
  alignedPc(): Value {
    return this.const((this.pc + (this.state.thumb ? 4 : 8)) & ~3);
  }
  /** Address of the next instruction. */
  get nextPc(): number {
    return (this.pc + this.size) >>> 0;
  }
  flag(name: FlagName | "Q"): Value {
    return this.get(SLOT[name]);
  }
  setFlag(name: FlagName | "Q", value: Value): void {
    this.put(SLOT[name], value);
  }
  /** APSR.GE, four bits. */
  ge(): Value {
    return this.get(SLOT.GE);
  }
  setGe(value: Value): void {
    this.put(SLOT.GE, value);
  }
  /** Sets Q when `condition` is 1; Q is never cleared by arithmetic. */
  setQIf(condition: Value): void {
    this.put(SLOT.Q, this.or(this.get(SLOT.Q), condition));
  }
  /** SPSR of the current mode. The caller has excluded usr and sys mode. */
  spsr(): Value {
    return this.get(spsrSlot(this.state.mode)!);
  }
  setSpsr(value: Value): void {
    this.put(spsrSlot(this.state.mode)!, value);
  }
  readCpsr(): Value {
    return this.#emit(headOf(NODE.readCpsr));
  }
  /** CPSRWriteByInstr with is_excpt_return FALSE; the block ends after it. */
  writeCpsr(value: Value, byteMask: number): void {
    this.#emit(headOf(NODE.writeCpsr, 1), value, byteMask);
    this.endBlock();
  }

  // ---- arithmetic -----------------------------------------------------------------------------

  flags(op: FlagOpName, args: readonly Value[]): void {
    this.#emit(FLAG_HEADS[op], args[0], args[1], args[2]);
  }
  /** N and Z of a result. */
  setNz(result: Value): void {
    this.flags("flagsNZ", [result]);
  }
  // ---- conditions and flow ----------------------------------------------------------------------

  /** Runs `body`'s nodes when `condition` is non-zero. */
  when(condition: Value, body: () => void, invert = false): void {
    const known = this.constantOf(condition);
    if (known !== undefined) {
      if ((known !== 0) !== invert) body();
      return;
    }
    const { ended } = this;
    const guard = this.#beginGuard(condition, invert);
    body();
    this.#endGuard(guard, ended);
  }
  #beginGuard(condition: Value, invert: boolean): Value {
    this.guards++;
    return this.#emit(GUARD, condition, invert ? 1 : 0);
  }
  /** `ended` is what it was before the guard. */
  #endGuard(guard: Value, ended: boolean): void {
    this.guards--;
    // A path that left the block inside the guard still falls through when the guard fails.
    if (this.ended && !ended) this.endsAfter = true;
    this.ended = ended;
    this.nodes.endGuard(guard);
  }
  /** Runs `body`'s nodes when `condition` is zero. */
  unless(condition: Value, body: () => void): void {
    this.when(condition, body, true);
  }
  /**
   * ConditionPassed for a condition code 0 to 15 (DDI 0406C, A8.3) of an instruction: the nodes up to endCondition
   * run when it holds.
   */
  beginCondition(cond: number): Value | undefined {
    if (cond >= 14) return undefined;
    const { value, invert } = this.#condition(cond >>> 1);
    return this.#beginGuard(value, ((cond & 1) === 1) !== invert);
  }
  /** Ends what beginCondition began, of which it takes what that gave. */
  endCondition(begun: Value | undefined): void {
    if (begun !== undefined) this.#endGuard(begun, false);
  }
  /** As beginCondition and endCondition around `body`. */
  ifCondition(cond: number, body: () => void): void {
    const { ended } = this;
    const guard = this.beginCondition(cond);
    body();
    if (guard !== undefined) this.#endGuard(guard, ended);
  }
  #condition(pair: number): { value: Value; invert: boolean } {
    switch (pair) {
      case 0:
        return { value: this.flag("Z"), invert: false };
      case 1:
        return { value: this.flag("C"), invert: false };
      case 2:
        return { value: this.flag("N"), invert: false };
      case 3:
        return { value: this.flag("V"), invert: false };
      case 4:
        return { value: this.bic(this.flag("C"), this.flag("Z")), invert: false };
      case 5:
        return { value: this.xor(this.flag("N"), this.flag("V")), invert: true };
      default:
        return {
          value: this.or(this.flag("Z"), this.xor(this.flag("N"), this.flag("V"))),
          invert: true,
        };
    }
  }

  /** BranchWritePC to a constant: stays in the instruction set. */
  branchTo(target: number): void {
    this.#leaveIt();
    this.#emit(EXIT_GOTO, this.state.thumb ? target & ~1 : target & ~3);
    this.ended = true;
  }
  /** BranchWritePC to the PC as an operand plus a constant: stays in the instruction set. */
  branchBy(offset: number): void {
    this.#leaveIt();
    const { thumb } = this.state;
    this.nodes.goBy(this.#pc, (thumb ? 4 : 8) + offset, thumb ? ~1 : ~3);
    this.ended = true;
  }
  /** The block ends before the instruction at `next`, which follows; `same`: in the same translation state. */
  goOn(next: number, same: boolean): void {
    this.#emit(same ? EXIT_GOTO : headOf(NODE.exitDispatch), next);
    this.ended = true;
  }
  /** BranchWritePC: stays in the instruction set, low bits are dropped. */
  branchWritePC(target: Value): void {
    this.#leaveIt();
    this.#emit(headOf(NODE.exitJump, 1), this.bic(target, this.const(this.state.thumb ? 1 : 3)));
    this.ended = true;
  }
  /** BXWritePC: bit 0 of the target selects T32. Bits 1:0 = '10' is UNPREDICTABLE; bit 1 is dropped. */
  bxWritePC(target: Value): void {
    this.#leaveIt();
    this.#emit(headOf(NODE.exitExchange, 1), target);
    this.ended = true;
  }
  /** LoadWritePC (ARMv5T and later): as BXWritePC. */
  loadWritePC(target: Value): void {
    this.bxWritePC(target);
  }
  /** ALUWritePC (ARMv7): interworking in A32, plain in T32. */
  aluWritePC(target: Value): void {
    if (this.state.thumb) this.branchWritePC(target);
    else this.bxWritePC(target);
  }
  /** Exception return to `target` with CPSR := psr, checked and masked by the machine. */
  exceptionReturn(target: Value, psr: Value): void {
    this.#emit(headOf(NODE.exitReturn, 2), target, psr);
    this.ended = true;
  }
  /** Takes an exception of this instruction; routing and traps are the machine's. */
  exception(exception: ExceptionKind, immediate = 0): void {
    this.#other({ kind: "exitException", exception, immediate });
    this.ended = true;
  }
  undefined(): void {
    this.exception("undefined");
  }
  /** Stops the machine by name. */
  stop(reason: "unpredictable" | "unmodelled", what: string): void {
    this.#other({ kind: "exitStop", reason, what });
    this.ended = true;
  }
  /** A taken branch leaves an IT block: ITSTATE is 0 at its target. */
  #leaveIt(): void {
    if (this.it !== 0 || this.state.it !== 0) this.put(SLOT.IT, this.const(0));
  }

  // ---- memory -----------------------------------------------------------------------------------

  /** Zero-extended load of 1, 2 or 4 bytes in the current endianness. */
  load(address: Value, size: 1 | 2 | 4, options: MemoryOptions = {}): Value {
    const raw = this.#emit(LOAD, address, accessWord(size, options));
    return this.#swap(raw, size);
  }
  /** Stores the low 1, 2 or 4 bytes in the current endianness. */
  store(address: Value, size: 1 | 2 | 4, value: Value, options: MemoryOptions = {}): void {
    const swapped = this.#swap(value, size);
    this.#emit(STORE, address, swapped, accessWord(size, options));
  }
  #swap(value: Value, size: 1 | 2 | 4): Value {
    if (!this.state.bigEndian || size === 1) return value;
    const reversed = this.reverseBytes(value);
    return size === 4 ? reversed : this.shr(reversed, this.const(16));
  }

  /** Opens the local exclusive monitor (ClearExclusiveLocal). */
  clearExclusive(): void {
    this.put(SLOT.exclusiveSize, this.const(0));
  }

  // ---- system -----------------------------------------------------------------------------------

  /** What HYP mode learns when this instruction traps (see InstructionMark.syndrome). */
  syndrome(word: number): void {
    this.nodes.syndrome(word);
  }
  /**
   * Reads a system register (index into SYSTEM_REGISTERS) with its checks and traps. The block ends after
   * a read that depends on time or on interrupts: time is exact at the last instruction of a block.
   */
  sysRead(register: number): Value {
    this.#timed(register);
    return this.#emit(headOf(NODE.sysRead), register, 0);
  }
  /** Reads a 64-bit system register. */
  sysReadWide(register: number): { low: Value; high: Value } {
    this.#timed(register);
    const low = this.#emit(headOf(NODE.sysRead), register, 1);
    return { low, high: this.#emit(headOf(NODE.sysReadHigh)) };
  }
  #timed(register: number): void {
    if (SYSTEM_REGISTERS[register]!.timed === true) this.endsAfter = true;
  }
  /** Writes a system register; the block ends after it, for it may change anything. */
  sysWrite(register: number, value: Value, high?: Value): void {
    if (high === undefined) this.#emit(headOf(NODE.sysWrite, 1), value, 0, register);
    else this.#emit(headOf(NODE.sysWrite, 2), value, high, register);
    this.endBlock();
  }
  /** Ends the block after this instruction; what follows is looked up in the state of then. */
  endBlock(): void {
    this.endsAfter = true;
    this.stateChanged = true;
  }
  /** Access check of coprocessors 0 to 13 (CPACR, NSACR, HCPTR). */
  checkCoprocessor(coprocessor: number, advancedSimd = false): void {
    this.#other({ kind: "checkCoprocessor", coprocessor, advancedSimd });
  }
  /**
   * CheckAdvSIMDOrVFPEnabled with include_fpexc_check: CPACR, HCPTR, then FPEXC.EN. Made once for each
   * block: what could change its outcome ends the block, VMSR of FPEXC included. The check of Advanced
   * SIMD holds for floating point too.
   */
  checkVector(advancedSimd = false): void {
    const level = advancedSimd ? 2 : 1;
    this.nodes.dropRecord();
    if (this.#vectorChecked >= level) return;
    this.checkCoprocessor(10, advancedSimd);
    this.trapCheck("FPEXC.EN");
    if (this.guards === 0) this.#vectorChecked = level;
  }
  /** UNDEFINED unless FPSCR.Len and Stride are 0: no core modelled here has short vectors. */
  checkNoShortVectors(): void {
    this.nodes.dropRecord();
    if (this.#lengthChecked) return;
    this.trapCheck("FPSCR.Len");
    if (this.guards === 0) this.#lengthChecked = true;
  }
  hint(hint: HintName): void {
    if (hint === "nop" || hint === "yield" || hint === "dbg") return;
    this.#other({ kind: "hint", hint });
    if (hint === "wfi" || hint === "wfe") this.endBlock();
    if (hint === "sev") this.endsAfter = true;
  }
  /** A trap to HYP mode that depends on run-time control bits; the machine knows it by name. */
  trapCheck(trap: string): void {
    this.#other({ kind: "trapCheck", trap });
  }
}
