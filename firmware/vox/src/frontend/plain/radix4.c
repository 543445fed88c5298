#include "frontend/radix4.h"

#if !defined(VOX_FIXED_DSP) && !defined(VOX_SPLIT_MULTIPLY)
#include "frontend/butterfly.h"
#include "frontend/twiddle.h"

/* The butterfly with the same twiddles in each of `groups` groups. */
static void turned_groups(vox_complex *p, unsigned quarter, unsigned groups, vox_twiddle w1, vox_twiddle w2,
                          vox_twiddle w3)
{
    do {
        vox_butterfly(p, quarter, vox_half(p[0]), vox_rotate(p[2u * quarter], w1), vox_rotate(p[quarter], w2),
                      vox_rotate(p[3u * quarter], w3));
        p += 4u * quarter;
    } while (--groups != 0u);
}

void vox_radix4_stage(vox_complex *z, unsigned points, unsigned quarter, const int16_t *twiddle, unsigned stride)
{
    for (unsigned i = 0; i < points; i += 4u * quarter) {
        vox_complex *p = z + i;
        VOX_IN_REGISTER(p);
        vox_butterfly(p, quarter, vox_half(p[0]), vox_half(p[2u * quarter]), vox_half(p[quarter]),
                      vox_half(p[3u * quarter]));
    }
    for (unsigned j = 1; j < quarter; j++) {
        VOX_IN_REGISTER(j);
        const unsigned index = j * stride;
        const vox_twiddle w1 = vox_twiddle_load(twiddle, index);
        const vox_twiddle w2 = vox_twiddle_at(twiddle, 2u * index, 2u * points);
        const vox_twiddle w3 = vox_twiddle_at(twiddle, 3u * index, 2u * points);
        turned_groups(z + j, quarter, points / (4u * quarter), w1, w2, w3);
    }
}

#endif
