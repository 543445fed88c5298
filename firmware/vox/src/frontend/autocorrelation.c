#include "frontend/autocorrelation.h"

#include "frontend/fixed.h"

int vox_to_correlation_bits(const int32_t *values, unsigned length, int32_t mean, int32_t least, int32_t most,
                            int16_t *samples)
{
    const int32_t up = most - mean, down = ~(least - mean); /* magnitude bits are those of x or of ~x */
    const uint32_t magnitude = vox_bit_length((uint32_t)((up > down ? up : down) > 0 ? (up > down ? up : down) : 0));
    if (magnitude > VOX_CORRELATION_BITS) {
        const unsigned right = magnitude - VOX_CORRELATION_BITS;
        for (unsigned i = 0; i < length; i++) {
            samples[i] = (int16_t)((values[i] - mean) >> right);
        }
        return (int)right;
    }
    const unsigned left = VOX_CORRELATION_BITS - magnitude;
    for (unsigned i = 0; i < length; i++) {
        samples[i] = (int16_t)vox_shift_left(values[i] - mean, left);
    }
    return -(int)left;
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

/* Four lags at a time, sixteen products from eight words, over the zeros behind the samples. */
static void four_lags(const int16_t *x, unsigned length, unsigned lag, int32_t *correlation)
{
    const int16_t *y = x + lag;
    const int16_t *const end = x + length;
    int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    for (; y < end; x += 4, y += 4) {
        const int32_t x0 = load_pair(x), x1 = load_pair(x + 2), y2 = load_pair(y + 2), y3 = load_pair(y + 3);
        sum0 = add_products(x0, load_pair(y), sum0);
        sum1 = add_products(x0, load_pair(y + 1), sum1);
        sum2 = add_products(x0, y2, sum2);
        sum3 = add_products(x0, y3, sum3);
        sum0 = add_products(x1, y2, sum0);
        sum1 = add_products(x1, y3, sum1);
        sum2 = add_products(x1, load_pair(y + 4), sum2);
        sum3 = add_products(x1, load_pair(y + 5), sum3);
    }
    correlation[0] = sum0;
    correlation[1] = sum1;
    correlation[2] = sum2;
    correlation[3] = sum3;
}

#endif

void vox_autocorrelate(const int16_t *x, unsigned length, unsigned first, unsigned count, int32_t *correlation)
{
    unsigned i = 0;
#ifdef VOX_FIXED_DSP
    for (; i + 4u <= count; i += 4u) {
        four_lags(x, length, first + i, correlation + i);
    }
#endif
    for (; i < count; i++) {
        correlation[i] = vox_correlate(x, x + first + i, length - first - i);
    }
}
