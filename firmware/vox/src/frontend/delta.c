#include "frontend/delta.h"

#include <string.h>

int16_t vox_delta(int16_t *history, unsigned span, int warm, int16_t value)
{
    if (!warm) {
        for (unsigned i = 0; i < 2u * span; i++) {
            history[i] = value;
        }
    } else {
        memmove(history, history + 1, sizeof(int16_t) * 2u * span);
    }
    history[2u * span] = value;
    const int16_t *middle = history + span;
    const int32_t n_most = (int32_t)span;
    const int32_t squares = n_most * (n_most + 1) * (2 * n_most + 1) / 6; /* sum of n^2 */
    int32_t sum = 0;                                                      /* |sum| <= 36 * 65535 */
    for (int32_t n = 1; n <= n_most; n++) {
        sum += n * (middle[n] - middle[-n]);
    }
    /* floor((sum + squares) / (2 squares)); |result| <= 65535 * sum of n / 2 sum of n^2 <= 32767.5 */
    const int32_t divisor = 2 * squares;
    sum += squares;
    const int32_t quotient = sum / divisor;
    const int32_t result = sum % divisor < 0 ? quotient - 1 : quotient;
    return (int16_t)(result > INT16_MAX ? INT16_MAX : result);
}
