/* Damages a model in memory, mends its checksum, and runs what vox_model_open lets through:
 *   nn_driver MODEL ROUNDS SEED
 * Built with sanitizers, any read or write outside, and any undefined arithmetic, ends it. Prints how many models were
 * let through and how many refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vox/nn.h"

static uint32_t state;

static uint32_t next(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static const uint32_t odd[] = {0u,        1u,          2u,          3u,          7u,          8u,         127u,
                               128u,      255u,        256u,        0x7FFFu,     0x8000u,     0xFFFFu,    0x10000u,
                               0xFFFFFFu, 0x40000000u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFF0u, 0xFFFFFFFFu};

static void damage(uint8_t *bytes, size_t size)
{
    const size_t at = next() % size;
    const uint32_t value = next() % 2u ? odd[next() % (sizeof odd / sizeof odd[0])] : bytes[at] + next() % 5u - 2u;
    const size_t width = (size_t)1 << (next() % 3u);
    memcpy(bytes + at, &value, width <= size - at ? width : size - at);
}

int main(int count, char **arguments)
{
    if (count != 4) {
        return 2;
    }
    FILE *file = fopen(arguments[1], "rb");
    static uint64_t whole[1 << 13], copy[1 << 13];
    const size_t size = file == NULL ? 0 : fread(whole, 1, sizeof whole, file);
    if (size == 0) {
        return 2;
    }
    fclose(file);
    state = (uint32_t)atoi(arguments[3]) * 2654435761u + 1u;
    unsigned through = 0, refused = 0;
    for (int round = 0; round < atoi(arguments[2]); ++round) {
        memcpy(copy, whole, size);
        uint8_t *bytes = (uint8_t *)copy;
        const vox_header *header = (const void *)copy;
        const vox_section *sections = (const void *)(header + 1);
        for (unsigned times = 1u + next() % 3u; times > 0u; --times) {
            for (unsigned i = 0; i < header->section_count; ++i) {
                /* nearly always the program; now and then weights, biases and multipliers */
                const uint32_t tag = next() % 8u == 0u ? VOX_SECTION_WEIGHTS : VOX_SECTION_PROGRAM;
                if (sections[i].tag == tag && sections[i].size > 0u) {
                    damage(bytes + sections[i].offset, sections[i].size);
                }
            }
        }
        const uint32_t crc = vox_crc32(0, bytes + sizeof *header, header->file_size - sizeof *header);
        memcpy(bytes + 12, &crc, sizeof crc);
        uint8_t *exact = malloc(size); /* so that the sanitizer sees the file's end */
        memcpy(exact, copy, size);
        vox_model model;
        if (vox_model_open(&model, exact, size) == VOX_OK) {
            const size_t arena_size = vox_program_arena_size(&model);
            uint8_t *arena = malloc(arena_size == 0 ? 1 : arena_size);
            for (size_t i = 0; i < arena_size; ++i) {
                arena[i] = (uint8_t)(next() % 3u == 0u ? 0x80u : next());
            }
            vox_program_run(&model, arena);
            free(arena);
            ++through;
        } else {
            ++refused;
        }
        free(exact);
    }
    printf("%u %u\n", through, refused);
    return 0;
}
