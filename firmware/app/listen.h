/* Sound through the model, and its reports. */
#ifndef APP_LISTEN_H
#define APP_LISTEN_H

#include "state.h"

/* The next samples of the source that app_begin has set, at most VOX_CLIP_CHUNK: work for app_hear_step. */
void app_hear(app_state *app, const int16_t *samples, size_t count);

/* The end of a clip, or of live sound: work as well. */
void app_finish(app_state *app);

/* A step of either. True when it was the last. */
bool app_hear_step(app_state *app);

#endif
