/* Formants of a frame: resonances of a linear predictor, in integers.
 * docs/numerics.md, "Pitch and formants", specifies it. */
#ifndef VOX_FRONTEND_FORMANTS_H
#define VOX_FRONTEND_FORMANTS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VOX_FORMANTS 3u
#define VOX_FORMANT_LOWEST_HZ 100u /* resonances outside are no formants */
#define VOX_FORMANT_HIGHEST_HZ 5000u

/* What a rate and a frame length fix. Made once by vox_formant_plan_init; read-only afterwards. */
typedef struct {
    uint16_t window;   /* samples of a frame */
    uint16_t offset;   /* samples in front of those that are used: the middle 40 ms at most */
    uint16_t length;   /* samples of the decimated frame, even, at most 480 */
    uint16_t lpc_rate; /* Hz of the decimated frame, rate / factor: 8000..12000, but 6000..8000 from 12..16 kHz */
    uint16_t order;    /* of the prediction: 6, 8 or 10 */
    uint16_t factor;   /* samples of a block that make one */
} vox_formant_plan;

/* rate: 8000..48000 Hz. window: 15 to 100 ms; speech wants 20 to 25. VOX_OK or VOX_ERR_ARGUMENT. */
int vox_formant_plan_init(vox_formant_plan *plan, uint32_t rate, unsigned window);

/* Bytes of scratch, 4-byte aligned and free between calls. A multiple of 8. */
size_t vox_formants_scratch_size(const vox_formant_plan *plan);

/* samples[window] -> hz[VOX_FORMANTS]: F1 < F2 < F3 in Hz, 0 where none was found. Any samples, at any level; needs no
 * state, and does not ask whether the frame is voiced. */
void vox_formants_frame(const vox_formant_plan *plan, const int16_t *samples, int32_t *scratch, int16_t *hz);

#ifdef __cplusplus
}
#endif
#endif
