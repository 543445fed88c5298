/* The nRF51's own flash: 16 kB of RAM hold no pushed models. The slots lie behind the image, where its linker script ends.
 * The core stands still while a page is erased (22 ms), and a UART of six bytes loses what comes meanwhile: the host sends
 * it again. */
#include "flash.h"

#include <string.h>

#include "flash_layout.h"
#include "registers.h"

extern const uint8_t __slots_start[];

static void finish(void)
{
    while (FLASH_READY == 0) {
    }
}

/* 0: reads only, 1: writes, 2: erases. */
static void configure(uint32_t mode)
{
    FLASH_CONFIG = mode;
    finish();
}

const uint8_t *flash_mapped(uint32_t offset)
{
    return __slots_start + offset;
}

void flash_erase(uint32_t offset)
{
    configure(2);
    FLASH_ERASE_PAGE = (uint32_t)(uintptr_t)flash_mapped(offset);
    finish();
    configure(0);
}

void flash_program(uint32_t offset, const uint8_t *page)
{
    uint32_t word;
    memcpy(&word, page, sizeof word);
    configure(1);
    REGISTER((uintptr_t)flash_mapped(offset)) = word;
    finish();
    configure(0);
}
