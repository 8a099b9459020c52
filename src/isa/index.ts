/** The door of isa/: instruction records and what is derived from them. */
export * from "./assemble-line.js";
export * from "./assembler.js";
export * from "./decoder.js";
export * from "./disassemble.js";
export { instructionWord, isWide } from "./instruction-word.js";
export * from "./instruction.js";
export * from "./instructions.js";
export * from "./pattern.js";
export * from "./translate.js";
export { CONDITIONS, REGISTER_NAMES, registerNamed, type ParseContext } from "./syntax/element.js";
