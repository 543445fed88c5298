/* Autocorrelation of a short block of samples. */
#ifndef VOX_FRONTEND_AUTOCORRELATION_H
#define VOX_FRONTEND_AUTOCORRELATION_H

#include <stdint.h>

#define VOX_CORRELATION_BITS 11u    /* samples lie in -2^11..2^11 - 1, */
#define VOX_CORRELATION_LENGTH 511u /* and there are at most so many: sums of products keep below 2^31 */
#define VOX_CORRELATION_PADDING 10u /* zeros behind them */

/* Sum of x[n] * y[n], n = 0..count - 1. */
int32_t vox_correlate(const int16_t *x, const int16_t *y, unsigned count);

/* Energy of x[count] about its mean; *total: the sum of x. |x| <= 2^11, count <= 255. */
uint32_t vox_energy(const int16_t *x, unsigned count, int32_t *total);

/* correlation[i] = sum of x[n] * y[n + i], n = 0..length - 1, for i = 0..count - 1. */
void vox_correlate_lags(const int16_t *x, unsigned length, const int16_t *y, unsigned count, int32_t *correlation);

/* correlation[i] = sum over n of x[n] * x[n + first + i] for i = 0..count - 1, n + first + i < length.
 * x: followed by VOX_CORRELATION_PADDING zeros, with which whole words of products are filled; first + count <= length. */
void vox_autocorrelate(const int16_t *x, unsigned length, unsigned first, unsigned count, int32_t *correlation);

#endif
