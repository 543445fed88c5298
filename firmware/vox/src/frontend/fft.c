#include "frontend/fft.h"

#include "frontend/butterfly.h"
#include "frontend/first_stage.h"
#include "frontend/radix4.h"
#include "frontend/real.h"

/* A size-N real transform is a complex one of size M = N/2 over z[n] = x[2n] + i x[2n+1], followed by the split step.
 *
 * Why nothing overflows, for any samples and any tables that vox_frontend_check lets pass (|w| <= 1 + 2^-15):
 * windowed samples lie in -2^24..2^24, so |z| <= sqrt(2) * 2^24 = 2^24.5. A radix-2 stage doubles the bound at most. A
 * radix-4 stage adds four legs, each halved, three of them rotated: at most 2 * (1 + 2^-15) times the bound, plus less
 * than 9 for the floors. The largest size, M = 2048, has one radix-2 and five radix-4 stages:
 * 2^24.5 * 2 * 2^5 * (1 + 2^-15)^5 + 9 * 2^5 < 2^30.51. The split step takes halves of two such values, and then half the
 * sum of two of those, so that its results keep below the same bound. Sums on the way are sums of fewer of the same
 * terms. */

/* Number of magnitude bits b of the frame, 0..15: -2^b <= x < 2^b for all samples. In x ^ (x << 1) the highest set bit is
 * bit b. Two samples are taken at a time; the bit that the lower one pushes into the upper one is bit 0, which counts as
 * b = 0 anyway. */
static unsigned magnitude_bits(const int16_t *samples, unsigned length)
{
    uint32_t bits = 0;
    unsigned i = 0;
    if (((uintptr_t)samples & 3u) == 0u) {
        const int16_t *pair = samples;
        for (; i + 8u <= length; i += 8u, pair += 8) {
            uint32_t word[4];
#if defined(__GNUC__)
            memcpy(word, __builtin_assume_aligned(pair, 4), sizeof word);
#else
            memcpy(word, pair, sizeof word);
#endif
            bits |= (word[0] ^ (word[0] << 1)) | (word[1] ^ (word[1] << 1));
            bits |= (word[2] ^ (word[2] << 1)) | (word[3] ^ (word[3] << 1));
        }
        bits = (bits | (bits >> 16)) & 0xFFFFu;
    }
    for (; i < length; i++) {
        const uint32_t word = (uint16_t)samples[i];
        bits |= (word ^ (word << 1)) & 0xFFFFu;
    }
    return vox_bit_length(bits | 1u) - 1u;
}

/* vox_real_bins() for bins first..last and their mirrors; bins 0 and `points`, which mirror each other, have a way of their own. */
static void split(vox_complex *z, unsigned points, const int16_t *twiddle, unsigned first, unsigned last)
{
    if (first == 0u || last == points) {
        const vox_complex zero = vox_half(z[0]);
        z[0].re = zero.re + zero.im;
        z[0].im = 0;
        z[points].re = zero.re - zero.im;
        z[points].im = 0;
    }
    /* k runs over the lower of every two mirrored bins of which one at least is wanted. */
    const unsigned mirror_first = points - last, mirror_last = points - first;
    unsigned low = first < mirror_first ? first : mirror_first;
    unsigned high = last < mirror_last ? last : mirror_last;
    if (last >= points / 2u && first <= points / 2u) {
        high = points / 2u;
    }
    if (low == 0u) {
        low = 1u;
    }
    if (low <= high) {
        vox_real_bins(z + low, z + (points - low), twiddle + 2u * low, twiddle + 2u * high);
    }
}

int vox_fft_windowed(const vox_fft_plan *plan, const int16_t *samples, unsigned first, unsigned last, int32_t *spectrum)
{
    const unsigned points = plan->size / 2u;
    const unsigned bits = magnitude_bits(samples, plan->length);
    const unsigned odd = plan->length % 2u, end = plan->length - 1u;
    const int32_t lone = odd != 0u ? samples[end] * (int32_t)plan->window[end] : 0;
    const vox_windowed input = {samples, plan->window, plan->length / 2u, odd, lone, 16u - bits};
    vox_complex *z = (vox_complex *)(void *)spectrum;
    unsigned quarter, halvings = 0;
    if ((vox_bit_length(points) & 1u) != 0u) { /* points is a power of four */
        vox_first_radix4(&input, points / 4u, z);
        quarter = 4u;
        halvings = 1u;
    } else {
        vox_first_radix2(&input, points / 2u, z);
        quarter = 2u;
    }
    for (; quarter < points; quarter *= 4u) {
        vox_radix4_stage(z, points, quarter, plan->twiddle, plan->size / (4u * quarter));
        halvings++;
    }
    split(z, points, plan->twiddle, first, last);
    /* samples * window / 2^15 was scaled by 2^(VOX_WINDOWED_BITS - bits); the split step took one more half. */
    return (int)VOX_WINDOWED_BITS - (int)bits - (int)halvings - 1;
}
