#include "app.h"

#include <string.h>

#include "hal.h"
#include "listen.h"
#include "model.h"
#include "reports.h"
#include "requests.h"

void app_start(app_state *app)
{
    memset(app, 0, sizeof *app);
    vox_link_init(&app->decoder);
    app->log_level = VOX_LOG_ERROR;
    app_use_kept(app);
    static const uint8_t idle = 0; /* ends a frame that a reset has cut, so that the first one is not lost with it */
    (void)hal_write(&idle, 1);
    app_send_hello(app);
}

/* A request that has to wait stays in the decoder, and all that comes after it in the hal, until the work is done. */
static bool poll_host(app_state *app)
{
    app_input *input = &app->input;
    app_work *work = &app->work;
    if (work->held) {
        if (work->task != APP_RESTING) {
            return false;
        }
        work->held = false;
        app_handle(app, &work->request);
    }
    if (input->at == input->count) {
        input->count = (uint8_t)hal_read(input->bytes, sizeof input->bytes);
        input->at = 0;
    }
    const bool some = input->count > 0;
    while (input->at < input->count && !work->held) {
        vox_link_frame frame;
        if (vox_link_decode(&app->decoder, input->bytes[input->at++], &frame) != 1) {
            continue;
        }
        if (app_must_wait(app, &frame)) {
            work->request = frame;
            work->held = true;
        } else {
            app_handle(app, &frame);
        }
    }
    return some;
}

static bool poll_microphone(app_state *app)
{
    if (app->source != APP_MICROPHONE || app->work.task != APP_RESTING || app->work.held) {
        return false;
    }
    int16_t samples[VOX_CLIP_CHUNK];
    const size_t count = hal_audio_read(samples, VOX_CLIP_CHUNK);
    if (count > 0) {
        app_hear(app, samples, count);
    }
    return count > 0;
}

static void poll_statistics(app_state *app)
{
    if (app->statistics_interval > 0 && hal_millis() - app->statistics_sent >= app->statistics_interval) {
        app->statistics_sent = hal_millis();
        app_send_statistics(app);
    }
}

bool app_poll(app_state *app)
{
    const bool heard_host = poll_host(app);
    const bool worked = app_work_on(app);
    const bool heard_sound = poll_microphone(app);
    poll_statistics(app);
    return heard_host || worked || heard_sound;
}
