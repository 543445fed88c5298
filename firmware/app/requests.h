/* The host's requests. Commands are recognised by their sequence, data by their offset, so that nothing happens twice. */
#ifndef APP_REQUESTS_H
#define APP_REQUESTS_H

#include "state.h"

/* Carries one out, and answers it. */
void app_handle(app_state *app, const vox_link_frame *frame);

#endif
