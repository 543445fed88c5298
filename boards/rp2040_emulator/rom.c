/* A stand-in for the RP2040's boot ROM, which emulators do not have: the functions that pico-sdk looks up. There is no
 * floating point, so firmware takes the compiler's. Erasing and programming take as long as on a W25Q16 of the Pico. */
#include <stdint.h>

typedef struct {
    uint16_t code, value;
} rom_entry;

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define TIMER_LOW REGISTER(0x40054028u)
#define FLASH 0x10000000u
#define ERASE_US 45000u /* a sector */
#define PROGRAM_US 400u /* a page */
#define SECTOR 4096u
#define PAGE 256u

/* The runner starts at the second stage in flash, as the chip does; this is for a reset without it. */
void rom_reset(void)
{
    void (*const program)(void) = (void (*)(void))(uintptr_t)REGISTER(FLASH + 0x104u);
    program();
    for (;;) {
    }
}

void rom_fault(void)
{
    __asm__ volatile("bkpt #0xfe");
    for (;;) {
    }
}

void *rom_lookup(const rom_entry *table, uint32_t code)
{
    for (; table->code != 0; ++table) {
        if (table->code == code) {
            return (void *)(uintptr_t)table->value;
        }
    }
    return (void *)0;
}

void *rom_memcpy(void *to, const void *from, uint32_t count)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    if ((((uintptr_t)t | (uintptr_t)f) & 3u) == 0) {
        for (; count >= 4u; count -= 4u, t += 4, f += 4) {
            *(uint32_t *)(void *)t = *(const uint32_t *)(const void *)f;
        }
    }
    while (count-- != 0) {
        *t++ = *f++;
    }
    return to;
}

void *rom_memset(void *to, uint32_t byte, uint32_t count)
{
    uint8_t *t = to;
    while (count-- != 0) {
        *t++ = (uint8_t)byte;
    }
    return to;
}

uint32_t rom_popcount(uint32_t x)
{
    uint32_t count = 0;
    for (; x != 0; x &= x - 1u) {
        ++count;
    }
    return count;
}

uint32_t rom_clz(uint32_t x)
{
    uint32_t count = 32;
    for (; x != 0; x >>= 1) {
        --count;
    }
    return count;
}

uint32_t rom_ctz(uint32_t x)
{
    return x == 0 ? 32u : rom_popcount((x & (0u - x)) - 1u);
}

uint32_t rom_reverse(uint32_t x)
{
    uint32_t reversed = 0;
    for (unsigned i = 0; i < 32u; ++i, x >>= 1) {
        reversed = (reversed << 1) | (x & 1u);
    }
    return reversed;
}

void rom_nothing(void)
{
}

static void take(uint32_t microseconds)
{
    const uint32_t start = TIMER_LOW;
    while (TIMER_LOW - start < microseconds) {
    }
}

/* The emulator lets plain stores reach flash, in words. */
void rom_flash_erase(uint32_t offset, uint32_t count, uint32_t block, uint8_t command)
{
    (void)block;
    (void)command;
    for (uint32_t i = 0; i < count; i += 4u) {
        REGISTER(FLASH + offset + i) = 0xFFFFFFFFu;
        if (i % SECTOR == 0) {
            take(ERASE_US);
        }
    }
}

/* Programming clears bits and never sets one. */
void rom_flash_program(uint32_t offset, const uint8_t *data, uint32_t count)
{
    for (uint32_t i = 0; i < count; i += 4u) {
        const uint32_t word = (uint32_t)data[i] | (uint32_t)data[i + 1u] << 8 | (uint32_t)data[i + 2u] << 16 |
                              (uint32_t)data[i + 3u] << 24;
        REGISTER(FLASH + offset + i) &= word;
        if (i % PAGE == 0) {
            take(PROGRAM_US);
        }
    }
}
