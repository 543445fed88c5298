/* Formants of a frame: peaks of the spectral envelope by integer linear prediction. */
#ifndef VOX_FRONTEND_FORMANTS_H
#define VOX_FRONTEND_FORMANTS_H

#include <stddef.h>
#include <stdint.h>

#define VOX_FORMANTS 3u

/* What a rate and a frame length fix. Made once by vox_formant_plan_init; read-only afterwards. */
typedef struct {
    uint32_t rate;     /* samples a second */
    uint16_t window;   /* samples of a frame */
    uint16_t length;   /* samples of the decimated frame */
    uint16_t lpc_rate; /* Hz, of the decimated frame: 8000..12000 */
    uint8_t up, down;  /* lpc_rate = rate * up / down */
    uint8_t order;
} vox_formant_plan;

/* rate: 8000..48000 Hz. window: 15 to 60 ms, at most 2880 samples. VOX_OK or VOX_ERR_ARGUMENT. */
int vox_formant_plan_init(vox_formant_plan *plan, uint32_t rate, unsigned window);

/* Bytes of scratch, 4-byte aligned and free between calls. A multiple of 8. */
size_t vox_formants_scratch_size(const vox_formant_plan *plan);

/* samples[window] -> hz[VOX_FORMANTS]: F1 < F2 < F3 in Hz, 0 where none was found. Any samples; needs no state. */
void vox_formants_frame(const vox_formant_plan *plan, const int16_t *samples, int32_t *scratch, int16_t *hz);

#endif
