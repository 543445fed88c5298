/* Control and status registers. They are an extension of their own (Zicsr), which the assembler has to be told: compilers choose
 * the C library by the base instruction set that they are given. */
#ifndef HAL_VIRT_RV32_CSR_H
#define HAL_VIRT_RV32_CSR_H

#define CSR(instruction) ".option push\n\t.option arch, +zicsr\n\t" instruction "\n\t.option pop"

#endif
