/* Stands for firmware/hal/microbit/registers.h: the nRF51's flash controller on the simulated chip, which looks at what was
 * stored when it is asked whether it is ready. */
#ifndef HAL_MICROBIT_REGISTERS_H
#define HAL_MICROBIT_REGISTERS_H

#include "nor.h"

#define __slots_start nor_memory
#define REGISTER(address) (*(volatile uint32_t *)(address))
#define FLASH_READY nrf_ready()
#define FLASH_CONFIG nrf.config
#define FLASH_ERASE_PAGE nrf.page

static struct {
    uint32_t config, page; /* page: the low half of an address; 0: none */
} nrf;

static inline uint32_t nrf_ready(void)
{
    nor_settle(nrf.config == 1u);
    if (nrf.config == 2u && nrf.page != 0) {
        const uint32_t offset = nrf.page - (uint32_t)(uintptr_t)nor_memory;
        nrf.page = 0;
        nor_erase(offset, 1024);
    }
    return 1;
}

static inline void nor_reboot(void)
{
    nrf.config = 0;
    nrf.page = 0;
}

#endif
