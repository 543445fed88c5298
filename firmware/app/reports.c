#include "reports.h"

#include <string.h>

#include "hal.h"
#include "model.h"
#include "signature.h"

#define VERSION_MAJOR 0u
#define VERSION_MINOR 1u
#define VERSION_PATCH 0u

void app_send(app_state *app, uint8_t type, const uint8_t *payload, const uint8_t *end)
{
    uint8_t wire[VOX_LINK_WIRE];
    const int length = vox_link_encode(wire, type, app->transmit_sequence++, payload, (size_t)(end - payload));
    if (length < 0 || hal_write(wire, (size_t)length) != (size_t)length) {
        ++app->unsent;
    }
}

void app_send_ack(app_state *app, uint8_t type, uint8_t sequence, int32_t status)
{
    uint8_t payload[6];
    uint8_t *at = vox_put_u8(payload, type);
    at = vox_put_u8(at, sequence);
    at = vox_put_u32(at, (uint32_t)status);
    app_send(app, VOX_MSG_ACK, payload, at);
}

static uint8_t *put_text(uint8_t *at, const char *text, size_t length)
{
    memcpy(at, text, length);
    return at + length;
}

/* Up to `room` bytes of a text. */
static uint8_t *put_string(uint8_t *at, const char *text, size_t room)
{
    size_t length = 0;
    while (length < room && text[length] != '\0') {
        ++length;
    }
    return put_text(at, text, length);
}

void app_send_hello(app_state *app)
{
    const bool hears = app->model_status == VOX_OK;
    const vox_frontend_params *frontend = (const void *)app->model.frontend;
    const vox_decision_params *decision = (const void *)app->model.decision;
    const uint8_t capabilities =
        (uint8_t)((hal_has_audio() ? VOX_CAN_LISTEN : 0u) | (hal_slot_size() > 0 ? VOX_CAN_TAKE_MODEL : 0u) |
                  (hal_slots_persist() ? VOX_CAN_KEEP_MODEL : 0u) |
                  (app_wants_signature() ? VOX_CAN_CHECK_SIGNATURE : 0u));
    uint8_t payload[VOX_LINK_PAYLOAD];
    uint8_t *at = vox_put_u8(payload, VOX_LINK_VERSION);
    at = vox_put_u8(at, VERSION_MAJOR);
    at = vox_put_u8(at, VERSION_MINOR);
    at = vox_put_u8(at, VERSION_PATCH);
    at = vox_put_u8(at, capabilities);
    at = vox_put_u8(at, app->model_origin);
    at = vox_put_u16(at, (uint16_t)VOX_CLIP_CHUNK);
    at = vox_put_u32(at, (uint32_t)hal_receive_capacity());
    at = vox_put_u32(at, hal_tick_rate());
    at = vox_put_u32(at, app_arena_size());
    at = vox_put_u32(at, app_arena_used(app));
    at = vox_put_u32(at, (uint32_t)hal_slot_size());
    at = vox_put_u32(at, (uint32_t)app->model_status);
    at = vox_put_u32(at, app->model.crc);
    at = vox_put_u32(at, app->model.size);
    at = vox_put_u32(at, hears ? frontend->sample_rate : 0u);
    at = vox_put_u16(at, hears ? (uint16_t)vox_frontend_span(app->model.frontend) : 0u);
    at = vox_put_u16(at, hears ? frontend->hop : 0u);
    at = vox_put_u16(at, hears ? frontend->bands : 0u);
    at = vox_put_u16(at, hears ? decision->window : 0u);
    at = vox_put_u16(at, hears ? decision->stride : 0u);
    at = vox_put_u16(at, hears ? decision->label_count : 0u);
    uint8_t *length = at;
    at = put_string(length + 1, VOX_BOARD_NAME, 48);
    length[0] = (uint8_t)(at - length - 1);
    char name[48];
    const size_t name_length = app_model_name(&app->model, name, sizeof name);
    at = vox_put_u8(at, (uint8_t)name_length);
    at = put_text(at, name, name_length);
    app_send(app, VOX_MSG_HELLO, payload, at);
}

void app_send_labels(app_state *app)
{
    if (app->model_status != VOX_OK) {
        return;
    }
    for (unsigned i = 0; i < vox_model_label_count(&app->model); ++i) {
        uint8_t payload[64];
        uint8_t *at = vox_put_u8(payload, (uint8_t)i);
        at = put_string(at, vox_model_label(&app->model, i), sizeof payload - 1u);
        app_send(app, VOX_MSG_LABEL, payload, at);
    }
}

void app_send_statistics(app_state *app)
{
    uint8_t payload[64];
    uint8_t *at = vox_put_u32(payload, hal_millis());
    at = vox_put_u32(at, app->frames);
    at = vox_put_u32(at, app->windows);
    at = vox_put_u32(at, app->events);
    at = vox_put_u32(at, app->decoder.frames);
    at = vox_put_u32(at, app->decoder.errors);
    at = vox_put_u32(at, hal_read_lost());
    at = vox_put_u32(at, app->unsent);
    at = vox_put_u32(at, hal_audio_lost());
    at = vox_put_u32(at, app->repeats);
    at = vox_put_u32(at, app->window_ticks);
    at = vox_put_u32(at, app->frame_ticks);
    at = vox_put_u32(at, hal_stack_size());
    at = vox_put_u32(at, hal_stack_used());
    app_send(app, VOX_MSG_STATS, payload, at);
}

void app_send_frame(app_state *app)
{
    const vox_listener *listener = &app->listener;
    const vox_frontend_params *frontend = (const void *)app->model.frontend;
    for (uint16_t first = 0; first < frontend->bands; first = (uint16_t)(first + VOX_FEATURES_CHUNK)) {
        uint8_t payload[VOX_LINK_PAYLOAD];
        uint8_t *at = vox_put_u32(payload, listener->frames - 1u);
        at = vox_put_u16(at, (uint16_t)vox_frontend_level(&listener->frontend));
        at = vox_put_u16(at, first);
        for (uint16_t band = first; band < frontend->bands && band < first + VOX_FEATURES_CHUNK; ++band) {
            at = vox_put_u16(at, (uint16_t)listener->features[band]);
        }
        app_send(app, VOX_MSG_FEATURES, payload, at);
    }
}

static uint8_t *put_scores(uint8_t *at, const uint16_t *scores, unsigned count)
{
    for (unsigned i = 0; i < count; ++i) {
        at = vox_put_u16(at, scores[i]);
    }
    return at;
}

void app_send_result(app_state *app)
{
    const vox_listener *listener = &app->listener;
    uint8_t payload[VOX_LINK_PAYLOAD];
    uint8_t *at = vox_put_u32(payload, listener->frames);
    at = vox_put_u32(at, listener->windows - 1u);
    at = vox_put_u16(at, (uint16_t)listener->verdict.label);
    at = vox_put_u16(at, listener->verdict.score);
    at = vox_put_u16(at, (uint16_t)vox_frontend_level(&listener->frontend));
    at = vox_put_u8(at, listener->gated ? VOX_RESULT_GATED : 0u);
    at = vox_put_u8(at, 0);
    at = vox_put_u32(at, app->window_ticks);
    at = vox_put_u32(at, app->frame_ticks);
    at = put_scores(at, listener->posteriors, vox_model_label_count(&app->model));
    app_send(app, VOX_MSG_RESULT, payload, at);
}

void app_send_events(app_state *app)
{
    for (unsigned i = 0; i < app->listener.event_count; ++i) {
        const vox_event *event = &app->listener.events[i];
        uint8_t payload[16];
        uint8_t *at = vox_put_u32(payload, app->event_number++);
        at = vox_put_u32(at, event->frame);
        at = vox_put_u16(at, (uint16_t)event->label);
        at = vox_put_u16(at, event->score);
        at = vox_put_u8(at, event->kind);
        ++app->events;
        if (app->mask & VOX_STREAM_EVENTS) {
            app_send(app, VOX_MSG_EVENT, payload, at);
        }
    }
}

void app_send_audio(app_state *app, const int16_t *samples, size_t count)
{
    uint8_t payload[VOX_LINK_PAYLOAD];
    uint8_t *at = vox_put_u32(payload, app->taken);
    for (size_t i = 0; i < count && i < VOX_CLIP_CHUNK; ++i) {
        at = vox_put_u16(at, (uint16_t)samples[i]);
    }
    app_send(app, VOX_MSG_AUDIO, payload, at);
}

void app_send_clip(app_state *app)
{
    uint16_t scores[VOX_MAX_LABELS];
    const vox_verdict verdict = vox_listener_clip(&app->listener, scores);
    uint8_t payload[VOX_LINK_PAYLOAD];
    uint8_t *at = vox_put_u32(payload, app->taken);
    at = vox_put_u32(at, app->listener.frames);
    at = vox_put_u32(at, app->listener.windows);
    at = vox_put_u32(at, app->event_number);
    at = vox_put_u16(at, (uint16_t)verdict.label);
    at = vox_put_u16(at, verdict.score);
    at = put_scores(at, scores, vox_model_label_count(&app->model));
    app_send(app, VOX_MSG_CLIP, payload, at);
}

static void send_text(app_state *app, uint8_t type, uint8_t *payload, uint8_t *at, const char *text)
{
    at = put_string(at, text, 96);
    app_send(app, type, payload, at);
}

void app_log(app_state *app, uint8_t level, const char *text)
{
    if (level <= app->log_level) {
        uint8_t payload[128];
        send_text(app, VOX_MSG_LOG, payload, vox_put_u8(payload, level), text);
    }
}

void app_send_error(app_state *app, int32_t status, const char *text)
{
    uint8_t payload[128];
    send_text(app, VOX_MSG_ERROR, payload, vox_put_u32(payload, (uint32_t)status), text);
}
