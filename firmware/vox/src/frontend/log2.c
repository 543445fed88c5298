#include "frontend/log2.h"

#include "vox/frontend.h"

int16_t vox_energy_log2(vox_energy energy, const uint16_t *table)
{
    const unsigned bits = vox_bit_length(energy.mantissa);
    const int32_t octave = energy.exponent + (int32_t)bits - 1;
    if (bits == 0u || octave < 0) {
        return 0;
    }
    if (octave > 63) {
        return INT16_MAX;
    }
    const uint32_t normal = energy.mantissa << (31u - bits); /* the highest bit at bit 30 */
    const uint32_t i = (normal >> 25) & 31u;
    const uint32_t fraction = (normal >> 9) & 0xFFFFu;
    const uint32_t low = table[i];
    const uint32_t rise = table[i + 1u] - low; /* the check makes sure that the table does not fall */
    const uint32_t log = ((uint32_t)octave << 16) + low + ((rise * fraction + 0x8000u) >> 16);
    const uint32_t feature = (log + (1u << (15 - VOX_FEATURE_Q))) >> (16 - VOX_FEATURE_Q);
    return feature > (uint32_t)INT16_MAX ? INT16_MAX : (int16_t)feature;
}
