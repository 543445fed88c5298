/* Runs pitch, voice quality and formants outside Python.
 *   pitch_driver RATE WINDOW HOP SAMPLES   one record a frame of the int16 samples in a file, to stdout as int32:
 *                                          period Q16, semitones Q8, voicing, correlation, F1, F2, F3, hnr,
 *                                          jitter, shimmer
 *                                          (formants of the middle 25 ms)
 *   pitch_driver RATE WINDOW HOP SAMPLES anew   the same, without what could be kept of the sums of the frame before
 *   pitch_driver RATE WINDOW 0 ROUNDS      streams of four extreme frames; prints how many of the last were voiced
 * All memory is allocated to the exact size that the library asks for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/formants.h"
#include "frontend/pitch.h"
#include "frontend/voice_quality.h"

static uint32_t random_state = 0x12345678u;

static uint32_t random_word(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static void *allocate(size_t size)
{
    void *memory = malloc(size > 0u ? size : 1u);
    if (memory == NULL) {
        exit(3);
    }
    memset(memory, 0xA5, size);
    return memory;
}

typedef struct {
    vox_pitch_plan plan;
    vox_pitch_state state;
    vox_voice_quality_state quality;
    int32_t *memory;
    vox_formant_plan formant_plan;
    int32_t *formant_scratch;
} extractor;

enum { VALUES = 10 };

static void start(extractor *e)
{
    memset(&e->state, 0, sizeof e->state);
    memset(&e->quality, 0, sizeof e->quality);
}

static void extract(extractor *e, const int16_t *samples, int32_t *values)
{
    vox_pitch pitch;
    vox_pitch_frame(&e->plan, &e->state, e->memory, samples, &pitch);
    values[0] = (int32_t)pitch.period;
    values[1] = pitch.semitones;
    values[2] = pitch.voicing;
    values[3] = pitch.correlation;
    int16_t hz[VOX_FORMANTS];
    vox_formants_frame(&e->formant_plan, samples + (e->plan.window - e->formant_plan.window) / 2u, e->formant_scratch,
                       hz);
    for (unsigned i = 0; i < VOX_FORMANTS; i++) {
        values[4u + i] = hz[i];
    }
    vox_voice_quality quality;
    vox_voice_quality_frame(&e->plan, &pitch, &e->quality, samples, vox_pitch_decimated(&e->plan, e->memory), &quality);
    values[7] = quality.hnr;
    values[8] = quality.jitter;
    values[9] = quality.shimmer;
}

static void fill_extreme(int16_t *samples, unsigned count)
{
    const uint32_t kind = random_word() % 8u;
    const unsigned period = 1u + random_word() % 400u, step = random_word() % count;
    for (unsigned i = 0; i < count; i++) {
        const int positive = (i / period) % 2u == 0u;
        const int16_t values[8] = {
            INT16_MIN,
            INT16_MAX,
            positive ? INT16_MAX : INT16_MIN,
            (int16_t)random_word(),
            -1,
            (random_word() & 1u) != 0u ? INT16_MAX : INT16_MIN,
            i % period == 0u ? INT16_MIN : 0,
            i < step ? INT16_MAX : INT16_MIN,
        };
        samples[i] = values[kind];
    }
}

int main(int argc, char **argv)
{
    if (argc != 5 && argc != 6) {
        return 2;
    }
    extractor e;
    const unsigned window = (unsigned)strtoul(argv[2], NULL, 10), hop = (unsigned)strtoul(argv[3], NULL, 10);
    const uint32_t rate = (uint32_t)strtoul(argv[1], NULL, 10);
    if (vox_pitch_plan_init(&e.plan, rate, window, hop > 0u ? hop : rate / 100u) != 0 ||
        vox_formant_plan_init(&e.formant_plan, rate, (unsigned)(rate / 40u)) != 0) {
        return 4;
    }
    e.memory = allocate(vox_pitch_memory_size(&e.plan));
    e.formant_scratch = allocate(vox_formants_scratch_size(&e.formant_plan));
    const unsigned apart = rate / 100u, most = window + 3u * apart;
    int16_t *samples = allocate(sizeof(int16_t) * (hop > 0u ? window : most));
    start(&e);
    int32_t values[VALUES];
    if (hop == 0u) {
        unsigned voiced = 0;
        for (unsigned long rounds = strtoul(argv[4], NULL, 10); rounds > 0u; rounds--) {
            fill_extreme(samples, most);
            start(&e);
            for (unsigned i = 0; i < 4u; i++) {
                extract(&e, samples + i * apart, values);
            }
            voiced += values[0] != 0;
        }
        printf("%u\n", voiced);
    } else {
        FILE *file = fopen(argv[4], "rb");
        if (file == NULL) {
            return 2;
        }
        size_t have = fread(samples, sizeof(int16_t), window, file);
        while (have == window) {
            if (argc == 6) {
                e.state.started = 0;
                e.state.oldest = 0;
            }
            extract(&e, samples, values);
            fwrite(values, sizeof(int32_t), VALUES, stdout);
            memmove(samples, samples + hop, sizeof(int16_t) * (window - hop));
            have = window - hop + fread(samples + (window - hop), sizeof(int16_t), hop, file);
        }
        fclose(file);
    }
    free(samples);
    free(e.formant_scratch);
    free(e.memory);
    return 0;
}
