/* Fundamental frequency of a frame: normalised autocorrelation of a decimated signal, in integers.
 * docs/numerics.md, "Pitch and formants", specifies it. */
#ifndef VOX_FRONTEND_PITCH_H
#define VOX_FRONTEND_PITCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VOX_PITCH_LOWEST_HZ 55u /* the F0 that are looked for */
#define VOX_PITCH_HIGHEST_HZ 600u
#define VOX_PITCH_FLOOR 24u /* rms of the frame, below about 600 Hz, under which nothing is called voiced: -63 dBFS */

/* What a rate and a frame length fix. Made once by vox_pitch_plan_init; read-only afterwards. */
typedef struct {
    uint32_t rate;     /* samples a second */
    uint16_t window;   /* samples of a frame */
    uint16_t offset;   /* samples in front of those that F0 is found in: the middle 40 ms */
    uint16_t length;   /* samples of the decimated frame, at most 240 */
    uint16_t shortest; /* lags searched, in decimated samples; at most 110 */
    uint16_t longest;
    uint16_t factor;      /* of the decimation, 2..12 */
    uint16_t fine;        /* of the decimation for voice quality, 1..6 */
    uint16_t fine_length; /* samples after it, at most 480 */
} vox_pitch_plan;

/* What a stream remembers from frame to frame. All zeros: the start of a stream. */
typedef struct {
    uint32_t period; /* Q16 samples of the last frame if it was voiced, otherwise 0 */
} vox_pitch_state;

typedef struct {
    uint32_t period;     /* Q16 samples at the plan's rate; 0 where the frame is unvoiced */
    int16_t semitones;   /* Q8 semitones above 27.5 Hz: 3072 is 55 Hz; 0 where the frame is unvoiced */
    int16_t voicing;     /* Q15 probability that the frame is voiced, 0..32767; at least 16384 where it is called so */
    int16_t correlation; /* Q15 normalised autocorrelation at the period, or the highest one found; 0..32767 */
} vox_pitch;

/* rate: 8000..48000 Hz. window: 30 to 100 ms. VOX_OK or VOX_ERR_ARGUMENT. */
int vox_pitch_plan_init(vox_pitch_plan *plan, uint32_t rate, unsigned window);

/* Bytes of scratch, 4-byte aligned and free between calls, that vox_pitch_frame and vox_voice_quality_frame work in.
 * A multiple of 8. */
size_t vox_pitch_scratch_size(const vox_pitch_plan *plan);

/* samples[window] -> *pitch. Causal: nothing but *state is carried from frame to frame, and it is updated. Any samples.
 * Above VOX_PITCH_FLOOR the result does not depend on the level but for rounding. */
void vox_pitch_frame(const vox_pitch_plan *plan, vox_pitch_state *state, const int16_t *samples, int32_t *scratch,
                     vox_pitch *pitch);

#ifdef __cplusplus
}
#endif
#endif
