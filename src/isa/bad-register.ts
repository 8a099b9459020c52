/** SP and PC are what the Arm ARM's BadReg names. */
export const badRegister = (n: number | undefined): boolean => n === 13 || n === 15;
