/* What the device tells: every message is built on the stack and sent at once. */
#ifndef APP_REPORTS_H
#define APP_REPORTS_H

#include "state.h"

/* One message. end: behind the last byte of its payload. */
void app_send(app_state *app, uint8_t type, const uint8_t *payload, const uint8_t *end);

/* The answer to a request. status: a vox_status, or for data the offset that is wanted next. */
void app_send_ack(app_state *app, uint8_t type, uint8_t sequence, int32_t status);

void app_send_hello(app_state *app);
void app_send_labels(app_state *app);
void app_send_statistics(app_state *app);

/* Of the listener: the newest frame, the newest window's result, its new events (counted whether or not the host wants
 * them), the verdict over the clip. */
void app_send_frame(app_state *app);
void app_send_result(app_state *app);
void app_send_events(app_state *app);
void app_send_clip(app_state *app);

/* Sound as it is about to be heard, at most VOX_CLIP_CHUNK samples. */
void app_send_audio(app_state *app, const int16_t *samples, size_t count);

/* At most 96 bytes of text. level: VOX_LOG_*; more than the host asked for is not sent. status: a vox_status. */
void app_log(app_state *app, uint8_t level, const char *text);
void app_send_error(app_state *app, int32_t status, const char *text);

#endif
