/* Models changed by one who knows the format:  structured SEED COUNT [-k KEEP_DIR KEEP] BASE.vxm ...
 *
 * Each of COUNT mutants is opened; what opens, and is not too much work, is run twice, in memory that is full of 0x00 and of 0xA5
 * (under MSan: of nothing that may be looked at): both have to say the same. Memory ends where the library asked it to, for
 * sanitizers to see. Prints what became of them as one JSON object; a finding ends it with the mutant in structured-SEED.vxm.
 * -k: writes the first KEEP that were run and have at most KEPT_WORK, for other cores to run. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "afford.h"
#include "mutate.h"
#include "vox/vox.h"

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define MSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ASAN 1
#endif
#endif
#ifdef ASAN
#include <sanitizer/asan_interface.h>
#endif

#define MEMORY_BYTES (1u << 18)
#define MOST_WORK 400000u /* of all that is run of a mutant */
#define KEPT_WORK 60000u  /* up to the end of the first window */
#define SAMPLES 2048u
#define STATUSES 24

static _Alignas(8) uint8_t memory[MEMORY_BYTES + 8u];
static _Alignas(8) uint8_t file[MUTANT_BYTES + 8u];
static int16_t sound[SAMPLES];
static unsigned long refused[STATUSES], accepted, ran, ops[64], kinds[8], stages[VOX_MAX_STAGES + 1u];
static unsigned long woken, asleep; /* results of cascades */
static uint32_t digest;
static const char *finding;

/* Bytes from `used` on may not be touched. */
static void fence(uint8_t *bytes, size_t used, size_t all)
{
#ifdef ASAN
    __asan_unpoison_memory_region(bytes, all);
    __asan_poison_memory_region(bytes + used, all - used);
#else
    (void)bytes;
    (void)used;
    (void)all;
#endif
}

static void fill(size_t size, uint8_t pattern)
{
    fence(memory, size, sizeof memory);
    memset(memory, pattern, size);
#ifdef MSAN
    __msan_poison(memory, size);
#endif
}

static void keep_finding(const mutant *m)
{
    FILE *out = fopen(finding, "wb");
    if (out != NULL) {
        fwrite(m->data, 1, m->size, out);
        fclose(out);
    }
}

static uint32_t say_network(const vox_model *model)
{
    const size_t size = vox_program_input_size(model);
    uint32_t said = 0;
    vox_program_reset(model, memory);
    for (unsigned run = 0; run < 2u; ++run) { /* the second with the state of the first */
        int8_t *input = vox_program_input(model, memory, NULL);
        for (size_t i = 0; i < size; ++i) {
            input[i] = (int8_t)(i * 37u + run * 91u);
        }
        vox_program_run(model, memory);
        said = vox_crc32(said, vox_program_output(model, memory, NULL), vox_program_output_size(model));
    }
    return said;
}

static uint32_t say_listener(const vox_model *model, size_t size, size_t samples)
{
    static vox_listener listener;
    const vox_frontend_params *frontend = (const void *)model->frontend;
    const size_t labels = vox_model_label_count(model);
    uint32_t said = 0;
    if (vox_listener_init(&listener, model, memory, size) != VOX_OK) {
        abort();
    }
    for (size_t at = 0;;) {
        size_t used = 0;
        const int heard = at < samples ? vox_listener_push(&listener, sound + at, samples - at, &used)
                                       : (listener.ran ? 0 : vox_listener_finish(&listener));
        at += used;
        if (heard & VOX_HEARD_FRAME) {
            said = vox_crc32(said, listener.features, frontend->bands * sizeof(int16_t));
        }
        if (heard & VOX_HEARD_RESULT) {
            said = vox_crc32(said, listener.posteriors, labels * sizeof(uint16_t));
            said = vox_crc32(said, &listener.verdict, sizeof listener.verdict);
            for (unsigned i = 0; i < listener.event_count; ++i) { /* without what pads them */
                const vox_event *event = &listener.events[i];
                said = vox_crc32(said, event, offsetof(vox_event, kind) + sizeof event->kind);
            }
            *(listener.gated ? &asleep : &woken) += model->wake != NULL;
        }
        if (at >= samples && (heard == 0 || listener.ran)) {
            break;
        }
    }
    uint16_t scores[VOX_MAX_LABELS] = {0};
    const vox_verdict verdict = vox_listener_clip(&listener, scores);
    return vox_crc32(vox_crc32(said, &verdict, sizeof verdict), scores, labels * sizeof scores[0]);
}

static uint64_t work_of_first(const vox_model *model)
{
    const vox_decision_params *decision = (const void *)model->decision;
    return model->work + (decision == NULL ? 0u : (uint64_t)model->frame_work * decision->window);
}

static unsigned stage_count(const vox_model *model)
{
    vox_model stage = *model;
    unsigned count = 1;
    while (vox_model_waker(&stage, &stage) == VOX_OK) {
        ++count;
    }
    return count;
}

static int run(const mutant *m, const vox_model *model)
{
    const size_t size = vox_model_hears(model) ? vox_listener_size(model) : vox_program_arena_size(model);
    const size_t samples = affordable(model, MOST_WORK, SAMPLES);
    if (samples == 0 || size > MEMORY_BYTES) {
        return 0;
    }
    uint32_t said[2];
    for (unsigned turn = 0; turn < 2u; ++turn) {
        fill(size, turn == 0 ? 0x00 : 0xA5);
        said[turn] = vox_model_hears(model) ? say_listener(model, size, samples) : say_network(model);
    }
    if (said[0] != said[1]) {
        keep_finding(m);
        printf("what RAM held makes a difference: %s\n", finding);
        exit(1);
    }
    digest = vox_crc32(digest, &said[0], sizeof said[0]);
    for (uint32_t at = 0; at < model->program->op_bytes;) {
        const vox_op *op = (const void *)(model->ops + at);
        ++ops[op->code % 64u];
        at += op->size;
    }
    if (vox_model_hears(model)) {
        ++kinds[((const vox_frontend_params *)(const void *)model->frontend)->kind % 8u];
        ++stages[stage_count(model)];
    }
    ++ran;
    return 1;
}

/* Bytes behind the file are not looked at, so that a signature may stand there. */
static int try_one(const mutant *m)
{
    const size_t more = fuzz_below(8) == 0 ? 8u : 0u, less = fuzz_below(64) == 0 ? 1u + fuzz_below(m->size) : 0u;
    fence(file, m->size + more, sizeof file);
    memcpy(file, m->data, m->size);
    memset(file + m->size, 0x5A, more);
    fence(file, m->size + more - less, sizeof file);
    vox_model model;
    const int status = vox_model_open(&model, file, m->size + more - less);
    if (status != VOX_OK) {
        ++refused[-status];
        return 0;
    }
    ++accepted;
    return run(m, &model);
}

static void load(const char *path, mutant *base)
{
    FILE *in = fopen(path, "rb");
    base->size = in == NULL ? 0 : (uint32_t)fread(base->data, 1, sizeof base->data, in);
    if (in == NULL || base->size == 0 || base->size % 8u != 0) {
        fprintf(stderr, "%s: no base\n", path);
        exit(2);
    }
    fclose(in);
}

/* What a base is: a network (0), or a model that hears, by its number of stages. */
static unsigned kind_of(const mutant *base)
{
    vox_model model;
    fence(file, base->size, sizeof file);
    memcpy(file, base->data, base->size);
    if (vox_model_open(&model, file, base->size) != VOX_OK || !vox_model_hears(&model)) {
        return 0;
    }
    return stage_count(&model);
}

/* Half of the time any base; else any kind first, so that what few bases show is tried as often, however many others come. */
static const mutant *draw_base(const mutant *base, unsigned bases, const unsigned *kind)
{
    if (fuzz_below(2) == 0) {
        const unsigned wanted = fuzz_below(VOX_MAX_STAGES + 1u);
        unsigned count = 0;
        for (unsigned i = 0; i < bases; ++i) {
            count += kind[i] == wanted;
        }
        unsigned left = count == 0 ? 0 : 1u + fuzz_below(count);
        for (unsigned i = 0; i < bases && left > 0; ++i) {
            left -= kind[i] == wanted;
            if (left == 0) {
                return &base[i];
            }
        }
    }
    return &base[fuzz_below(bases)];
}

static void keep(const char *folder, unsigned number, const mutant *m)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%05u.vxm", folder, number);
    FILE *out = fopen(path, "wb");
    if (out == NULL || fwrite(m->data, 1, m->size, out) != m->size || fclose(out) != 0) {
        exit(2);
    }
}

static void print_counts(const char *what, const unsigned long *counts, int size, int sign)
{
    printf(", \"%s\": {", what);
    const char *comma = "";
    for (int i = 0; i < size; ++i) {
        if (counts[i] > 0) {
            printf("%s\"%d\": %lu", comma, sign * i, counts[i]);
            comma = ", ";
        }
    }
    printf("}");
}

/* What a sanitizer stops at is kept. */
static const mutant *tried;

#ifdef ASAN
static void death(void)
{
    if (tried != NULL) {
        keep_finding(tried);
    }
}
#endif

int main(int argc, char **argv)
{
    if (argc < 4) {
        return 2;
    }
    const unsigned long seed = strtoul(argv[1], NULL, 10), count = strtoul(argv[2], NULL, 10);
    const int keeping = strcmp(argv[3], "-k") == 0 && argc > 6;
    char **paths = argv + (keeping ? 6 : 3);
    const unsigned bases = (unsigned)(argc - (keeping ? 6 : 3));
    const unsigned wanted = keeping ? (unsigned)strtoul(argv[5], NULL, 10) : 0u;
    static char name[64];
    snprintf(name, sizeof name, "structured-%lu.vxm", seed);
    finding = name;
#ifdef ASAN
    __asan_set_death_callback(death);
#endif
    mutant *base = calloc(bases, sizeof *base), *m = calloc(1, sizeof *m);
    unsigned *kind = calloc(bases, sizeof *kind);
    for (unsigned i = 0; i < bases; ++i) {
        load(paths[i], &base[i]);
        kind[i] = kind_of(&base[i]);
    }
    fuzz_seed(seed);
    for (size_t i = 0; i < SAMPLES; ++i) {
        sound[i] = (int16_t)((int32_t)(fuzz_draw() & 0xFFFF0000u) >> 17);
    }
    tried = m;
    unsigned kept = 0;
    for (unsigned long i = 0; i < count; ++i) {
        const mutant *from = draw_base(base, bases, kind);
        m->size = from->size;
        memcpy(m->data, from->data, from->size);
        fuzz_mutate(m, &base[fuzz_below(bases)]);
        if (try_one(m) && kept < wanted && i % 3u == 0) {
            vox_model model;
            fence(file, m->size, sizeof file);
            if (vox_model_open(&model, file, m->size) == VOX_OK && work_of_first(&model) <= KEPT_WORK) {
                keep(argv[4], kept++, m);
            }
        }
    }
    printf("{\"seed\": %lu, \"mutants\": %lu, \"accepted\": %lu, \"ran\": %lu, \"digest\": %lu, \"kept\": %u", seed,
           count, accepted, ran, (unsigned long)digest, kept);
    print_counts("refused", refused, STATUSES, -1);
    print_counts("ops", ops, 64, 1);
    print_counts("kinds", kinds, 8, 1);
    print_counts("stages", stages, VOX_MAX_STAGES + 1, 1);
    printf(", \"woken\": %lu, \"asleep\": %lu", woken, asleep);
    printf("}\n");
    free(base);
    free(kind);
    free(m);
    return 0;
}
