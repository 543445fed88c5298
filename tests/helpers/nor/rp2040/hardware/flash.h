/* pico-sdk's calls on the simulated chip. */
#ifndef NOR_RP2040_FLASH_H
#define NOR_RP2040_FLASH_H

#include <stddef.h>
#include <stdlib.h>

#include "hardware/sync.h"
#include "nor.h"

#define FLASH_SECTOR_SIZE 4096u
#define FLASH_PAGE_SIZE 256u
#define XIP_BASE (nor_memory)

static inline void flash_range_erase(uint32_t offset, size_t count)
{
    if (!nor_interrupts_off || count != FLASH_SECTOR_SIZE) {
        abort();
    }
    nor_erase(offset, (uint32_t)count);
}

static inline void flash_range_program(uint32_t offset, const uint8_t *data, size_t count)
{
    if (!nor_interrupts_off || count != FLASH_PAGE_SIZE) {
        abort();
    }
    nor_program(offset, data, (uint32_t)count);
}

#endif
