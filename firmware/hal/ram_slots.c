/* Pushed models in RAM, for boards without flash to spare: forgotten when switched off. */
#include <string.h>

#include "hal.h"

static uint64_t slots[HAL_SLOTS][VOX_SLOT_BYTES / sizeof(uint64_t)];
static uint32_t highest; /* revision */

size_t hal_slot_size(void)
{
    return sizeof slots[0];
}

bool hal_slots_persist(void)
{
    return false;
}

bool hal_slot_begin(unsigned slot, size_t size)
{
    return slot < HAL_SLOTS && size <= sizeof slots[0];
}

bool hal_slot_write(unsigned slot, size_t offset, const uint8_t *bytes, size_t size)
{
    if (slot >= HAL_SLOTS || offset > sizeof slots[0] || size > sizeof slots[0] - offset) {
        return false;
    }
    memcpy((uint8_t *)slots[slot] + offset, bytes, size);
    return true;
}

const uint8_t *hal_slot_data(unsigned slot)
{
    return (const uint8_t *)slots[slot];
}

bool hal_slot_keep(unsigned slot, size_t size, uint32_t revision)
{
    (void)slot;
    (void)size;
    highest = revision > highest ? revision : highest;
    return true;
}

bool hal_slot_forget(void)
{
    return true;
}

size_t hal_slot_kept(unsigned *slot)
{
    (void)slot;
    return 0;
}

unsigned hal_slot_spare(void)
{
    return 0;
}

uint32_t hal_slot_revision(void)
{
    return highest;
}
