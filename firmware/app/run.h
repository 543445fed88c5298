/* The network alone: a tensor from the host in, the output tensor back. The tensors lie in the arena; nothing is copied. */
#ifndef APP_RUN_H
#define APP_RUN_H

#include "state.h"

/* What the requests RUN_BEGIN, RUN_NEXT, RUN_INPUT and RUN are answered with: a vox_status, of the input the offset wanted next. */
int32_t app_run_begin(app_state *app);
int32_t app_run_next(app_state *app);
int32_t app_run_input(app_state *app, const vox_link_frame *frame);
int32_t app_run_network(app_state *app);

/* A step of the run that app_run_network has begun: one operator. True when it was the last; the output is sent then. */
bool app_run_step(app_state *app);

/* The output of the last run. app->run.done has to be set. */
void app_send_output(app_state *app);

#endif
