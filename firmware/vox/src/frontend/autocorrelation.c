#include "frontend/autocorrelation.h"

#include "frontend/fixed.h"

void vox_to_correlation_bits(const int32_t *values, unsigned length, int16_t *samples)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < length; i++) {
        bits |= (uint32_t)(values[i] ^ (values[i] >> 31)); /* the magnitude bits, as in docs/numerics.md */
    }
    const unsigned magnitude = vox_bit_length(bits);
    if (magnitude > VOX_CORRELATION_BITS) {
        const unsigned right = magnitude - VOX_CORRELATION_BITS;
        for (unsigned i = 0; i < length; i++) {
            samples[i] = (int16_t)(values[i] >> right);
        }
        return;
    }
    const unsigned left = VOX_CORRELATION_BITS - magnitude;
    for (unsigned i = 0; i < length; i++) {
        samples[i] = (int16_t)vox_shift_left(values[i], left);
    }
}

static int32_t correlate(const int16_t *x, const int16_t *y, unsigned count)
{
    int32_t sum = 0;
    for (unsigned n = 0; n < count; n++) {
        sum += x[n] * y[n];
    }
    return sum;
}

#ifdef VOX_FIXED_DSP

static inline int32_t load_pair(const int16_t *x)
{
    int32_t pair;
    memcpy(&pair, x, sizeof pair);
    return pair;
}

static inline int32_t add_products(int32_t a, int32_t b, int32_t sum)
{
    __asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}

#endif

void vox_autocorrelate(const int16_t *x, unsigned length, unsigned first, unsigned count, int32_t *correlation)
{
    for (unsigned i = 0; i < count; i++) {
        correlation[i] = correlate(x, x + first + i, length - first - i);
    }
}
