#include "frontend/curves.h"

const uint16_t vox_log2_table[33] = {
    0,     2909,  5732,  8473,  11136, 13727, 16248, 18704, 21098, 23433, 25711,
    27936, 30109, 32234, 34312, 36346, 38336, 40286, 42196, 44068, 45904, 47705,
    49472, 51207, 52911, 54584, 56229, 57845, 59434, 60997, 62534, 64047, 65535,
};

const uint16_t vox_exp2_table[33] = {
    0,     1435,  2902,  4400,  5932,  7496,  9096,  10730, 12400, 14106, 15850,
    17633, 19454, 21315, 23216, 25160, 27146, 29175, 31249, 33369, 35534, 37747,
    40009, 42320, 44682, 47095, 49562, 52082, 54658, 57289, 59979, 62727, 65535,
};

const uint16_t vox_root_table[49] = {
    32768, 33776, 34756, 35708, 36636, 37540, 38424, 39287, 40132, 40960, 41771, 42567, 43348,
    44115, 44869, 45611, 46341, 47059, 47767, 48465, 49152, 49830, 50499, 51159, 51811, 52454,
    53090, 53719, 54340, 54954, 55561, 56162, 56756, 57344, 57926, 58503, 59073, 59639, 60199,
    60753, 61303, 61848, 62388, 62924, 63455, 63982, 64504, 65022, 65535,
};

static unsigned bits_of(uint64_t value)
{
    const uint32_t upper = (uint32_t)(value >> 32);
    return upper != 0u ? 32u + vox_bit_length(upper) : vox_bit_length((uint32_t)value);
}

int32_t vox_log2(uint64_t value)
{
    const unsigned bits = bits_of(value);
    const uint32_t normal =
        bits > 32u ? (uint32_t)(value >> (bits - 32u)) : (uint32_t)value << (32u - bits); /* the highest bit at 31 */
    const uint32_t i = (normal >> 26) & 31u;
    const uint32_t low = vox_log2_table[i], rise = vox_log2_table[i + 1u] - low;
    return (int32_t)(((bits - 1u) << 16) + low + ((rise * ((normal >> 10) & 0xFFFFu) + 0x8000u) >> 16));
}

uint32_t vox_ratio(uint64_t numerator, uint64_t denominator, unsigned bits)
{
    if (denominator == 0u) {
        return 0u;
    }
    const unsigned length = bits_of(denominator);
    const unsigned shift = length > 31u ? length - 31u : 0u;
    const uint32_t below = (uint32_t)(denominator >> shift);
    uint32_t rest = (uint32_t)(numerator >> shift), quotient = 0;
    if (rest >= below) {
        return (uint32_t)1 << bits;
    }
    for (unsigned i = 0; i < bits; i++) {
        rest <<= 1;
        quotient <<= 1;
        if (rest >= below) {
            rest -= below;
            quotient |= 1u;
        }
    }
    return quotient;
}
