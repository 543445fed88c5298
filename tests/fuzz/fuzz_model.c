/* libFuzzer target: any bytes as a .vxm. What opens is also run, front end to events, on sound made from the same bytes.
 *
 * Each input is tried twice: as it is, and with its header put in order (magic, version, size, CRC), since a mutation
 * would otherwise hardly ever get past the checksum. Models that open but would take long are run only in part: the
 * fuzzer looks for memory errors, undefined behaviour and hangs in opening, not for slow networks. What runs does so twice, in
 * memory that holds one pattern and another: no result may depend on what RAM held. */
#include <stdlib.h>
#include <string.h>

#include "afford.h"
#include "vox/vox.h"

#define MAX_MEMORY (1u << 19)
#define MAX_WORK (1u << 19)
#define MAX_SAMPLES 4096u

static const int16_t *sound(size_t count, const uint8_t *data, size_t size)
{
    static int16_t samples[MAX_SAMPLES];
    uint32_t state = vox_crc32(0, data, size) | 1u;
    const unsigned quiet = state & 15u;
    for (size_t i = 0; i < count; ++i) {
        state = state * 1664525u + 1013904223u;
        samples[i] = (int16_t)((int32_t)(state & 0xFFFF0000u) >> 16 >> quiet);
    }
    if ((state & 3u) == 0) { /* extremes */
        for (size_t i = 0; i < count; ++i) {
            samples[i] = i / 37 % 2 ? 32767 : -32768;
        }
    }
    return samples;
}

/* The CRC of everything that the model said of `count` samples, in memory filled with `pattern`. */
static uint32_t say(const vox_model *model, const uint8_t *data, size_t size, size_t count, uint8_t pattern)
{
    uint32_t said = 0;
    if (!vox_model_hears(model)) {
        const size_t arena_size = vox_program_arena_size(model);
        uint8_t *arena = aligned_alloc(8, arena_size + 8);
        memset(arena, pattern, arena_size + 8);
        vox_program_reset(model, arena);
        memset(vox_program_input(model, arena, NULL), 17, vox_program_input_size(model));
        vox_program_run(model, arena);
        said = vox_crc32(0, vox_program_output(model, arena, NULL), vox_program_output_size(model));
        free(arena);
        return said;
    }
    const size_t memory_size = vox_listener_size(model);
    /* exactly as much as asked for, so that the sanitizer sees the first byte beyond */
    uint8_t *memory = aligned_alloc(8, memory_size);
    memset(memory, pattern, memory_size);
    vox_listener listener;
    memset(&listener, pattern, sizeof listener);
    if (vox_listener_init(&listener, model, memory, memory_size) == VOX_OK) {
        const size_t labels = vox_model_label_count(model);
        const vox_frontend_params *frontend = (const void *)model->frontend;
        const int16_t *samples = sound(count, data, size);
        size_t at = 0;
        for (int steps = 0; steps < 2000; ++steps) {
            size_t used = 0;
            const int heard = at < count ? vox_listener_push(&listener, samples + at, count - at, &used)
                                         : vox_listener_finish(&listener);
            if (at == count && heard == 0) {
                break;
            }
            at += used;
            if (heard & VOX_HEARD_FRAME) {
                said = vox_crc32(said, listener.features, frontend->bands * sizeof(int16_t));
            }
            if (heard & VOX_HEARD_RESULT) {
                said = vox_crc32(said, listener.posteriors, labels * sizeof(uint16_t));
                said = vox_crc32(said, &listener.verdict, sizeof listener.verdict);
            }
        }
        uint16_t scores[VOX_MAX_LABELS] = {0};
        const vox_verdict verdict = vox_listener_clip(&listener, scores);
        said = vox_crc32(vox_crc32(said, &verdict, sizeof verdict), scores, sizeof scores);
    }
    free(memory);
    return said;
}

static void run(const vox_model *model, const uint8_t *data, size_t size)
{
    const size_t memory = vox_model_hears(model) ? vox_listener_size(model) : vox_program_arena_size(model);
    const size_t samples = affordable(model, MAX_WORK, MAX_SAMPLES);
    if (samples > 0 && memory <= MAX_MEMORY &&
        say(model, data, size, samples, 0x5A) != say(model, data, size, samples, 0xC3)) {
        abort();
    }
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* Most bytes of a model are weights, which change little. Three times out of four a number anywhere before them (tables of
 * sections, tensors, ops, front end, decision) gets a value at the edge of something. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const uint32_t edges[] = {0,   1,   2,    3,     7,     8,     16,         127,         128,
                                     255, 256, 1024, 32767, 32768, 65535, 0x7FFFFFFF, 0x80000000u, 0xFFFFFFFFu};
    uint32_t state = seed * 2654435761u + 1u;
    vox_header header;
    if (size < sizeof header || (seed & 3u) == 0) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    size_t structured = size;
    memcpy(&header, data, sizeof header);
    for (unsigned i = 0; i < header.section_count && i < VOX_MAX_SECTIONS; ++i) {
        vox_section section;
        const size_t at = sizeof header + i * sizeof section;
        if (at + sizeof section > size) {
            break;
        }
        memcpy(&section, data + at, sizeof section);
        if (section.tag == VOX_SECTION_WEIGHTS && section.offset < size && section.offset > 0) {
            structured = section.offset;
        }
    }
    for (unsigned changes = 1u + (seed >> 2 & 3u); changes > 0; --changes) {
        state = state * 1664525u + 1013904223u;
        const size_t width = (size_t)1 << (state >> 30 == 3u ? 0 : state >> 30); /* 1, 2 or 4 bytes */
        const size_t at = (state >> 4) % structured & ~(width - 1);
        state = state * 1664525u + 1013904223u;
        uint32_t value = edges[(state >> 8) % (sizeof edges / sizeof edges[0])];
        if (at + width > size) {
            continue;
        }
        if ((state >> 28 & 1u) == 0) { /* near what is there */
            value = 0;
            memcpy(&value, data + at, width);
            value += (state >> 20 & 7u) - 3u;
        }
        memcpy(data + at, &value, width);
    }
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vox_model model;
    const size_t padded = (size + 7u) & ~(size_t)7u;
    uint8_t *file = aligned_alloc(8, padded + 8);
    memset(file, 0, padded + 8);
    if (size > 0) {
        memcpy(file, data, size);
    }
    if (vox_model_open(&model, file, size) == VOX_OK) {
        run(&model, data, size);
    }
    if (padded >= sizeof(vox_header)) {
        vox_header header;
        memcpy(&header, file, sizeof header);
        header.magic = VOX_MAGIC;
        header.version = VOX_FORMAT_VERSION;
        header.file_size = (uint32_t)padded;
        header.crc = vox_crc32(0, file + sizeof header, padded - sizeof header);
        memcpy(file, &header, sizeof header);
        if (vox_model_open(&model, file, padded) == VOX_OK) {
            run(&model, data, size);
        }
    }
    free(file);
    return 0;
}
