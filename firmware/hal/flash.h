/* What flash_slots.c needs of a family's flash. hal/<family>/flash.c implements it, and flash_layout.h beside it says
 * FLASH_SECTOR_BYTES (what is erased at once), FLASH_PAGE_BYTES (what is written at once; divides a sector, holds at least
 * four bytes) and FLASH_SLOTS_OFFSET (where the slots begin; a multiple of a sector).
 *
 * Offsets count from wherever the family likes. Power may fail in the middle of either call: what it was about may then
 * read as anything between before and after. */
#ifndef HAL_FLASH_H
#define HAL_FLASH_H

#include <stdint.h>

/* The byte at `offset` as the processor reads it. */
const uint8_t *flash_mapped(uint32_t offset);

/* Sets all bits of the sector that begins at `offset`. */
void flash_erase(uint32_t offset);

/* Clears the bits of the page at `offset` that are 0 in `page`. */
void flash_program(uint32_t offset, const uint8_t *page);

#endif
