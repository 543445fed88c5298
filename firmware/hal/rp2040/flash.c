/* The flash chip beside an RP2040. While it is erased or written it cannot be read: interrupts are off, and the code that
 * does it (pico-sdk's) runs from RAM. That takes 45 ms a sector as a rule, 400 ms at worst; USB waits, and DMA goes on
 * filling the rings of UART and microphone meanwhile. */
#include "flash.h"

#include "flash_layout.h"
#include "hardware/flash.h"
#include "hardware/sync.h"

typedef char assert_sector[FLASH_SECTOR_BYTES == FLASH_SECTOR_SIZE ? 1 : -1];
typedef char assert_page[FLASH_PAGE_BYTES == FLASH_PAGE_SIZE ? 1 : -1];

const uint8_t *flash_mapped(uint32_t offset)
{
    return (const uint8_t *)(XIP_BASE + offset);
}

void flash_erase(uint32_t offset)
{
    const uint32_t interrupts = save_and_disable_interrupts();
    flash_range_erase(offset, FLASH_SECTOR_SIZE);
    restore_interrupts(interrupts);
}

void flash_program(uint32_t offset, const uint8_t *page)
{
    const uint32_t interrupts = save_and_disable_interrupts();
    flash_range_program(offset, page, FLASH_PAGE_SIZE);
    restore_interrupts(interrupts);
}
