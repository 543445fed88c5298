/* Memory as a bare image finds it at reset: variables to set up, and a stack that is painted to see how deep it goes. The
 * linker script sets the addresses; they are compared as numbers, for to C they are unrelated objects. */
#ifndef HAL_PAINTED_STACK_H
#define HAL_PAINTED_STACK_H

#include <stdint.h>

#include "hal.h"

extern uint32_t __stack_top[], __stack_bottom[], __data_load[], __data_start[], __data_end[];
extern uint32_t __bss_start[], __bss_end[];

#define STACK_PAINT 0xA5A5A5A5u

static inline uintptr_t hal_address(const uint32_t *symbol)
{
    return (uintptr_t)symbol;
}

/* Paints up to `limit`, which lies below the frames in use, and gives variables their initial values. */
static inline void hal_prepare_memory(const uint32_t *limit)
{
    for (uint32_t *at = __stack_bottom; hal_address(at) < hal_address(limit); ++at) {
        *at = STACK_PAINT;
    }
    const uint32_t *from = __data_load;
    for (uint32_t *to = __data_start; hal_address(to) < hal_address(__data_end); ++to) {
        *to = *from++;
    }
    for (uint32_t *to = __bss_start; hal_address(to) < hal_address(__bss_end); ++to) {
        *to = 0;
    }
}

#endif
