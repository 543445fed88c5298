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
    const int32_t length = (int32_t)count;
    int32_t sum = 0, energy = 0;
#ifdef VOX_FIXED_DSP
    for (; count >= 4u; count -= 4u, x += 4) {
        const int32_t first = vox_load_pair(x), second = vox_load_pair(x + 2);
        sum = vox_add_products(second, 0x00010001, vox_add_products(first, 0x00010001, sum));
        energy = vox_add_products(second, second, vox_add_products(first, first, energy));
    }
#endif
    for (unsigned n = 0; n < count; n++) {
        sum += x[n];
        energy += x[n] * x[n];
    }
    *total = sum;
    const int32_t mean = sum / length;
    return (uint32_t)(energy - mean * (2 * sum - mean * length));
}

#ifdef VOX_FIXED_DSP

typedef struct {
    int32_t lag[4];
} four_sums;

/* Adds the products of a pair of samples with y, y + 1, y + 2, y + 3. Not as a loop, which would keep the sums in memory. */
static inline void add_pair(four_sums *sums, const int16_t *x, const int16_t *y)
{
    const int32_t pair = vox_load_pair(x);
    sums->lag[0] = vox_add_products(pair, vox_load_pair(y), sums->lag[0]);
    sums->lag[1] = vox_add_products(pair, vox_load_pair(y + 1), sums->lag[1]);
    sums->lag[2] = vox_add_products(pair, vox_load_pair(y + 2), sums->lag[2]);
    sums->lag[3] = vox_add_products(pair, vox_load_pair(y + 3), sums->lag[3]);
}

/* correlation[i] = sum of x[n] * y[n + i], i = 0..3, n = 0..count - 1, count a multiple of 4. Eight samples share the words
 * of y that they are multiplied by. */
static void four_lags(const int16_t *x, unsigned count, const int16_t *y, int32_t *correlation)
{
    four_sums sums = {{0, 0, 0, 0}};
    for (; count >= 8u; count -= 8u, x += 8, y += 8) {
        add_pair(&sums, x, y);
        add_pair(&sums, x + 2, y + 2);
        add_pair(&sums, x + 4, y + 4);
        add_pair(&sums, x + 6, y + 6);
    }
    if (count > 0u) {
        add_pair(&sums, x, y);
        add_pair(&sums, x + 2, y + 2);
    }
    correlation[0] = sums.lag[0];
    correlation[1] = sums.lag[1];
    correlation[2] = sums.lag[2];
    correlation[3] = sums.lag[3];
}

#endif

void vox_correlate_lags(const int16_t *x, unsigned length, const int16_t *y, unsigned count, int32_t *correlation)
{
    unsigned i = 0;
#ifdef VOX_FIXED_DSP
    const unsigned whole = length & ~3u;
    for (; count - i >= 4u; i += 4u) {
        four_lags(x, whole, y + i, correlation + i);
        for (unsigned n = whole; n < length; n++) {
            for (unsigned lag = i; lag < i + 4u; lag++) {
                correlation[lag] += x[n] * y[n + lag];
            }
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
