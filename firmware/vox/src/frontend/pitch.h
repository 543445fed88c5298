/* Fundamental frequency of a frame: normalised autocorrelation of a decimated signal, in integers. */
#ifndef VOX_FRONTEND_PITCH_H
#define VOX_FRONTEND_PITCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VOX_PITCH_LOWEST_HZ 55u /* F0 that is looked for: the range of eGeMAPS, as far as speech goes */
#define VOX_PITCH_HIGHEST_HZ 800u

/* What a rate and a frame length fix. Made once by vox_pitch_plan_init; read-only afterwards. */
typedef struct {
    uint32_t rate;     /* samples a second */
    uint16_t window;   /* samples of a frame */
    uint16_t length;   /* samples of the decimated frame */
    uint16_t shortest; /* lags searched, in decimated samples */
    uint16_t longest;
    uint8_t factor; /* decimation */
    uint8_t fine;   /* decimation of the signal that periods are refined and marked on */
    uint16_t fine_length;
} vox_pitch_plan;

/* What a stream remembers from frame to frame. All zeros: the start of a stream. */
typedef struct {
    uint32_t period;  /* Q16 samples of the last voiced frame; 0 after an unvoiced one */
    int16_t strength; /* Q15 correlation of the last frame */
    uint16_t run;     /* voiced frames in a row, at most 65535 */
} vox_pitch_state;

typedef struct {
    uint32_t period;     /* Q16 samples at the plan's rate; 0 where the frame is unvoiced */
    int16_t semitones;   /* Q8 semitones above 27.5 Hz: 3072 is 55 Hz; 0 where the frame is unvoiced */
    int16_t voicing;     /* Q15 probability that the frame is voiced, 0..32767; voiced frames have at least 16384 */
    int16_t correlation; /* Q15 normalised autocorrelation at the period, or the highest one found; 0..32767 */
} vox_pitch;

/* rate: 8000..48000 Hz. window: 30 to 100 ms, at most 4800 samples. VOX_OK or VOX_ERR_ARGUMENT. */
int vox_pitch_plan_init(vox_pitch_plan *plan, uint32_t rate, unsigned window);

/* Bytes of scratch, 4-byte aligned and free between calls, that every function below works in. A multiple of 8. */
size_t vox_pitch_scratch_size(const vox_pitch_plan *plan);

/* samples[window] -> *pitch. Causal: nothing but *state is carried from frame to frame, and it is updated. Any samples.
 * The result does not depend on the level, down to a frame's amplitude of some ten steps of int16. */
void vox_pitch_frame(const vox_pitch_plan *plan, vox_pitch_state *state, const int16_t *samples, int32_t *scratch,
                     vox_pitch *pitch);

#ifdef __cplusplus
}
#endif
#endif
