/* Pushed models in flash, behind the program: two slots, each followed by a sector with its header. A slot's header is erased
 * before the first byte of a new model goes in and written when the model has proved itself, so that whenever the power
 * fails, the headers name whole models only. Sectors are erased as the model reaches them, one at a time.
 *
 * While flash is erased or written it cannot be read: interrupts are off, and the code that does it (pico-sdk's) runs from
 * RAM. That takes 45 ms a sector as a rule, 400 ms at worst; USB waits, and DMA goes on filling the rings of UART and
 * microphone meanwhile. */
#include <string.h>

#include "hal.h"

#include "hardware/flash.h"
#include "hardware/sync.h"

#define SLOT_BYTES (VOX_SLOT_BYTES + FLASH_SECTOR_SIZE)
#define FIRST_SLOT (VOX_FLASH_BYTES - HAL_SLOTS * SLOT_BYTES)
#define MAGIC UINT32_C(0x4B584F56) /* "VOXK" */

typedef struct {
    uint32_t magic;
    uint32_t order; /* the higher is the newer */
    uint32_t size;
    uint32_t check; /* the three before, xored and inverted */
} slot_header;

static struct {
    unsigned slot;
    size_t size; /* of the model on its way */
    uint8_t page[FLASH_PAGE_SIZE];
} transfer;

static uint32_t slot_offset(unsigned slot)
{
    return FIRST_SLOT + slot * SLOT_BYTES;
}

static const uint8_t *mapped(uint32_t offset)
{
    return (const uint8_t *)(XIP_BASE + offset);
}

static void erase_sector(uint32_t offset)
{
    const uint32_t interrupts = save_and_disable_interrupts();
    flash_range_erase(offset, FLASH_SECTOR_SIZE);
    restore_interrupts(interrupts);
}

static bool program_page(uint32_t offset, const uint8_t *page)
{
    const uint32_t interrupts = save_and_disable_interrupts();
    flash_range_program(offset, page, FLASH_PAGE_SIZE);
    restore_interrupts(interrupts);
    return memcmp(mapped(offset), page, FLASH_PAGE_SIZE) == 0;
}

static uint32_t header_offset(unsigned slot)
{
    return slot_offset(slot) + VOX_SLOT_BYTES;
}

static uint32_t check_of(const slot_header *header)
{
    return ~(header->magic ^ header->order ^ header->size);
}

/* The header's order where there is a sound one, else 0. */
static uint32_t kept_order(unsigned slot, slot_header *header)
{
    memcpy(header, mapped(header_offset(slot)), sizeof *header);
    const bool sound = header->magic == MAGIC && header->check == check_of(header) && header->size <= VOX_SLOT_BYTES;
    return sound ? header->order : 0;
}

size_t hal_slot_size(void)
{
    return VOX_SLOT_BYTES;
}

bool hal_slots_persist(void)
{
    return true;
}

const uint8_t *hal_slot_data(unsigned slot)
{
    return mapped(slot_offset(slot));
}

bool hal_slot_begin(unsigned slot, size_t size)
{
    if (slot >= HAL_SLOTS || size > VOX_SLOT_BYTES) {
        return false;
    }
    transfer.slot = slot;
    transfer.size = size;
    erase_sector(header_offset(slot));
    return true;
}

bool hal_slot_write(unsigned slot, size_t offset, const uint8_t *bytes, size_t size)
{
    if (slot != transfer.slot || offset > transfer.size || size > transfer.size - offset) {
        return false;
    }
    for (size_t i = 0; i < size; ++i) {
        const size_t at = offset + i;
        const size_t in_page = at % FLASH_PAGE_SIZE;
        if (in_page == 0) {
            memset(transfer.page, 0xFF, sizeof transfer.page);
        }
        transfer.page[in_page] = bytes[i];
        if (in_page + 1u < FLASH_PAGE_SIZE && at + 1u < transfer.size) {
            continue;
        }
        const uint32_t page = slot_offset(slot) + (uint32_t)(at - in_page);
        if (page % FLASH_SECTOR_SIZE == 0) {
            erase_sector(page);
        }
        if (!program_page(page, transfer.page)) {
            return false;
        }
    }
    return true;
}

bool hal_slot_keep(unsigned slot, size_t size)
{
    slot_header header;
    if (slot >= HAL_SLOTS || size > VOX_SLOT_BYTES) {
        return false;
    }
    const uint32_t other = kept_order(1u - slot, &header);
    header.magic = MAGIC;
    header.order = other + 1u;
    header.size = (uint32_t)size;
    header.check = check_of(&header);
    uint8_t page[FLASH_PAGE_SIZE];
    memset(page, 0xFF, sizeof page);
    memcpy(page, &header, sizeof header);
    return program_page(header_offset(slot), page); /* erased by hal_slot_begin */
}

void hal_slot_forget(void)
{
    uint8_t page[FLASH_PAGE_SIZE];
    memset(page, 0, sizeof page);
    for (unsigned slot = 0; slot < HAL_SLOTS; ++slot) {
        slot_header header;
        if (kept_order(slot, &header) != 0) {
            program_page(header_offset(slot), page); /* bits can be cleared without erasing */
        }
    }
}

size_t hal_slot_kept(unsigned *slot)
{
    slot_header headers[HAL_SLOTS];
    const uint32_t first = kept_order(0, &headers[0]), second = kept_order(1, &headers[1]);
    if (first == 0 && second == 0) {
        return 0;
    }
    *slot = second > first ? 1u : 0u;
    return headers[*slot].size;
}
