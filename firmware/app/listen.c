#include "listen.h"

#include <string.h>

#include "hal.h"
#include "reports.h"

static void report(app_state *app, int heard)
{
    const uint32_t ticks = app->work.ticks;
    if (heard & VOX_HEARD_FRAME) {
        ++app->frames;
        if (app->mask & VOX_STREAM_FEATURES) {
            app_send_frame(app);
        }
        if ((heard & VOX_HEARD_DUE) == 0) {
            app->frame_ticks = ticks;
        }
    }
    if (heard & VOX_HEARD_RESULT) {
        ++app->windows;
        app->window_ticks = ticks;
        if (app->mask & VOX_STREAM_RESULTS) {
            app_send_result(app);
        }
    }
    if (heard & VOX_HEARD_EVENT) {
        app_send_events(app);
    }
}

void app_hear(app_state *app, const int16_t *samples, size_t count)
{
    app_work *work = &app->work;
    if (app->mask & VOX_STREAM_AUDIO) {
        app_send_audio(app, samples, count);
    }
    memcpy(work->samples, samples, count * sizeof *samples);
    work->count = (uint16_t)count;
    work->at = 0;
    work->ticks = 0;
    work->type = 0;
    work->task = APP_HEARING;
}

void app_finish(app_state *app)
{
    app->work.ticks = 0;
    app->work.task = APP_FINISHING;
}

/* One operator of the window that is due, or samples up to the next frame. True when nothing is left. */
bool app_hear_step(app_state *app)
{
    app_work *work = &app->work;
    size_t used = 0;
    bool done = false;
    int heard;
    const uint32_t before = hal_ticks();
    if (app->listener.due) {
        heard = vox_listener_step(&app->listener);
    } else if (work->task == APP_HEARING) {
        heard = vox_listener_feed(&app->listener, work->samples + work->at, (size_t)work->count - work->at, &used);
    } else {
        heard = app->source == APP_CLIP ? vox_listener_drain(&app->listener) : 0; /* live sound just stops */
        done = heard == 0;
    }
    work->ticks += hal_ticks() - before;
    work->at = (uint16_t)(work->at + used);
    report(app, heard);
    app->taken = (app->taken + (uint32_t)used) & VOX_OFFSET_MASK;
    if (app->listener.due) {
        return false;
    }
    work->ticks = 0;
    return work->task == APP_HEARING ? work->at == work->count : done;
}
