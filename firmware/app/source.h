/* Where sound comes from: a clip or live sound from the host, the microphone, or nowhere. */
#ifndef APP_SOURCE_H
#define APP_SOURCE_H

#include "state.h"

/* Sound from its beginning. samples: announced, or VOX_CLIP_LIVE; mask: VOX_STREAM_*. A model has to be there that hears. */
void app_begin(app_state *app, app_source source, uint32_t samples, uint16_t mask);

/* No sound any more, no run of the network alone that has begun, and no work. */
void app_stop(app_state *app);

#endif
