#include "reference.h"

#include <string.h>

#include "line.h"
#include "vox/nn.h"

#define WAITING 1024u /* reports of one side that the other has not given yet */

typedef struct {
    uint8_t type;
    uint16_t size;
    uint8_t payload[VOX_LINK_PAYLOAD];
} record;

typedef struct {
    record records[WAITING];
    uint32_t first, count;
} queue;

soak_reference reference;

static uint64_t memory[(1u << 17) / sizeof(uint64_t)];
static vox_listener listener;
static uint16_t mask;
static uint32_t more_frames, more_windows, events;
static record verdict_said; /* CLIP of this sound; size 0: not yet */
static queue of_board, of_reference;

static void count_record(const record *r)
{
    reference.frames += r->type == VOX_MSG_FEATURES;
    reference.windows += r->type == VOX_MSG_RESULT;
    reference.events += r->type == VOX_MSG_EVENT;
    reference.clips += r->type == VOX_MSG_CLIP;
    reference.life_windows += r->type == VOX_MSG_RESULT;
    reference.life_events += r->type == VOX_MSG_EVENT;
}

static void append(queue *mine, queue *other, uint8_t type, const uint8_t *payload, size_t size)
{
    if (other->count > 0) {
        const record *r = &other->records[other->first];
        CHECK(r->type == type && r->size == size && memcmp(r->payload, payload, size) == 0);
        count_record(r);
        other->first = (other->first + 1u) % WAITING;
        --other->count;
        return;
    }
    CHECK(mine->count < WAITING);
    record *r = &mine->records[(mine->first + mine->count++) % WAITING];
    r->type = type;
    r->size = (uint16_t)size;
    memcpy(r->payload, payload, size);
}

void reference_compare(const vox_link_frame *frame)
{
    uint8_t payload[VOX_LINK_PAYLOAD];
    size_t size = frame->size;
    memcpy(payload, frame->payload, size);
    if (frame->type == VOX_MSG_RESULT) {
        memset(payload + 16, 0, 8); /* ticks */
    } else if (frame->type != VOX_MSG_EVENT && frame->type != VOX_MSG_FEATURES && frame->type != VOX_MSG_CLIP) {
        return;
    } else if (frame->type == VOX_MSG_CLIP) {
        if (verdict_said.size != 0) { /* once more, for a repeated CLIP_END */
            CHECK(verdict_said.size == size && memcmp(verdict_said.payload, payload, size) == 0);
            return;
        }
        verdict_said.size = (uint16_t)size;
        memcpy(verdict_said.payload, payload, size);
    }
    append(&of_board, &of_reference, frame->type, payload, size);
}

static uint8_t *put_scores(uint8_t *at, const uint16_t *scores)
{
    for (unsigned i = 0; i < vox_model_label_count(listener.model); ++i) {
        at = vox_put_u16(at, scores[i]);
    }
    return at;
}

static void say(uint8_t type, const uint8_t *payload, const uint8_t *end)
{
    append(&of_reference, &of_board, type, payload, (size_t)(end - payload));
}

static void say_frame(void)
{
    const vox_frontend_params *frontend = (const void *)listener.model->frontend;
    uint8_t payload[VOX_LINK_PAYLOAD];
    uint8_t *at = vox_put_u32(payload, listener.frames - 1u + more_frames);
    at = vox_put_u16(vox_put_u16(at, (uint16_t)vox_frontend_level(&listener.frontend)), 0);
    for (unsigned band = 0; band < frontend->bands; ++band) {
        at = vox_put_u16(at, (uint16_t)listener.features[band]);
    }
    say(VOX_MSG_FEATURES, payload, at);
}

static void say_result(void)
{
    uint8_t payload[VOX_LINK_PAYLOAD];
    uint8_t *at = vox_put_u32(payload, listener.frames + more_frames);
    at = vox_put_u32(at, listener.windows - 1u + more_windows);
    at = vox_put_u16(at, (uint16_t)listener.verdict.label);
    at = vox_put_u16(at, listener.verdict.score);
    at = vox_put_u16(at, (uint16_t)vox_frontend_level(&listener.frontend));
    at = vox_put_u16(at, listener.gated ? VOX_RESULT_GATED : 0u);
    at = vox_put_u32(vox_put_u32(at, 0), 0);
    say(VOX_MSG_RESULT, payload, put_scores(at, listener.posteriors));
}

static void say_event(const vox_event *event)
{
    uint8_t payload[16];
    uint8_t *at = vox_put_u32(payload, events++);
    at = vox_put_u32(at, event->frame + more_frames);
    at = vox_put_u16(at, (uint16_t)event->label);
    at = vox_put_u16(at, event->score);
    say(VOX_MSG_EVENT, payload, vox_put_u8(at, event->kind));
}

static void say_heard(int heard)
{
    if (heard & VOX_HEARD_FRAME) {
        ++reference.life_frames;
        if (mask & VOX_STREAM_FEATURES) {
            say_frame();
        }
    }
    if (heard & VOX_HEARD_RESULT) {
        say_result();
    }
    for (unsigned i = 0; (heard & VOX_HEARD_EVENT) && i < listener.event_count; ++i) {
        say_event(&listener.events[i]);
    }
}

void reference_power_on(void)
{
    reference.life_frames = reference.life_windows = reference.life_events = 0;
}

void reference_begin(const vox_model *model, uint16_t reports, uint32_t frames, uint32_t windows, uint32_t numbers)
{
    CHECK(vox_listener_init(&listener, model, memory, sizeof memory) == VOX_OK);
    mask = reports;
    verdict_said.size = 0;
    more_frames = frames;
    more_windows = windows;
    events = numbers;
}

void reference_take(const int16_t *samples, size_t count)
{
    while (count > 0) {
        size_t used;
        say_heard(vox_listener_push(&listener, samples, count, &used));
        samples += used;
        count -= used;
    }
}

void reference_finish(bool whole_clip, uint32_t taken)
{
    for (int heard = 1; whole_clip && heard != 0;) {
        heard = vox_listener_finish(&listener);
        say_heard(heard);
    }
    uint16_t scores[VOX_MAX_LABELS];
    const vox_verdict verdict = vox_listener_clip(&listener, scores);
    uint8_t payload[VOX_LINK_PAYLOAD];
    uint8_t *at = vox_put_u32(payload, taken);
    at = vox_put_u32(at, listener.frames + more_frames);
    at = vox_put_u32(at, listener.windows + more_windows);
    at = vox_put_u32(at, events);
    at = vox_put_u16(at, (uint16_t)verdict.label);
    at = vox_put_u16(at, verdict.score);
    say(VOX_MSG_CLIP, payload, put_scores(at, scores));
}

void reference_settled(bool broken_off)
{
    CHECK(of_board.count == 0);
    if (broken_off) {
        unsigned windows = 0;
        for (uint32_t i = 0; i < of_reference.count; ++i) {
            const uint8_t type = of_reference.records[(of_reference.first + i) % WAITING].type;
            CHECK(type == VOX_MSG_RESULT || type == VOX_MSG_EVENT);
            windows += type == VOX_MSG_RESULT;
        }
        CHECK(windows <= 1u && of_reference.count <= 3u && (windows == 1u || of_reference.count == 0));
        reference.broken += windows;
        of_reference.count = 0;
    }
    CHECK(of_reference.count == 0);
}

void reference_run(const vox_model *model, const uint8_t *input, size_t input_size, const uint8_t *output, size_t size)
{
    CHECK(vox_program_arena_size(model) <= sizeof memory && input_size == vox_program_input_size(model));
    vox_program_reset(model, memory);
    memcpy(vox_program_input(model, memory, NULL), input, input_size);
    vox_program_run(model, memory);
    CHECK(size == vox_program_output_size(model) && memcmp(output, vox_program_output(model, memory, NULL), size) == 0);
}
