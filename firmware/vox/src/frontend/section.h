/* The FRNT section as the front end's rooms see it. */
#ifndef VOX_FRONTEND_SECTION_H
#define VOX_FRONTEND_SECTION_H

#include <stdint.h>

/* Entries (cosine, sine pairs) of the twiddle table for an FFT of `size`. */
static inline unsigned vox_twiddle_pairs(unsigned size)
{
    return 3u * size / 8u + 1u;
}

/* Cosine and sine of 2 pi index / size for indices up to 3/4 of the circle. The table ends at 3/8 of it; what follows is
 * folded onto the table about the half circle. */
static inline void vox_twiddle_folded(const int16_t *table, unsigned index, unsigned size, int16_t *cosine,
                                      int16_t *sine)
{
    if (index <= 3u * (size / 8u)) {
        *cosine = table[2u * index];
        *sine = table[2u * index + 1u];
    } else if (index <= size / 2u) {
        *cosine = (int16_t)-table[size - 2u * index];
        *sine = table[size - 2u * index + 1u];
    } else {
        *cosine = (int16_t)-table[2u * index - size];
        *sine = (int16_t)-table[2u * index - size + 1u];
    }
}

#endif
