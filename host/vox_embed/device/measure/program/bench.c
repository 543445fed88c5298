/* Instruction counts of front ends, networks and whole listeners; features and outputs for comparison with the host.
 * cases.h, which the host writes, holds the cases. */
#include <stdbool.h>
#include <string.h>

#include "measure.h"
#include "vox/crc32.h"
#include "vox/listener.h"
#include "vox/nn.h"

typedef enum { BENCH_FRONTEND, BENCH_NETWORK, BENCH_LISTENER, BENCH_STREAM } bench_kind;

#define STREAM_DIGESTS 16u
#define STREAM_SILENCE 1024u /* runs; every fourth so many are silence */

typedef struct {
    bench_kind kind;
    const uint32_t *data; /* a FRNT section, or a .vxm */
    uint32_t bytes;
    const void *input; /* int16 samples; for a network inputs of its type, one row a run; a stream makes its own */
    uint32_t count;    /* samples, or runs */
    uint32_t windows;  /* that a listener is to hear, its sound over and over */
} bench_case;

#include "cases.h"

static uint64_t memory[BENCH_MEMORY_BYTES / 8u];

static void run_frontend(const bench_case *c)
{
    static int16_t features[VOX_MAX_BANDS];
    const uint8_t *section = (const void *)c->data;
    uint32_t start = measure_ticks();
    const int status = vox_frontend_check(section, c->bytes);
    measure_print("check_ticks", (int32_t)(measure_ticks() - start));
    measure_print("status", status);
    if (status != VOX_OK) {
        return;
    }
    vox_frontend frontend;
    uint8_t *scratch = (uint8_t *)memory + vox_frontend_state_size(section);
    vox_frontend_init(&frontend, section, memory, scratch);
    const int16_t *samples = c->input;
    size_t left = c->count;
    while (left > 0u) {
        size_t used;
        start = measure_ticks();
        const int complete = vox_frontend_push(&frontend, samples, left, &used, features);
        const uint32_t ticks = measure_ticks() - start;
        samples += used;
        left -= used;
        if (complete == 1) {
            measure_print("frame_ticks", (int32_t)ticks);
            measure_print("level", vox_frontend_level(&frontend));
            for (unsigned band = 0; band < frontend.params->bands; ++band) {
                measure_print("feature", features[band]);
            }
        }
    }
}

static int open_model(const bench_case *c, vox_model *model)
{
    const uint32_t start = measure_ticks();
    const int status = vox_model_open(model, c->data, c->bytes);
    measure_print("open_ticks", (int32_t)(measure_ticks() - start));
    measure_print("status", status);
    return status;
}

static size_t bytes_each(const vox_model *model, unsigned tensor)
{
    const unsigned type = model->tensors[tensor].type;
    return type == VOX_TYPE_S8 ? 1u : type == VOX_TYPE_S16 ? 2u : 4u;
}

static int32_t value_at(const void *values, size_t bytes, size_t index)
{
    return bytes == 1u   ? ((const int8_t *)values)[index]
           : bytes == 2u ? ((const int16_t *)values)[index]
                         : ((const int32_t *)values)[index];
}

/* Opened, run over all inputs, then once more op by op. */
static void run_network(const bench_case *c)
{
    vox_model model;
    if (open_model(c, &model) != VOX_OK) {
        return;
    }
    const uint8_t *inputs = c->input;
    size_t count;
    (void)vox_program_input(&model, memory, &count);
    count *= bytes_each(&model, model.program->input);
    const size_t each = bytes_each(&model, model.program->output);
    const size_t state = vox_program_state_size(&model);
    vox_program_reset(&model, memory);
    for (unsigned run = 0; run < c->count; ++run) {
        /* Nothing but the state may matter of what the arena held. */
        memset((uint8_t *)memory + state, 0xA5, sizeof memory - state);
        memcpy(vox_program_input(&model, memory, NULL), inputs + run * count, count);
        const uint32_t start = measure_ticks();
        vox_program_run(&model, memory);
        measure_print("run_ticks", (int32_t)(measure_ticks() - start));
        size_t outputs;
        const void *output = vox_program_output(&model, memory, &outputs);
        for (size_t i = 0; i < outputs; ++i) {
            measure_print("output", value_at(output, each, i));
        }
    }
    memcpy(vox_program_input(&model, memory, NULL), inputs, count);
    for (unsigned op = 0; op < model.program->op_count; ++op) {
        const uint32_t start = measure_ticks();
        vox_program_run_op(&model, memory, op);
        measure_print("op_ticks", (int32_t)(measure_ticks() - start));
    }
}

/* A long stream of int8, made here as the host makes it (device/measure/stream.py): now and then a CRC-32 of all outputs. */
static void run_stream(const bench_case *c)
{
    vox_model model;
    if (open_model(c, &model) != VOX_OK) {
        return;
    }
    const size_t count = vox_program_input_size(&model), outputs = vox_program_output_size(&model);
    uint32_t state = 1, crc = 0;
    vox_program_reset(&model, memory);
    for (uint32_t run = 0; run < c->count; ++run) {
        uint8_t *input = (void *)vox_program_input(&model, memory, NULL);
        const bool silent = run / STREAM_SILENCE % 4u == 3u;
        for (size_t i = 0; i < count; ++i) {
            state = state * 1664525u + 1013904223u;
            input[i] = silent ? 0x80u : (uint8_t)(state >> 24);
        }
        vox_program_run(&model, memory);
        crc = vox_crc32(crc, vox_program_output(&model, memory, NULL), outputs);
        if ((run + 1u) % (c->count / STREAM_DIGESTS) == 0u) {
            measure_print("digest_high", (int32_t)(crc >> 16));
            measure_print("digest_low", (int32_t)(crc & 0xFFFFu));
        }
    }
}

/* A stream of sound, pushed as a microphone delivers it: what each feature frame and each window takes. */
static void run_listener(const bench_case *c)
{
    vox_model model;
    vox_listener listener;
    if (open_model(c, &model) != VOX_OK) {
        return;
    }
    const int status = vox_listener_init(&listener, &model, memory, sizeof memory);
    measure_print("listener_status", status);
    if (status != VOX_OK) {
        return;
    }
    const int16_t *sound = c->input;
    size_t at = 0;
    uint32_t ticks = 0;
    while (listener.windows < c->windows) {
        size_t used;
        const uint32_t start = measure_ticks();
        const int heard = vox_listener_push(&listener, sound + at, c->count - at, &used);
        ticks += measure_ticks() - start;
        at = at + used == c->count ? 0 : at + used;
        if (heard & VOX_HEARD_RESULT) {
            measure_print("window_ticks", (int32_t)ticks);
            measure_print("gated", listener.gated);
            for (unsigned label = 0; label < vox_model_label_count(&model); ++label) {
                measure_print("posterior", listener.posteriors[label]);
            }
        } else if ((heard & VOX_HEARD_FRAME) && listener.frames > 1u) { /* the first takes a whole window of samples */
            measure_print("frame_ticks", (int32_t)ticks);
        }
        ticks = heard != 0 ? 0 : ticks;
    }
}

void measure_main(void)
{
    const uint32_t start = measure_ticks();
    measure_print("clock_ticks", (int32_t)(measure_ticks() - start)); /* what reading the clock takes */
    for (unsigned i = 0; i < sizeof bench_cases / sizeof bench_cases[0]; ++i) {
        const bench_case *c = &bench_cases[i];
        measure_print("case", (int32_t)i);
        if (c->kind == BENCH_FRONTEND) {
            run_frontend(c);
        } else if (c->kind == BENCH_NETWORK) {
            run_network(c);
        } else if (c->kind == BENCH_STREAM) {
            run_stream(c);
        } else {
            run_listener(c);
        }
    }
}
