#ifndef NOR_RP2040_SYNC_H
#define NOR_RP2040_SYNC_H

#include <stdint.h>

static uint32_t nor_interrupts_off;

static inline uint32_t save_and_disable_interrupts(void)
{
    const uint32_t before = nor_interrupts_off;
    nor_interrupts_off = 1;
    return before;
}

static inline void restore_interrupts(uint32_t before)
{
    nor_interrupts_off = before;
}

static inline void nor_reboot(void)
{
    nor_interrupts_off = 0;
}

#endif
