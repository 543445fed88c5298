/* A NOR flash in this computer's memory: erasing sets bits a sector at a time, writing clears them, and the power can fail
 * in the middle of either. NOR_BYTES: of the whole chip. */
#ifndef NOR_H
#define NOR_H

#include <stdint.h>

/* What the processor sees; nor.c alone may change it. */
#ifndef NOR_C
extern const uint8_t nor_memory[];
#endif

/* One operation each; offset and count as the chip demands, or the program aborts. */
void nor_erase(uint32_t offset, uint32_t count);
void nor_program(uint32_t offset, const uint8_t *bytes, uint32_t count);

/* For chips that are written by plain stores: makes an operation of a word that was stored. Aborts where it may not be. */
void nor_settle(int may_write);

/* The power fails in operation `countdown` (0 is the next one) when `torn` eighths of its bytes, and some bits of the next
 * eight, are done: nor_power_fails() is called then. UINT32_MAX: it lasts. */
void nor_cut(uint32_t countdown, unsigned torn, uint32_t seed);
void nor_power_fails(void); /* the driver's; does not return */

/* Operations so far. */
uint32_t nor_operations(void);

/* What a programmer writes to the chip: NOR_BYTES of them. */
void nor_load(const uint8_t *image);

/* From now on nothing changes any bit of this byte. UINT32_MAX: of none. */
void nor_stick(uint32_t offset);

#endif
