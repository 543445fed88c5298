/* Instruction counts of pitch, voice quality and formants, one frame after the other; their results for comparison with
 * the host. frames.h, which the host writes, holds the sound. */
#include "frontend/pitch.h"
#include "frontend/formants.h"
#include "frontend/voice_quality.h"
#include "measure.h"

#include "frames.h"

static int32_t scratch[2048], memory[1024];

void measure_main(void)
{
    vox_pitch_plan plan;
    vox_pitch_state state = {0};
    vox_voice_quality_state quality_state = {0};
    vox_formant_plan formant_plan;
    uint32_t start = measure_ticks();
    measure_print("clock_ticks", (int32_t)(measure_ticks() - start));
    if (vox_pitch_plan_init(&plan, FRAMES_RATE, FRAMES_WINDOW, FRAMES_HOP) != 0 ||
        vox_formant_plan_init(&formant_plan, FRAMES_RATE, FRAMES_FORMANT_WINDOW) != 0 ||
        vox_pitch_memory_size(&plan) > sizeof memory || vox_formants_scratch_size(&formant_plan) > sizeof scratch) {
        return;
    }
    for (unsigned at = 0; at + FRAMES_WINDOW <= sizeof frames_samples / sizeof frames_samples[0]; at += FRAMES_HOP) {
        const int16_t *samples = frames_samples + at;
        vox_pitch pitch;
        vox_voice_quality quality;
        int16_t hz[VOX_FORMANTS];
        start = measure_ticks();
        vox_pitch_frame(&plan, &state, memory, samples, &pitch);
        const uint32_t pitch_end = measure_ticks();
        vox_voice_quality_frame(&plan, &pitch, &quality_state, samples, vox_pitch_decimated(&plan, memory), &quality);
        const uint32_t quality_end = measure_ticks();
        vox_formants_frame(&formant_plan, samples + (FRAMES_WINDOW - FRAMES_FORMANT_WINDOW) / 2u, scratch, hz);
        const uint32_t end = measure_ticks();
        measure_print("pitch_ticks", (int32_t)(pitch_end - start));
        measure_print("quality_ticks", (int32_t)(quality_end - pitch_end));
        measure_print("formant_ticks", (int32_t)(end - quality_end));
        measure_print("period", (int32_t)pitch.period);
        measure_print("semitones", pitch.semitones);
        measure_print("voicing", pitch.voicing);
        measure_print("correlation", pitch.correlation);
        for (unsigned i = 0; i < VOX_FORMANTS; i++) {
            measure_print("formant", hz[i]);
        }
        measure_print("hnr", quality.hnr);
        measure_print("jitter", quality.jitter);
        measure_print("shimmer", quality.shimmer);
    }
}
