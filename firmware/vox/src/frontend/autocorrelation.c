#include "frontend/autocorrelation.h"

#include "frontend/fixed.h"
#include "frontend/pairs.h"

int32_t vox_correlate(const int16_t *x, const int16_t *y, unsigned count)
{
    int32_t sum = 0;
#ifdef VOX_FIXED_DSP
    for (; count >= 4u; count -= 4u, x += 4, y += 4) {
        sum = vox_add_products(vox_load_pair(x), vox_load_pair(y), sum);
        sum = vox_add_products(vox_load_pair(x + 2), vox_load_pair(y + 2), sum);
    }
#endif
    for (unsigned n = 0; n < count; n++) {
        sum += x[n] * y[n];
    }
    return sum;
}

uint32_t vox_energy(const int16_t *x, unsigned count, int32_t *total)
{
    int32_t sum = 0;
    for (unsigned n = 0; n < count; n++) {
        sum += x[n];
    }
    *total = sum;
    const int32_t mean = sum / (int32_t)count;
    return (uint32_t)(vox_correlate(x, x, count) - mean * (2 * sum - mean * (int32_t)count));
}

#ifdef VOX_FIXED_DSP

/* sums[i] = sum of x[n] * y[n + i], i = 0..3, n = 0..count - 1, count a multiple of 4: sixteen products from eight words. */
static void four_lags(const int16_t *x, unsigned count, const int16_t *y, int32_t *sums)
{
    const int16_t *const end = x + count;
    int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    for (; x < end; x += 4, y += 4) {
        const int32_t x0 = vox_load_pair(x), x1 = vox_load_pair(x + 2);
        const int32_t y2 = vox_load_pair(y + 2), y3 = vox_load_pair(y + 3);
        sum0 = vox_add_products(x0, vox_load_pair(y), sum0);
        sum1 = vox_add_products(x0, vox_load_pair(y + 1), sum1);
        sum2 = vox_add_products(x0, y2, sum2);
        sum3 = vox_add_products(x0, y3, sum3);
        sum0 = vox_add_products(x1, y2, sum0);
        sum1 = vox_add_products(x1, y3, sum1);
        sum2 = vox_add_products(x1, vox_load_pair(y + 4), sum2);
        sum3 = vox_add_products(x1, vox_load_pair(y + 5), sum3);
    }
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
}

#endif

void vox_correlate_lags(const int16_t *x, unsigned length, const int16_t *y, unsigned count, int32_t *correlation)
{
    unsigned i = 0;
#ifdef VOX_FIXED_DSP
    const unsigned whole = length & ~3u;
    while (count - i >= 3u) {
        int32_t sums[4];
        const unsigned lags = count - i < 4u ? 3u : 4u;
        four_lags(x, whole, y + i, sums);
        for (unsigned lag = 0; lag < lags; lag++, i++) {
            int32_t sum = sums[lag];
            for (unsigned n = whole; n < length; n++) {
                sum += x[n] * y[n + i];
            }
            correlation[i] = sum;
        }
    }
#endif
    for (; i < count; i++) {
        correlation[i] = vox_correlate(x, y + i, length);
    }
}

void vox_autocorrelate(const int16_t *x, unsigned length, unsigned first, unsigned count, int32_t *correlation)
{
    unsigned i = 0;
#ifdef VOX_FIXED_DSP
    /* Over the zeros behind the samples. */
    for (; i + 4u <= count; i += 4u) {
        four_lags(x, (length - first - i + 3u) & ~3u, x + first + i, correlation + i);
    }
#endif
    for (; i < count; i++) {
        correlation[i] = vox_correlate(x, x + first + i, length - first - i);
    }
}
