/* Runs the front end outside Python, for sanitisers and for its arithmetic variants.
 *   frontend_driver SECTION SAMPLES CHUNK   features of the samples, pushed CHUNK at a time, to stdout as int16;
 *                                           CHUNK 0: all at once, by vox_frontend_batch
 *   frontend_driver SECTION fuzz ROUNDS     mutated sections and extreme samples; prints how many sections were accepted
 * All memory is allocated to the exact size that the library asks for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vox/frontend_batch.h"

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

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        exit(2);
    }
    const long length = ftell(file);
    rewind(file);
    *size = (size_t)length;
    uint8_t *data = allocate(*size);
    if (fread(data, 1, *size, file) != *size) {
        exit(2);
    }
    fclose(file);
    return data;
}

static void extract(const uint8_t *section, const int16_t *samples, size_t count, size_t chunk, FILE *out)
{
    vox_frontend frontend;
    void *state = allocate(vox_frontend_state_size(section));
    void *scratch = allocate(vox_frontend_scratch_size(section));
    vox_frontend_init(&frontend, section, state, scratch);
    int16_t *features = allocate(sizeof(int16_t) * frontend.params->bands);
    while (count > 0u) {
        size_t used = 0;
        const size_t now = count < chunk ? count : chunk;
        if (vox_frontend_push(&frontend, samples, now, &used, features) == 1 && out != NULL) {
            fwrite(features, sizeof(int16_t), frontend.params->bands, out);
        }
        samples += used;
        count -= used;
    }
    free(features);
    free(scratch);
    free(state);
}

static void extract_batch(const uint8_t *section, const int16_t *samples, size_t count, FILE *out)
{
    vox_frontend frontend;
    void *state = allocate(vox_frontend_state_size(section));
    void *scratch = allocate(vox_frontend_scratch_size(section));
    void *memory = allocate(vox_frontend_batch_size(section));
    vox_frontend_init(&frontend, section, state, scratch);
    const size_t window = vox_frontend_span(section), bands = frontend.params->bands;
    const size_t frames = count < window ? 0u : 1u + (count - window) / frontend.params->hop;
    int16_t *features = allocate(sizeof(int16_t) * frames * bands);
    int16_t *levels = allocate(sizeof(int16_t) * frames);
    vox_frontend_batch(&frontend, samples, frames, memory, features, levels);
    if (out != NULL) {
        fwrite(features, sizeof(int16_t), frames * bands, out);
    }
    free(levels);
    free(features);
    free(memory);
    free(scratch);
    free(state);
}

static void fill_extreme(int16_t *samples, unsigned count)
{
    const uint32_t kind = random_word() % 6u;
    const unsigned period = 1u + random_word() % 64u;
    for (unsigned i = 0; i < count; i++) {
        const int positive = (i / period) % 2u == 0u;
        const int16_t values[6] = {
            INT16_MIN,
            INT16_MAX,
            positive ? INT16_MAX : INT16_MIN,
            (int16_t)random_word(),
            -1,
            (random_word() & 1u) != 0u ? INT16_MAX : INT16_MIN,
        };
        samples[i] = values[kind];
    }
}

/* Worst case of the transform's bound: the largest samples under tables that still pass the check. */
static unsigned fuzz(const uint8_t *original, size_t size, unsigned rounds)
{
    unsigned accepted = 0;
    for (unsigned round = 0; round < rounds; round++) {
        const size_t kept = random_word() % 16u == 0u ? random_word() % (size + 1u) : size;
        uint8_t *section = allocate(kept);
        memcpy(section, original, kept);
        const uint32_t flips = random_word() % 4u;
        const size_t own[] = {
            [VOX_FRONTEND_LOGMEL] = 8u,
            [VOX_FRONTEND_DESCRIPTORS] = sizeof(vox_descriptor_params),
            [VOX_FRONTEND_MICRO] = sizeof(vox_micro_params),
        };
        const size_t head = sizeof(vox_frontend_params) + own[original[0]];
        const size_t reach = random_word() % 2u == 0u && kept > head ? head : kept;
        for (uint32_t i = 0; i < flips && reach > 0u; i++) {
            section[random_word() % reach] = (uint8_t)random_word();
        }
        if (vox_frontend_check(section, kept) == VOX_OK) {
            vox_frontend_params params;
            memcpy(&params, section, sizeof params);
            const unsigned count = vox_frontend_span(section) + 8u * params.hop;
            int16_t *samples = allocate(sizeof(int16_t) * count);
            fill_extreme(samples, count);
            extract(section, samples, count, 1u + random_word() % count, NULL);
            extract_batch(section, samples, count, NULL);
            free(samples);
            accepted++;
        }
        free(section);
    }
    return accepted;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        return 2;
    }
    size_t size, bytes;
    uint8_t *section = read_file(argv[1], &size);
    const unsigned number = (unsigned)strtoul(argv[3], NULL, 10);
    if (strcmp(argv[2], "fuzz") == 0) {
        printf("%u\n", fuzz(section, size, number));
        free(section);
        return 0;
    }
    if (vox_frontend_check(section, size) != VOX_OK) {
        return 4;
    }
    uint8_t *samples = read_file(argv[2], &bytes);
    if (number == 0u) {
        extract_batch(section, (const int16_t *)(const void *)samples, bytes / 2u, stdout);
    } else {
        extract(section, (const int16_t *)(const void *)samples, bytes / 2u, number, stdout);
    }
    free(samples);
    free(section);
    return 0;
}
