/* A model on its way from the host, into a slot that the running one does not use. */
#ifndef APP_TRANSFER_H
#define APP_TRANSFER_H

#include "state.h"

/* What the requests MODEL_BEGIN, MODEL_DATA and MODEL_COMMIT are answered with: a vox_status, of data the offset wanted next. */
int32_t app_model_begin(app_state *app, const vox_link_frame *frame);
int32_t app_model_data(app_state *app, const vox_link_frame *frame);
int32_t app_model_commit(app_state *app);

#endif
