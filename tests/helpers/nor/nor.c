#define NOR_C
#include "nor.h"

#include <stdlib.h>
#include <string.h>

#define SECTOR_MOST 4096u

/* What the processor sees, and what the cells hold: they differ only while a store has not been settled. */
_Alignas(SECTOR_MOST) uint8_t nor_memory[NOR_BYTES];
static uint8_t cells[NOR_BYTES];
static uint32_t operations, left = UINT32_MAX, noise, stuck = UINT32_MAX;
static unsigned share;

uint32_t nor_operations(void)
{
    return operations;
}

void nor_cut(uint32_t countdown, unsigned torn, uint32_t seed)
{
    left = countdown;
    share = torn;
    noise = seed * 2654435761u + 1u;
}

void nor_stick(uint32_t offset)
{
    stuck = offset;
}

void nor_load(const uint8_t *image)
{
    memcpy(cells, image, sizeof cells);
    memcpy(nor_memory, image, sizeof cells);
}

static uint8_t random_byte(void)
{
    noise = noise * 1664525u + 1013904223u;
    return (uint8_t)(noise >> 24);
}

/* to: what the operation leaves at `offset` where the power lasts. */
static void change(uint32_t offset, const uint8_t *to, uint32_t count)
{
    if (offset > NOR_BYTES || count > NOR_BYTES - offset || offset % count != 0) {
        abort();
    }
    ++operations;
    const int fails = left == 0;
    left -= left != UINT32_MAX;
    const uint32_t done = fails ? count * share / 8u : count;
    for (uint32_t i = 0; i < count; ++i) {
        const uint8_t some = random_byte();
        const uint8_t mask = i < done ? 0xFFu : fails && i < done + 8u ? some : 0u;
        if (offset + i != stuck) {
            cells[offset + i] = (uint8_t)((cells[offset + i] & ~mask) | (to[i] & mask));
        }
        nor_memory[offset + i] = cells[offset + i];
    }
    if (fails) {
        left = UINT32_MAX;
        nor_power_fails();
    }
}

void nor_erase(uint32_t offset, uint32_t count)
{
    uint8_t ones[SECTOR_MOST];
    if (count > sizeof ones) {
        abort();
    }
    memset(ones, 0xFF, sizeof ones);
    change(offset, ones, count);
}

void nor_program(uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    uint8_t to[256];
    if (count > sizeof to || offset > NOR_BYTES - count) {
        abort();
    }
    for (uint32_t i = 0; i < count; ++i) {
        to[i] = cells[offset + i] & bytes[i];
    }
    change(offset, to, count);
}

void nor_settle(int may_write)
{
    for (uint32_t at = 0; at < NOR_BYTES; at += 4u) {
        uint8_t stored[4];
        if (memcmp(nor_memory + at, cells + at, sizeof stored) == 0) {
            continue;
        }
        if (!may_write) {
            abort();
        }
        memcpy(stored, nor_memory + at, sizeof stored);
        nor_program(at, stored, sizeof stored);
        return;
    }
}
