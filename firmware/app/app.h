/* The device program: answers the host, runs the model on the host's or the microphone's sound, reports. The board's figures
 * (VOX_BOARD_NAME, VOX_ARENA_BYTES) come from boards/<board>.yaml.
 *
 * Its files call each other downwards only: requests, then listen, run and transfer, reports, model, source. */
#ifndef APP_APP_H
#define APP_APP_H

#include "state.h"

/* Everything as when it is switched on. The kept model, or the built-in one, starts at once. */
void app_start(app_state *app);

/* One round: requests, a step of the work that they and the microphone give, statistics. True if there was something to do. */
bool app_poll(app_state *app);

#endif
