/* Writing and reading the payloads of vox/link_format.h: little-endian, at any address. */
#ifndef VOX_MESSAGES_H
#define VOX_MESSAGES_H

#include <stdint.h>

#include "vox/link_format.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline uint8_t *vox_put_u8(uint8_t *at, uint8_t value)
{
    at[0] = value;
    return at + 1;
}

static inline uint8_t *vox_put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    return at + 2;
}

static inline uint8_t *vox_put_u32(uint8_t *at, uint32_t value)
{
    return vox_put_u16(vox_put_u16(at, (uint16_t)value), (uint16_t)(value >> 16));
}

static inline uint16_t vox_get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | (uint16_t)(at[1] << 8));
}

static inline uint32_t vox_get_u32(const uint8_t *at)
{
    return vox_get_u16(at) | (uint32_t)vox_get_u16(at + 2) << 16;
}

/* Two's complement without relying on how out-of-range values convert. */
static inline int16_t vox_get_i16(const uint8_t *at)
{
    const int32_t value = vox_get_u16(at);
    return (int16_t)(value < 0x8000 ? value : value - 0x10000);
}

#ifdef __cplusplus
}
#endif
#endif
