#include "source.h"

#include "hal.h"

void app_begin(app_state *app, app_source source, uint32_t samples, uint16_t mask)
{
    app_stop(app);
    vox_listener_reset(&app->listener);
    app->source = source;
    app->mask = mask;
    app->clip_samples = samples;
    app->taken = 0;
    app->event_number = 0;
    app->frame_ticks = 0;
}

void app_stop(app_state *app)
{
    if (app->source == APP_MICROPHONE) {
        hal_audio_stop();
    }
    app->source = APP_IDLE;
    app->run = (app_run){.open = false};
    app->work.task = APP_RESTING; /* whoever waits for the end of it waits in vain: something else was asked for */
}
