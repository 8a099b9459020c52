import type { Instruction } from "../instruction.js";
import { ADC_register } from "./adc-register.js";

export const DATA_PROCESSING: readonly Instruction[] = [ADC_register];
