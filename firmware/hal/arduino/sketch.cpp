/* main.c of the device program, in the shape that an Arduino core calls. */
#include <Arduino.h>

extern "C" {
#include "app.h"
#include "hal.h"
}

static app_state app;

void setup()
{
    hal_init(0, nullptr);
    app_start(&app);
}

void loop()
{
    if (!app_poll(&app)) {
        hal_idle();
    }
}
