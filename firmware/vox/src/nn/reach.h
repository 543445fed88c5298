/* Second operands that strides repeat along axes of the output. */
#ifndef VOX_NN_REACH_H
#define VOX_NN_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "vox/model_format.h"

/* Elements of the second operand that are reached, less one; more than any arena holds where they are too many. */
static inline uint64_t vox_reach_b(const uint32_t strides[3], const vox_tensor *out)
{
    uint64_t reach = 0;
    for (unsigned i = 0; i < 3u; ++i) {
        reach += (uint64_t)strides[i] * (out->dims[i + 1u] - 1u); /* below 2^48 */
    }
    return reach;
}

/* Both operands are read in the order in which the output is written. */
static inline bool vox_in_order(const uint32_t strides[3], const vox_tensor *out)
{
    const uint32_t natural[3] = {(uint32_t)out->dims[2] * out->dims[3], out->dims[3], 1u};
    for (unsigned i = 0; i < 3u; ++i) {
        if (out->dims[i + 1u] > 1u && strides[i] != natural[i]) {
            return false;
        }
    }
    return true;
}

#endif
