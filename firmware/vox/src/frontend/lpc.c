#include "frontend/lpc.h"

#include "frontend/fixed.h"

#define STEEPEST 32735 /* Q15 limit of a reflection coefficient, 0.999 */

/* -numerator / error in Q15, limited. error > 0. */
static int32_t reflection(int32_t numerator, int32_t error)
{
    const unsigned left = 31u - vox_bit_length((uint32_t)error);
    const int32_t divisor = vox_shift_left(error, left) >> 15; /* 2^15..2^16 - 1 */
    if (numerator >= error || -numerator >= error) {
        return numerator > 0 ? -STEEPEST : STEEPEST;
    }
    const int32_t k = -vox_shift_left(numerator, left) / divisor;
    return k > STEEPEST ? STEEPEST : k < -STEEPEST ? -STEEPEST : k;
}

void vox_lpc(int32_t *correlation, unsigned order, int32_t *a)
{
    const unsigned bits = vox_bit_length((uint32_t)correlation[0]);
    for (unsigned i = 0; i <= order; i++) { /* to 29 bits, so that twice the lot keeps below 2^31 */
        correlation[i] = bits > 29u ? correlation[i] >> (bits - 29u) : vox_shift_left(correlation[i], 29u - bits);
        a[i] = 0;
    }
    a[0] = 1 << VOX_LPC_Q;
    int32_t error = correlation[0];
    for (unsigned i = 1; i <= order; i++) {
        int64_t sum = 0;
        for (unsigned j = 0; j < i; j++) {
            sum += (int64_t)a[j] * correlation[i - j];
        }
        sum >>= VOX_LPC_Q;
        const int32_t numerator = (int32_t)(sum > INT32_MAX ? INT32_MAX : sum < -INT32_MAX ? -INT32_MAX : sum);
        const int32_t k = reflection(numerator, error);
        for (unsigned j = 1, mirror = i - 1u; j <= mirror; j++, mirror--) {
            const int32_t front = a[j], back = a[mirror];
            a[j] = front + 2 * vox_multiply_high(back, (int16_t)k);
            a[mirror] = back + 2 * vox_multiply_high(front, (int16_t)k);
        }
        a[i] = k * (1 << (VOX_LPC_Q - 15));
        /* Less k^2 of it, which is below 1; 1 is the least that divides. */
        error -= 2 * vox_multiply_high(error, (int16_t)(k * k >> 15));
        error = error < 1 ? 1 : error;
    }
}
