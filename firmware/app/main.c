#include "app.h"
#include "hal.h"

static app_state app;

int main(int argc, char **argv)
{
    const int status = hal_init(argc, argv);
    if (status != 0) {
        return status;
    }
    app_start(&app);
    while (hal_running()) {
        if (!app_poll(&app)) {
            hal_idle();
        }
    }
    return 0;
}
