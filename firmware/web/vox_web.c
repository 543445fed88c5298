/* firmware/vox for a browser: WebAssembly that opens any .vxm and listens. One model an instance.
 *
 * JavaScript asks for memory, copies a .vxm into it, opens it, and pushes samples; what was heard is read through the
 * functions below. Addresses are offsets into the instance's memory. host/vox_embed/export/templates/web/vox.js is the other side.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "vox/listener.h"
#include "vox/model.h"

#define EXPORT(name) __attribute__((export_name(name)))
#define PAGE 65536u

extern unsigned char __heap_base; /* the linker's */

static vox_model model;
static vox_listener listener;
static uint16_t clip_scores[VOX_MAX_LABELS];
static vox_verdict clip_verdict;
static uint32_t used_samples;
static uintptr_t top;

/* clang calls these for copies that it does not write out itself. */
void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    while (count-- > 0) {
        *t++ = *f++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    if (t < f) {
        return memcpy(to, from, count);
    }
    while (count-- > 0) {
        t[count] = f[count];
    }
    return to;
}

void *memset(void *to, int value, size_t count)
{
    unsigned char *t = to;
    while (count-- > 0) {
        *t++ = (unsigned char)value;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const unsigned char *x = a;
    const unsigned char *y = b;
    for (; count > 0; --count, ++x, ++y) {
        if (*x != *y) {
            return *x < *y ? -1 : 1;
        }
    }
    return 0;
}

/* 8-byte aligned, zeroed, never given back; NULL where the browser has no more. */
EXPORT("allocate") void *allocate(uint32_t bytes)
{
    if (top == 0) {
        top = ((uintptr_t)&__heap_base + 7u) & ~(uintptr_t)7u;
    }
    const uint64_t end = (uint64_t)top + (((uint64_t)bytes + 7u) & ~(uint64_t)7u);
    const uint64_t there = (uint64_t)__builtin_wasm_memory_size(0) * PAGE;
    if (end > there) {
        const uint64_t pages = (end - there + PAGE - 1u) / PAGE;
        if (end > UINT32_MAX || __builtin_wasm_memory_grow(0, (size_t)pages) == SIZE_MAX) {
            return NULL;
        }
    }
    void *given = (void *)top;
    top = (uintptr_t)end;
    return given;
}

/* A .vxm that stays where it is. VOX_OK, or the vox_status of what is wrong; VOX_ERR_MEMORY. */
EXPORT("open") int open_model(const void *vxm, uint32_t size)
{
    const int status = vox_model_open(&model, vxm, size);
    if (status != VOX_OK) {
        return status;
    }
    const size_t bytes = vox_listener_size(&model);
    void *memory = allocate((uint32_t)bytes);
    return memory == NULL ? VOX_ERR_MEMORY : vox_listener_init(&listener, &model, memory, bytes);
}

EXPORT("reset") void reset(void)
{
    vox_listener_reset(&listener);
}

/* VOX_HEARD_* flags; `used` says how many samples were taken. */
EXPORT("push") int push(const int16_t *samples, uint32_t count)
{
    size_t used = 0;
    const int heard = vox_listener_push(&listener, samples, count, &used);
    used_samples = (uint32_t)used;
    return heard;
}

EXPORT("used") uint32_t used(void)
{
    return used_samples;
}

EXPORT("finish") int finish(void)
{
    return vox_listener_finish(&listener);
}

/* Label of the clip's verdict; its scores by `clip_scores`. */
EXPORT("clip") int clip(void)
{
    clip_verdict = vox_listener_clip(&listener, clip_scores);
    return clip_verdict.label;
}

EXPORT("clip_score") int clip_score(void)
{
    return clip_verdict.score;
}

EXPORT("clip_scores") const uint16_t *scores_of_clip(void)
{
    return clip_scores;
}

EXPORT("labels") uint32_t labels(void)
{
    return vox_model_label_count(&model);
}

/* Zero-terminated UTF-8. */
EXPORT("label") const char *label(uint32_t index)
{
    return vox_model_label(&model, index);
}

static const vox_frontend_params *front(void)
{
    return (const void *)model.frontend;
}

EXPORT("rate") uint32_t rate(void)
{
    return front()->sample_rate;
}

EXPORT("hop") uint32_t hop(void)
{
    return front()->hop;
}

EXPORT("span") uint32_t span(void)
{
    return vox_frontend_span(model.frontend);
}

EXPORT("frames") uint32_t frames(void)
{
    return listener.frames;
}

EXPORT("posteriors") const uint16_t *posteriors(void)
{
    return listener.posteriors;
}

EXPORT("verdict_label") int verdict_label(void)
{
    return listener.verdict.label;
}

EXPORT("verdict_score") int verdict_score(void)
{
    return listener.verdict.score;
}

EXPORT("gated") int gated(void)
{
    return listener.gated;
}

EXPORT("events") int events(void)
{
    return listener.event_count;
}

EXPORT("event_frame") uint32_t event_frame(uint32_t index)
{
    return listener.events[index].frame;
}

EXPORT("event_label") int event_label(uint32_t index)
{
    return listener.events[index].label;
}

EXPORT("event_score") int event_score(uint32_t index)
{
    return listener.events[index].score;
}

EXPORT("event_kind") int event_kind(uint32_t index)
{
    return listener.events[index].kind;
}
