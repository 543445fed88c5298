/* Twiddles beyond the end of their table. */
#ifndef VOX_FRONTEND_TWIDDLE_H
#define VOX_FRONTEND_TWIDDLE_H

#include "frontend/fixed.h"
#include "frontend/section.h"

/* At indices up to 3/4 of the circle of `size`. */
static inline vox_twiddle vox_twiddle_at(const int16_t *table, unsigned index, unsigned size)
{
    int16_t cosine, sine;
    vox_twiddle_folded(table, index, size, &cosine, &sine);
    return vox_twiddle_make(cosine, sine);
}

#endif
