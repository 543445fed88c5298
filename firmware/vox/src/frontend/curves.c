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

#ifdef VOX_FIXED_DSP
#define STEP(low, high) ((uint32_t)(low) | ((uint32_t)((high) - (low)) << 16))
/* clang-format off */
const uint32_t vox_root_steps[64] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    STEP(32768, 33776), STEP(33776, 34756), STEP(34756, 35708), STEP(35708, 36636),
    STEP(36636, 37540), STEP(37540, 38424), STEP(38424, 39287), STEP(39287, 40132),
    STEP(40132, 40960), STEP(40960, 41771), STEP(41771, 42567), STEP(42567, 43348),
    STEP(43348, 44115), STEP(44115, 44869), STEP(44869, 45611), STEP(45611, 46341),
    STEP(46341, 47059), STEP(47059, 47767), STEP(47767, 48465), STEP(48465, 49152),
    STEP(49152, 49830), STEP(49830, 50499), STEP(50499, 51159), STEP(51159, 51811),
    STEP(51811, 52454), STEP(52454, 53090), STEP(53090, 53719), STEP(53719, 54340),
    STEP(54340, 54954), STEP(54954, 55561), STEP(55561, 56162), STEP(56162, 56756),
    STEP(56756, 57344), STEP(57344, 57926), STEP(57926, 58503), STEP(58503, 59073),
    STEP(59073, 59639), STEP(59639, 60199), STEP(60199, 60753), STEP(60753, 61303),
    STEP(61303, 61848), STEP(61848, 62388), STEP(62388, 62924), STEP(62924, 63455),
    STEP(63455, 63982), STEP(63982, 64504), STEP(64504, 65022), STEP(65022, 65535),
};
/* clang-format on */
#undef STEP
#else
const uint16_t vox_root_table[49] = {
    32768, 33776, 34756, 35708, 36636, 37540, 38424, 39287, 40132, 40960, 41771, 42567, 43348,
    44115, 44869, 45611, 46341, 47059, 47767, 48465, 49152, 49830, 50499, 51159, 51811, 52454,
    53090, 53719, 54340, 54954, 55561, 56162, 56756, 57344, 57926, 58503, 59073, 59639, 60199,
    60753, 61303, 61848, 62388, 62924, 63455, 63982, 64504, 65022, 65535,
};
#endif

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
    return vox_log2_normal(bits, normal);
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
