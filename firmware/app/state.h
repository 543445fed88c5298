/* All that the device program remembers: one object, in static memory. Every file of the program works on it. */
#ifndef APP_STATE_H
#define APP_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "vox/link.h"
#include "vox/listener.h"
#include "vox/messages.h"

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
    uint32_t received; /* bytes of the input */
    uint32_t ticks;    /* of the run */
} app_run;

typedef enum { APP_RESTING = 0, APP_HEARING = 1, APP_FINISHING = 2, APP_RUNNING = 3 } app_task;

/* What a request or the microphone has given to do. It is done in steps (a feature frame, an operator), between which the host
 * is served: what takes sound or tensors from it waits (`held`), everything else is carried out, and may end the work. */
typedef struct {
    app_task task;
    uint8_t type, sequence; /* of the request that is answered when the work is done; type 0: none */
    bool held;              /* the decoder holds a request that waits */
    vox_link_frame request; /* it */
    uint32_t step;          /* of the network alone: where the next op record is */
    uint32_t ticks;         /* of the frame or window under way */
    uint16_t count, at;     /* samples, and those that are done with */
    int16_t samples[VOX_CLIP_CHUNK];
} app_work;

/* Bytes that were taken from the line and not yet looked at. */
typedef struct {
    uint8_t bytes[64];
    uint8_t count, at;
} app_input;

typedef struct {
    vox_link_decoder decoder;
    app_input input;
    uint8_t transmit_sequence;
    app_last last;
    app_transfer transfer;
    app_run run;
    app_work work;

    vox_model model;
    vox_listener listener;
    int32_t model_status; /* why no model hears, or VOX_OK; VOX_ERR_STATE: there is none */
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

#endif
