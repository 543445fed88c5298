#include "listen.h"

#include "hal.h"
#include "reports.h"

static void report(app_state *app, int heard, uint32_t ticks)
{
    if (heard & VOX_HEARD_FRAME) {
        ++app->frames;
        if (app->mask & VOX_STREAM_FEATURES) {
            app_send_frame(app);
        }
    }
    if (heard & VOX_HEARD_RESULT) {
        ++app->windows;
        app->window_ticks = ticks;
        if (app->mask & VOX_STREAM_RESULTS) {
            app_send_result(app);
        }
    } else if (heard & VOX_HEARD_FRAME) {
        app->frame_ticks = ticks;
    }
    if (heard & VOX_HEARD_EVENT) {
        app_send_events(app);
    }
}

void app_hear(app_state *app, const int16_t *samples, size_t count)
{
    if (app->mask & VOX_STREAM_AUDIO) {
        app_send_audio(app, samples, count);
    }
    while (count > 0) {
        size_t used = 0;
        const uint32_t before = hal_ticks();
        const int heard = vox_listener_push(&app->listener, samples, count, &used);
        report(app, heard, hal_ticks() - before);
        samples += used;
        count -= used;
        app->taken = (app->taken + (uint32_t)used) & VOX_OFFSET_MASK;
    }
}

void app_finish(app_state *app)
{
    if (app->source == APP_CLIP) {
        for (;;) {
            const uint32_t before = hal_ticks();
            const int heard = vox_listener_finish(&app->listener);
            if (heard == 0) {
                break;
            }
            report(app, heard, hal_ticks() - before);
        }
    }
    app->source = APP_CLIP_DONE;
}
