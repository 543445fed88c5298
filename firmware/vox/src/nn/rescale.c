#include "nn/rescale.h"

int32_t vox_multiply_q31_seldom(int32_t x, int32_t m)
{
    return vox_multiply_q31(x, m);
}

/* Once in an image: few channels come here. */
int32_t vox_rescale_channel(int32_t x, int32_t multiplier, int shift, int32_t zero)
{
    return vox_rescale(x, multiplier, shift < VOX_MIN_SHIFT ? shift + VOX_SHIFT_WIDE : shift) + zero;
}
