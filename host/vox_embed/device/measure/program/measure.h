/* Small programs around the library on a bare emulated core: start-up code, a clock that counts instructions, text to
 * the host by semihosting. The host package writes the linker script and the data, and builds them. */
#ifndef MEASURE_MEASURE_H
#define MEASURE_MEASURE_H

#include <stdint.h>

/* The program. start.c calls it with memory initialised and the clock running; when it returns the emulator ends. */
void measure_main(void);

/* Ticks since start, modulo 2^32: of the core's clock (SysTick), on RISC-V instructions (minstret). */
uint32_t measure_ticks(void);

/* A line "name value" to the host. name: up to 24 characters. */
void measure_print(const char *name, int32_t value);

#endif
