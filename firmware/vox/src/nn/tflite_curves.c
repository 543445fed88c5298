#include "nn/tflite_curves.h"

#include "nn/rescale.h"

/* e^x in Q15 for x <= 0, -32768 at least, with `integer` bits before the point, 1..7. */
static int32_t exp_of(int32_t x, uint32_t integer)
{
    static const int16_t factors[] = {25520, 19875, 12055, 4435, 600, 11, 0}; /* e^-1/4, e^-1/2, ... */
    const int32_t quarter = 1 << (13u - integer);
    const int32_t part = (x & (quarter - 1)) - quarter; /* -1/4..0 */
    const int32_t a = part * (1 << integer) + 4096, a2 = vox_times_q15(a, a), a4 = vox_times_q15(a2, a2);
    const int32_t third = vox_times_q15(vox_round_shift(a4, 2) + vox_times_q15(a2, a), 10923);
    int32_t result = vox_clamp(28918 + vox_times_q15(28918, a + vox_round_shift(third + a2, 1)), 0, 32767);
    const int32_t whole = part - x;
    for (uint32_t i = 0; i < 7u && i < integer + 2u; ++i) {
        if ((whole & (quarter << i)) != 0) {
            result = vox_times_q15(result, factors[i]);
        }
    }
    if (integer > 5u && x < -(1 << (20u - integer))) {
        result = 0;
    }
    return x == 0 ? 32767 : result;
}

/* Q13: 2 / (1 + x) of x in Q15, 0..1. */
static int32_t reciprocal_of(int32_t x)
{
    const int32_t half = (x + 32768) >> 1;
    int32_t y = 23130 + vox_times_q15(half, -15420);
    for (unsigned i = 0; i < 3u; ++i) {
        y += 4 * vox_times_q15(y, 8192 - vox_times_q15(half, y));
    }
    return y;
}

int32_t vox_logistic_of(int32_t x)
{
    const int32_t y = vox_clamp(reciprocal_of(exp_of(x > 0 ? -x : x, 3u)) * 2, 0, 32767);
    return x == 0 ? 16384 : x > 0 ? y : 32767 - y;
}

int32_t vox_tanh_of(int32_t x, uint32_t integer)
{
    const int32_t y = vox_clamp((reciprocal_of(exp_of(x > 0 ? -x : x, integer + 1u)) - 8192) * 4, -32768, 32767);
    return x == 0 ? 0 : x > 0 ? y : -y;
}
