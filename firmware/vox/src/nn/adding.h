/* What ADD knows. vox_add_values(p, output, count) is of the kind of core; the output is an addend or apart from both. */
#ifndef VOX_NN_ADDING_H
#define VOX_NN_ADDING_H

#include <stdint.h>

#define VOX_ADD_HEADROOM 20 /* bits of fraction that both inputs are given before they are rescaled */

typedef struct {
    const int8_t *values;
    int32_t zero, multiplier;
    int shift; /* VOX_MIN_SHIFT..0 */
} vox_addend;

typedef struct {
    vox_addend a, b;
    int32_t multiplier; /* of the sum */
    int shift;          /* VOX_MIN_SHIFT..0 */
    int32_t zero, low, high;
} vox_adding;

#endif
