/* Energies as small floating-point numbers, and their base-2 logarithm. */
#ifndef VOX_FRONTEND_LOG2_H
#define VOX_FRONTEND_LOG2_H

#include <stdint.h>

#include "frontend/fixed.h"

/* mantissa * 2^exponent, mantissa below 2^31 */
typedef struct {
    uint32_t mantissa;
    int32_t exponent;
} vox_energy;

/* value * 2^exponent for values below 2^63: the highest 31 bits of the value, all of it if it is below 2^31. */
static inline vox_energy vox_energy_make(uint64_t value, int32_t exponent)
{
    vox_energy energy = {(uint32_t)value, exponent};
    const uint32_t upper = (uint32_t)(value >> 31);
    if (upper != 0u) {
        const unsigned bits = vox_bit_length(upper);
        energy.mantissa = (energy.mantissa & 0x7FFFFFFFu) >> bits | upper << (31u - bits);
        energy.exponent += (int32_t)bits;
    }
    return energy;
}

/* Sum, with the exponent of the operand that has the greater one; the bits that the other one loses are cut off. */
static inline vox_energy vox_energy_add(vox_energy a, vox_energy b)
{
    if (a.exponent < b.exponent) {
        const vox_energy swap = a;
        a = b;
        b = swap;
    }
    const uint32_t distance = (uint32_t)(a.exponent - b.exponent);
    a.mantissa += distance > 31u ? 0u : b.mantissa >> distance;
    if (a.mantissa >> 31) {
        a.mantissa >>= 1;
        a.exponent++;
    }
    return a;
}

/* round(512 * log2(energy)), clipped to 0..32767; 0 for no energy.
 * table: uint16_t[33], log2(1 + i/32) in Q16, linear in between (error below 2^-12 octaves). */
int16_t vox_energy_log2(vox_energy energy, const uint16_t *table);

#endif
