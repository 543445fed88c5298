/* Fundamental frequency of a frame: normalised correlation of a decimated signal, in integers.
 * docs/numerics.md, "Pitch and formants", specifies it. */
#ifndef VOX_FRONTEND_PITCH_H
#define VOX_FRONTEND_PITCH_H

#include <stddef.h>
#include <stdint.h>

#include "format/cold.h"

#ifdef __cplusplus
extern "C" {
#endif

#define VOX_PITCH_LOWEST_HZ 55u /* the F0 that are looked for */
#define VOX_PITCH_HIGHEST_HZ 600u
#define VOX_PITCH_FLOOR 24u /* rms of the frame, below about 600 Hz, under which nothing is called voiced: -63 dBFS */

#define VOX_PITCH_BLOCKS 3u

/* What a rate, a frame length and a hop fix. Made once by vox_pitch_plan_init; read-only afterwards. */
typedef struct {
    int32_t reference; /* Q16 log2 of the rate over 27.5 Hz, plus 16: of a Q16 period of that frequency */
    uint32_t floor;    /* energy of a window at VOX_PITCH_FLOOR */
    uint16_t window;   /* samples of a frame */
    uint16_t start;    /* samples in front of those that are looked at */
    uint16_t hop;      /* decimated samples from frame to frame, to nearest */
    uint16_t kept;     /* decimated samples of the last frame that the next one needs again; 0: it starts anew */
    uint16_t shortest; /* lags searched, in decimated samples; at most 110 */
    uint16_t longest;
    uint16_t block; /* decimated samples whose products are added up once and for all */
    uint8_t factor; /* of the decimation, 2..12 */
    uint8_t shift;  /* behind the filter's gain of 16 factor^2, to 11 magnitude bits */
} vox_pitch_plan;

/* Decimated samples that a frame is correlated over, at most 180, and all of them: those, and the longest lag. */
static inline unsigned vox_pitch_length(const vox_pitch_plan *plan)
{
    return VOX_PITCH_BLOCKS * (unsigned)plan->block;
}

static inline unsigned vox_pitch_history(const vox_pitch_plan *plan)
{
    return vox_pitch_length(plan) + plan->longest + 1u;
}

/* What a stream remembers from frame to frame, besides its memory. All zeros: the start of a stream. */
typedef struct {
    uint32_t period;  /* Q16 samples of the last frame if it was voiced, otherwise 0 */
    uint32_t loudest; /* energy, falling slowly */
    uint16_t oldest;  /* block */
    uint16_t started;
} vox_pitch_state;

typedef struct {
    uint32_t period;     /* Q16 samples at the plan's rate; 0 where the frame is unvoiced */
    int16_t semitones;   /* Q8 semitones above 27.5 Hz: 3072 is 55 Hz; 0 where the frame is unvoiced */
    int16_t voicing;     /* Q15 probability that the frame is voiced, 0..32767; at least 16384 where it is called so */
    int16_t correlation; /* Q15 normalised correlation at the period, or at the best peak; 0..32767 */
    int32_t mean;        /* Q4, of the decimated samples */
} vox_pitch;

/* rate: 8000..48000 Hz. window: 30 to 100 ms. hop: at least 1. VOX_OK or VOX_ERR_ARGUMENT. */
VOX_COLD int vox_pitch_plan_init(vox_pitch_plan *plan, uint32_t rate, unsigned window, unsigned hop);

/* Bytes of a stream's memory: sums of products for each block and lag, then the decimated samples. A multiple of 4. */
size_t vox_pitch_memory_size(const vox_pitch_plan *plan);

/* vox_pitch_history(plan) decimated samples of the last frame, at most 2^11 in magnitude, in a stream's memory. */
const int16_t *vox_pitch_decimated(const vox_pitch_plan *plan, const int32_t *memory);

/* samples[window], the plan's hop after those of the call before -> *pitch. Causal: nothing but *state and memory, which
 * are updated, is carried from frame to frame. Any samples. */
void vox_pitch_frame(const vox_pitch_plan *plan, vox_pitch_state *state, int32_t *memory, const int16_t *samples,
                     vox_pitch *pitch);

#ifdef __cplusplus
}
#endif
#endif
