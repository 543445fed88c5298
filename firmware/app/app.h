/* The device program: answers the host, runs the model on the host's or the microphone's sound, reports. One object,
 * in static memory; the board's figures (VOX_BOARD_NAME, VOX_ARENA_BYTES) come from boards/<board>.yaml. */
#ifndef APP_APP_H
#define APP_APP_H

#include <stdbool.h>

#include "vox/link.h"
#include "vox/listener.h"
#include "vox/messages.h"

#define APP_VERSION_MAJOR 0u
#define APP_VERSION_MINOR 1u
#define APP_VERSION_PATCH 0u

typedef enum { APP_IDLE = 0, APP_CLIP = 1, APP_LIVE = 2, APP_MICROPHONE = 3, APP_CLIP_DONE = 4 } app_source;

/* The last command carried out, so that a repeat (its acknowledgement was lost) is answered and not carried out again. */
typedef struct {
    bool valid;
    uint8_t type;
    uint8_t sequence;
    int32_t status;
} app_last;

/* A model on its way. */
typedef struct {
    bool open;
    uint8_t slot;
    uint32_t size;
    uint32_t crc;
    uint32_t received;
} app_transfer;

/* The network alone, on a tensor from the host. */
typedef struct {
    bool open;
    bool done;
    uint32_t received; /* elements of the input */
    uint32_t ticks;    /* of the run */
} app_run;

typedef struct {
    vox_link_decoder decoder;
    uint8_t transmit_sequence;
    app_last last;
    app_transfer transfer;
    app_run run;

    vox_model model;
    vox_listener listener;
    int32_t model_status; /* why no model hears, or VOX_OK; VOX_ERR_STATE with a bare network, which can be run only */
    uint8_t model_origin; /* VOX_MODEL_* */
    uint8_t model_slot;   /* of a pushed model */

    app_source source;
    uint16_t mask;         /* VOX_STREAM_* */
    uint32_t clip_samples; /* announced, or VOX_CLIP_LIVE */
    uint32_t taken;        /* samples so far; modulo 2^31 when live */
    uint32_t event_number; /* since the clip or stream began */
    uint32_t frame_ticks;  /* of the last feature frame without a window */

    uint32_t statistics_interval; /* ms, 0: never */
    uint32_t statistics_sent;     /* hal_millis() */
    uint8_t log_level;

    uint32_t frames, windows, events; /* since start, modulo 2^32 */
    uint32_t repeats;                 /* requests recognised as sent before */
    uint32_t unsent;                  /* frames that could not be sent whole */
    uint32_t window_ticks;            /* of the last window */
} app_state;

/* memory: for the listener, 8-byte aligned, VOX_ARENA_BYTES. The built-in model starts at once. */
void app_start(app_state *app);

/* One round: requests, microphone, statistics. True if there was something to do. */
bool app_poll(app_state *app);

/* ---- between the files of the program ---- */

/* model.c */
int app_use_model(app_state *app, const uint8_t *data, size_t size, uint8_t origin, uint8_t slot);
void app_use_built_in(app_state *app);
void app_use_kept(app_state *app); /* the model pushed before the board was switched off, else the built-in one */
uint32_t app_arena_size(void);
uint32_t app_arena_used(const app_state *app);
void *app_network_arena(app_state *app); /* for its tensors; NULL without a model. A clip has to start anew after */
size_t app_model_name(const vox_model *model, char *name, size_t max);

/* listen.c */
void app_begin(app_state *app, app_source source, uint32_t samples, uint16_t mask);
void app_hear(app_state *app, const int16_t *samples, size_t count);
void app_finish(app_state *app);
void app_stop(app_state *app);

/* run.c */
int32_t app_run_begin(app_state *app);
int32_t app_run_input(app_state *app, const vox_link_frame *frame);
int32_t app_run_network(app_state *app);
void app_send_output(app_state *app);

/* requests.c */
void app_handle(app_state *app, const vox_link_frame *frame);

/* reports.c */
void app_send(app_state *app, uint8_t type, const uint8_t *payload, const uint8_t *end);
void app_send_ack(app_state *app, uint8_t type, uint8_t sequence, int32_t status);
void app_send_hello(app_state *app);
void app_send_labels(app_state *app);
void app_send_statistics(app_state *app);
void app_send_frame(app_state *app);
void app_send_result(app_state *app);
void app_send_events(app_state *app);
void app_send_audio(app_state *app, const int16_t *samples, size_t count);
void app_send_clip(app_state *app);
void app_log(app_state *app, uint8_t level, const char *text);
void app_send_error(app_state *app, int32_t status, const char *text);

/* builtin_model.c, made from a .vxm by the build */
extern const uint8_t app_builtin_model[];
extern const uint32_t app_builtin_model_size; /* 0 where the image was built without a model */

#endif
