/* Counters of a stream across their wraps: driver MODEL.vxm SEED. One listener starts at 0; others are put so far into a
 * stream that a counter passes 2^31 or 2^32 while they run. All must say the same, but for the numbers. Prints
 * {"windows": n, "events": n}; says what differs and ends with 1 otherwise. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vox/vox.h"

#define SAMPLES 60000u

typedef struct {
    vox_listener listener;
    uint32_t frames, windows; /* further on than the first listener */
} hearer;

static uint32_t random_state;

static uint32_t draw(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

/* Noise that comes and goes, so that events begin and end. */
static int16_t sound(size_t at)
{
    const int loud = at / 3000u % 3u != 0u;
    return (int16_t)((int32_t)(draw() & 0x1FFFu) - 4096) >> (loud ? 0 : 8);
}

static int differs(const hearer *a, const hearer *b, int heard_a, int heard_b)
{
    const vox_listener *x = &a->listener, *y = &b->listener;
    const vox_frontend_params *frontend = (const void *)x->model->frontend;
    if (heard_a != heard_b || x->frames != y->frames - b->frames || x->windows != y->windows - b->windows) {
        return 1;
    }
    if ((heard_a & VOX_HEARD_FRAME) && memcmp(x->features, y->features, frontend->bands * sizeof(int16_t)) != 0) {
        return 1;
    }
    if ((heard_a & VOX_HEARD_RESULT) == 0) {
        return 0;
    }
    int other = x->gated != y->gated || x->event_count != y->event_count || x->verdict.label != y->verdict.label ||
                x->verdict.score != y->verdict.score ||
                memcmp(x->posteriors, y->posteriors, vox_model_label_count(x->model) * sizeof(uint16_t)) != 0;
    for (unsigned i = 0; i < x->event_count && !other; ++i) {
        const vox_event *e = &x->events[i], *f = &y->events[i];
        other = e->frame != f->frame - b->frames || e->label != f->label || e->score != f->score || e->kind != f->kind;
    }
    return other;
}

static void start(hearer *h, const vox_model *model, uint32_t frames, uint32_t windows)
{
    const size_t size = vox_listener_size(model);
    h->frames = frames;
    h->windows = windows;
    if (vox_listener_init(&h->listener, model, aligned_alloc(8, size), size) != VOX_OK) {
        abort();
    }
    h->listener.frames += frames;
    h->listener.next_window += frames;
    h->listener.windows += windows;
}

/* As if no sound had raised an event for so long. */
static void leap(hearer *h, uint32_t frames, uint32_t windows)
{
    h->frames += frames;
    h->windows += windows;
    h->listener.frames += frames;
    h->listener.next_window += frames;
    h->listener.windows += windows;
}

static int compare(const vox_model *model, hearer *others, size_t count, uint32_t later)
{
    hearer first;
    start(&first, model, 0, 0);
    unsigned long windows = 0, events = 0;
    int leapt = later == 0;
    for (size_t at = 0; at < SAMPLES;) {
        int16_t piece[97];
        for (size_t i = 0; i < 97u; ++i) {
            piece[i] = sound(at + i);
        }
        for (size_t taken = 0; taken < 97u;) {
            size_t used = 0;
            const int heard = vox_listener_push(&first.listener, piece + taken, 97u - taken, &used);
            for (size_t k = 0; k < count; ++k) {
                size_t also = 0;
                const int it = vox_listener_push(&others[k].listener, piece + taken, 97u - taken, &also);
                if (also != used || differs(&first, &others[k], heard, it)) {
                    printf("listener %zu differs at frame %lu\n", k, (unsigned long)first.listener.frames);
                    return 1;
                }
            }
            windows += (heard & VOX_HEARD_RESULT) != 0;
            events += (heard & VOX_HEARD_EVENT) ? first.listener.event_count : 0u;
            taken += used;
            if (!leapt && at > SAMPLES / 3u && !first.listener.decision.resting) {
                leapt = 1;
                for (size_t k = 0; k < count; ++k) {
                    leap(&others[k], later + (uint32_t)k, later);
                }
            }
        }
        at += 97u;
    }
    for (int heard = 1; heard != 0;) { /* a short window at the end counts from the same numbers */
        heard = vox_listener_finish(&first.listener);
        windows += (heard & VOX_HEARD_RESULT) != 0;
        for (size_t k = 0; k < count; ++k) {
            if (differs(&first, &others[k], heard, vox_listener_finish(&others[k].listener))) {
                printf("listener %zu differs at the end\n", k);
                return 1;
            }
        }
    }
    for (size_t k = 0; k < count; ++k) {
        free(others[k].listener.arena);
    }
    free(first.listener.arena);
    printf("{\"windows\": %lu, \"events\": %lu}\n", windows, events);
    return windows == 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        return 2;
    }
    static _Alignas(8) uint8_t file[1u << 18];
    FILE *in = fopen(argv[1], "rb");
    const size_t size = in == NULL ? 0 : fread(file, 1, sizeof file, in);
    vox_model model;
    if (in == NULL || vox_model_open(&model, file, size) != VOX_OK) {
        return 2;
    }
    fclose(in);
    random_state = (uint32_t)atoi(argv[2]);
    const vox_decision_params *decision = (const void *)model.decision;
    static const uint32_t places[] = {UINT32_MAX,  UINT32_MAX - 40u, UINT32_MAX - 100u,
                                      0x7FFFFFFFu, 0x7FFFFFF0u,      65530u};
    hearer others[sizeof places / sizeof places[0]];
    const size_t count = sizeof places / sizeof places[0];
    for (size_t k = 0; k < count; ++k) {
        start(&others[k], &model, places[k], places[count - 1u - k] / decision->stride);
    }
    if (compare(&model, others, count, 0) != 0) {
        return 1;
    }
    for (size_t k = 0; k < count; ++k) {
        start(&others[k], &model, 0, 0);
    }
    return compare(&model, others, count, 0x80000000u - 2u);
}
