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

/* Upper half of a and lower half of b: the pair that lies across two words. */
static inline int32_t across(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a >> 16 | (uint32_t)b << 16);
}

#endif

int32_t vox_correlate(const int16_t *x, const int16_t *y, unsigned count)
{
    int32_t sum = 0;
#ifdef VOX_FIXED_DSP
    for (; count >= 4u; count -= 4u, x += 4, y += 4) {
        sum = add_products(load_pair(x), load_pair(y), sum);
        sum = add_products(load_pair(x + 2), load_pair(y + 2), sum);
    }
#endif
    for (unsigned n = 0; n < count; n++) {
        sum += x[n] * y[n];
    }
    return sum;
}

#ifdef VOX_FIXED_DSP

/* Four lags at a time: two words of x and three of what lies `lag` behind make sixteen products. */
static void four_lags(const int16_t *x, unsigned length, unsigned lag, int32_t *correlation)
{
    const int16_t *y = x + lag, *start = x;
    int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    int32_t y0 = load_pair(y), y1 = load_pair(y + 2);
    unsigned left = length - lag - 3u; /* products of the fourth lag */
    for (; left >= 5u; left -= 4u) {   /* the last word read ends one sample behind those needed */
        const int32_t x0 = load_pair(x), x1 = load_pair(x + 2);
        const int32_t y2 = load_pair(y + 4);
        const int32_t y3 = load_pair(y + 6);
        const int32_t middle = across(y1, y2);
        sum0 = add_products(x0, y0, sum0);
        sum1 = add_products(x0, across(y0, y1), sum1);
        sum2 = add_products(x0, y1, sum2);
        sum3 = add_products(x0, middle, sum3);
        sum0 = add_products(x1, y1, sum0);
        sum1 = add_products(x1, middle, sum1);
        sum2 = add_products(x1, y2, sum2);
        sum3 = add_products(x1, across(y2, y3), sum3);
        y0 = y2;
        y1 = y3;
        x += 4;
        y += 4;
    }
    const unsigned done = (unsigned)(x - start);
    correlation[0] = sum0 + vox_correlate(x, y, length - lag - done);
    correlation[1] = sum1 + vox_correlate(x, y + 1, length - lag - done - 1u);
    correlation[2] = sum2 + vox_correlate(x, y + 2, length - lag - done - 2u);
    correlation[3] = sum3 + vox_correlate(x, y + 3, length - lag - done - 3u);
}

#endif

void vox_autocorrelate(const int16_t *x, unsigned length, unsigned first, unsigned count, int32_t *correlation)
{
    unsigned i = 0;
#ifdef VOX_FIXED_DSP
    for (; i + 4u <= count && first + i + 8u <= length; i += 4u) {
        four_lags(x, length, first + i, correlation + i);
    }
#endif
    for (; i < count; i++) {
        correlation[i] = vox_correlate(x, x + first + i, length - first - i);
    }
}
