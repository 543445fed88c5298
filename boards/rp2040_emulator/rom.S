/* Vectors, magic and function table of a stand-in for the RP2040's boot ROM, laid out as the data sheet says (section 2.8.2). */
.syntax unified
.cpu cortex-m0plus
.thumb

.section .vectors, "a"
.word 0x20041f00            /* stack until the program sets its own */
.word rom_reset
.word rom_fault
.word rom_fault
.byte 'M', 'u', 1, 2        /* magic, version */
.hword functions
.hword data
.hword rom_lookup
.hword 0
.space 0x40 - 0x1c

.macro entry first second function
.byte \first, \second
.hword \function
.endm

.section .tables, "a"
.global functions
functions:
entry 'M', 'C', rom_memcpy
entry 'C', '4', rom_memcpy
entry 'M', 'S', rom_memset
entry 'S', '4', rom_memset
entry 'P', '3', rom_popcount
entry 'L', '3', rom_clz
entry 'T', '3', rom_ctz
entry 'R', '3', rom_reverse
entry 'I', 'F', rom_nothing         /* connect flash */
entry 'E', 'X', rom_nothing         /* leave XIP */
entry 'R', 'E', rom_flash_erase
entry 'R', 'P', rom_flash_program
entry 'F', 'C', rom_nothing         /* flush the cache */
entry 'C', 'X', rom_nothing         /* enter XIP */
.word 0
data:
.word 0
