#include "requests.h"

#include "hal.h"
#include "listen.h"
#include "model.h"
#include "reports.h"
#include "run.h"
#include "source.h"
#include "transfer.h"

static uint16_t get_mask(const uint8_t *at)
{
    return (uint16_t)(vox_get_u16(at) &
                      (VOX_STREAM_RESULTS | VOX_STREAM_EVENTS | VOX_STREAM_FEATURES | VOX_STREAM_AUDIO));
}

static int32_t query(app_state *app, const vox_link_frame *frame)
{
    if (frame->size != VOX_QUERY_BYTES) {
        return VOX_ERR_ARGUMENT;
    }
    switch (frame->payload[0]) {
    case VOX_QUERY_HELLO:
        app->last.valid = false;
        app_send_hello(app);
        return VOX_OK;
    case VOX_QUERY_LABELS:
        app_send_labels(app);
        return app->model_status;
    case VOX_QUERY_STATS:
        app_send_statistics(app);
        return VOX_OK;
    default:
        return VOX_ERR_UNSUPPORTED;
    }
}

static int32_t settings(app_state *app, const vox_link_frame *frame)
{
    if (frame->size != VOX_SETTINGS_BYTES) {
        return VOX_ERR_ARGUMENT;
    }
    app->statistics_interval = vox_get_u32(frame->payload);
    app->statistics_sent = hal_millis();
    app->log_level = frame->payload[4];
    return VOX_OK;
}

static int32_t stream(app_state *app, const vox_link_frame *frame)
{
    if (frame->size != VOX_STREAM_BYTES) {
        return VOX_ERR_ARGUMENT;
    }
    const uint16_t mask = get_mask(frame->payload);
    if (mask == 0) {
        if (app->source == APP_MICROPHONE) {
            app_stop(app);
        }
        return VOX_OK;
    }
    if (app->model_status != VOX_OK) {
        return app->model_status;
    }
    if (!hal_has_audio()) {
        return VOX_ERR_UNSUPPORTED;
    }
    if (app->source == APP_MICROPHONE) {
        app->mask = mask; /* a stream that runs goes on */
        return VOX_OK;
    }
    const vox_frontend_params *frontend = (const void *)app->model.frontend;
    app_begin(app, APP_MICROPHONE, VOX_CLIP_LIVE, mask);
    if (!hal_audio_start(frontend->sample_rate)) {
        app->source = APP_IDLE;
        return VOX_ERR_UNSUPPORTED;
    }
    return VOX_OK;
}

static int32_t clip_begin(app_state *app, const vox_link_frame *frame)
{
    if (frame->size != VOX_CLIP_BEGIN_BYTES) {
        return VOX_ERR_ARGUMENT;
    }
    if (app->model_status != VOX_OK) {
        return app->model_status;
    }
    const uint32_t samples = vox_get_u32(frame->payload);
    if (samples != VOX_CLIP_LIVE && samples > VOX_OFFSET_MASK) {
        return VOX_ERR_ARGUMENT;
    }
    app_begin(app, samples == VOX_CLIP_LIVE ? APP_LIVE : APP_CLIP, samples, get_mask(frame->payload + 4));
    return VOX_OK;
}

static int32_t clip_audio(app_state *app, const vox_link_frame *frame)
{
    int16_t samples[VOX_CLIP_CHUNK];
    if (app->source != APP_CLIP && app->source != APP_LIVE) {
        return VOX_ERR_STATE;
    }
    if (frame->size <= VOX_CLIP_AUDIO_BYTES || (frame->size - VOX_CLIP_AUDIO_BYTES) % sizeof samples[0] != 0) {
        return VOX_ERR_ARGUMENT;
    }
    const size_t count = (frame->size - VOX_CLIP_AUDIO_BYTES) / sizeof samples[0];
    if (vox_get_u32(frame->payload) != app->taken) {
        ++app->repeats; /* heard already, or one before it was lost: the answer says where to go on */
        return (int32_t)app->taken;
    }
    if (app->source == APP_CLIP && count > app->clip_samples - app->taken) {
        return VOX_ERR_ARGUMENT;
    }
    for (size_t i = 0; i < count; ++i) {
        samples[i] = vox_get_i16(frame->payload + VOX_CLIP_AUDIO_BYTES + sizeof samples[0] * i);
    }
    app_hear(app, samples, count);
    return VOX_OK;
}

static int32_t clip_end(app_state *app)
{
    if (app->source == APP_CLIP ? app->taken != app->clip_samples : app->source != APP_LIVE) {
        return VOX_ERR_STATE;
    }
    app_finish(app);
    return VOX_OK;
}

static int32_t reset(app_state *app, const vox_link_frame *frame)
{
    if (frame->size != VOX_RESET_BYTES) {
        return VOX_ERR_ARGUMENT;
    }
    app_stop(app);
    app->transfer.open = false;
    if (frame->payload[0] == VOX_RESET_MODEL) {
        app_use_built_in(app);
        return hal_slot_forget() ? VOX_OK : VOX_ERR_STORAGE;
    }
    return frame->payload[0] == VOX_RESET_STREAMS ? VOX_OK : VOX_ERR_UNSUPPORTED;
}

static int32_t carry_out(app_state *app, const vox_link_frame *frame)
{
    switch (frame->type) {
    case VOX_MSG_SETTINGS:
        return settings(app, frame);
    case VOX_MSG_STREAM:
        return stream(app, frame);
    case VOX_MSG_CLIP_BEGIN:
        return clip_begin(app, frame);
    case VOX_MSG_CLIP_END:
        return clip_end(app);
    case VOX_MSG_MODEL_BEGIN:
        return app_model_begin(app, frame);
    case VOX_MSG_MODEL_COMMIT:
        return app_model_commit(app);
    case VOX_MSG_RESET:
        return reset(app, frame);
    case VOX_MSG_RUN_BEGIN:
        return app_run_begin(app);
    case VOX_MSG_RUN_NEXT:
        return app_run_next(app);
    case VOX_MSG_RUN:
        return app_run_network(app);
    default:
        return VOX_ERR_UNSUPPORTED;
    }
}

static int32_t command(app_state *app, const vox_link_frame *frame)
{
    app_last *last = &app->last;
    if (last->valid && last->type == frame->type && last->sequence == frame->sequence) {
        ++app->repeats;
        if (frame->type == VOX_MSG_CLIP_END && last->status == VOX_OK && app->source == APP_CLIP_DONE) {
            app_send_clip(app); /* the first one may have been lost with its acknowledgement */
        }
        if (frame->type == VOX_MSG_RUN && last->status == VOX_OK && app->run.done) {
            app_send_output(app);
        }
        return last->status;
    }
    last->status = carry_out(app, frame);
    last->type = frame->type;
    last->sequence = frame->sequence;
    last->valid = true;
    return last->status;
}

/* Begins work, or needs what work is about to write. */
static bool waits(uint8_t type)
{
    return type == VOX_MSG_CLIP_AUDIO || type == VOX_MSG_CLIP_END || type == VOX_MSG_RUN_INPUT ||
           type == VOX_MSG_RUN_NEXT || type == VOX_MSG_RUN;
}

bool app_must_wait(const app_state *app, const vox_link_frame *frame)
{
    return app->work.task != APP_RESTING && waits(frame->type);
}

void app_handle(app_state *app, const vox_link_frame *frame)
{
    int32_t status;
    switch (frame->type) {
    case VOX_MSG_QUERY:
        status = query(app, frame); /* asking twice does no harm */
        break;
    case VOX_MSG_CLIP_AUDIO:
        status = clip_audio(app, frame);
        break;
    case VOX_MSG_MODEL_DATA:
        status = app_model_data(app, frame);
        break;
    case VOX_MSG_RUN_INPUT:
        status = app_run_input(app, frame);
        break;
    default:
        status = command(app, frame);
        break;
    }
    if (app_must_wait(app, frame)) { /* it has begun the work, for there was none: answered when that is done */
        app->work.type = frame->type;
        app->work.sequence = frame->sequence;
        return;
    }
    app_send_ack(app, frame->type, frame->sequence, status);
}

bool app_work_on(app_state *app)
{
    app_work *work = &app->work;
    const app_task task = work->task;
    if (task == APP_RESTING) {
        return false;
    }
    if (!(task == APP_RUNNING ? app_run_step(app) : app_hear_step(app))) {
        return true;
    }
    work->task = APP_RESTING;
    if (task == APP_FINISHING) {
        app->source = APP_CLIP_DONE;
        app_send_clip(app);
    }
    if (work->type != 0) {
        app_send_ack(app, work->type, work->sequence, task == APP_HEARING ? (int32_t)app->taken : VOX_OK);
    }
    return true;
}
