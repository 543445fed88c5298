/* Pushed models in flash: 16 kB of RAM hold none. The slots lie behind the image, where its linker script ends. They are
 * not looked for at start: a model is forgotten when the board is switched off.
 *
 * The core stands still while a page is erased (22 ms), and a UART of six bytes loses what comes meanwhile: the host sends
 * it again. */
#include <string.h>

#include "hal.h"
#include "registers.h"

extern const uint8_t __slots_start[];

static struct {
    unsigned slot;
    size_t size;   /* of the model on its way */
    uint32_t word; /* what is not written yet */
} transfer;

static void finish(void)
{
    while (FLASH_READY == 0) {
    }
}

static uintptr_t slot_address(unsigned slot)
{
    return (uintptr_t)__slots_start + slot * VOX_SLOT_BYTES;
}

static void erase_page(uintptr_t address)
{
    FLASH_CONFIG = 2;
    finish();
    FLASH_ERASE_PAGE = (uint32_t)address;
    finish();
    FLASH_CONFIG = 0;
    finish();
}

static bool program_word(uintptr_t address, uint32_t word)
{
    FLASH_CONFIG = 1;
    finish();
    REGISTER(address) = word;
    finish();
    FLASH_CONFIG = 0;
    finish();
    return REGISTER(address) == word;
}

size_t hal_slot_size(void)
{
    return VOX_SLOT_BYTES;
}

bool hal_slots_persist(void)
{
    return false;
}

bool hal_slot_begin(unsigned slot, size_t size)
{
    transfer.slot = slot;
    transfer.size = size;
    transfer.word = 0xFFFFFFFFu;
    return slot < HAL_SLOTS && size <= VOX_SLOT_BYTES;
}

bool hal_slot_write(unsigned slot, size_t offset, const uint8_t *bytes, size_t size)
{
    if (slot != transfer.slot || offset > transfer.size || size > transfer.size - offset) {
        return false;
    }
    for (size_t i = 0; i < size; ++i) {
        const size_t at = offset + i;
        const unsigned shift = 8u * (unsigned)(at % 4u);
        transfer.word = (transfer.word & ~((uint32_t)0xFFu << shift)) | (uint32_t)bytes[i] << shift;
        if (at % 4u < 3u && at + 1u < transfer.size) {
            continue;
        }
        const uintptr_t address = slot_address(slot) + at / 4u * 4u;
        if (address % FLASH_PAGE_BYTES == 0) {
            erase_page(address);
        }
        if (!program_word(address, transfer.word)) {
            return false;
        }
        transfer.word = 0xFFFFFFFFu;
    }
    return true;
}

const uint8_t *hal_slot_data(unsigned slot)
{
    return (const uint8_t *)slot_address(slot);
}

bool hal_slot_keep(unsigned slot, size_t size)
{
    (void)slot;
    (void)size;
    return true;
}

void hal_slot_forget(void)
{
}

size_t hal_slot_kept(unsigned *slot)
{
    (void)slot;
    return 0;
}
