/* The host's requests. Commands are recognised by their sequence, data by their offset, so that nothing happens twice. */
#ifndef APP_REQUESTS_H
#define APP_REQUESTS_H

#include "state.h"

/* True for a request that has to wait until the work of another is done. */
bool app_must_wait(const app_state *app, const vox_link_frame *frame);

/* Carries one out that need not wait. It is answered at once, or when the work that it has given is done. */
void app_handle(app_state *app, const vox_link_frame *frame);

/* A step of the work there is: a feature frame, or one operator. False if there is none. */
bool app_work_on(app_state *app);

#endif
