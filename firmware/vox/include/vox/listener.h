/* The whole pipeline over a stream: samples in, feature frames, results and events out.
 *
 *     vox_listener_init(&listener, &model, memory, sizeof memory);
 *     while (count > 0) {
 *         int what = vox_listener_push(&listener, samples, count, &used);
 *         samples += used; count -= used;
 *         if (what & VOX_HEARD_RESULT) { ... listener.verdict, listener.posteriors ... }
 *     }
 */
#ifndef VOX_LISTENER_H
#define VOX_LISTENER_H

#include <stddef.h>
#include <stdint.h>

#include "vox/decision.h"
#include "vox/frontend.h"
#include "vox/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vox_listener {
    const vox_model *model;
    struct vox_listener
        *wakers; /* of a cascade: the stage that wakes this one, the one that wakes that, ...: each has its
                                    own decision, ring and results; front end and arena are this one's */
    vox_frontend frontend;
    vox_decision decision;
    int16_t *ring;        /* [held][bands]: the last feature frames (vox_model_held) */
    int32_t *means;       /* [bands] Q15: running means, where NORM takes them off the frames before they get there */
    uint8_t *sets;        /* accumulators of functionals, one set for each window that is open */
    int16_t *values;      /* [count]: functionals of the last window */
    uint16_t *posteriors; /* [labels] Q15 of the last window; all zero where the gate held it back */
    uint8_t *arena;       /* program arena; the front end's scratch lies in the same bytes */
    const int16_t *features; /* [bands]: newest frame, in the ring: less its running means where there are any */
    uint32_t frames;         /* feature frames since reset, modulo 2^32 */
    uint32_t windows;        /* windows since reset, gated ones included, modulo 2^32 */
    uint32_t next_window;    /* frame count at which the next window is due, modulo 2^32 */
    uint32_t step;           /* of the window that is due: where the next op record is */
    uint16_t ring_head;
    uint16_t newest_set; /* the one that began last, and the frames since */
    uint16_t set_age;
    uint16_t open_sets;  /* that have begun, at most all */
    uint16_t fed;        /* of a woken stream program: frames since its state was reset, up to a window */
    uint16_t rest;       /* frames for which it stays awake after what woke it is over */
    uint16_t runs;       /* of the program, of what is due */
    uint16_t loud_age;   /* frames since one at or above the gate level; saturates */
    vox_verdict verdict; /* of the stream, after the last window */
    vox_event *events;   /* [event_count] of the last frame's window; see vox_decision_most_events */
    uint8_t event_count;
    uint8_t gated; /* 1 if the last window was held back: by the gate, or asleep */
    uint8_t ran;   /* 1 once a window has been run or held back */
    uint8_t due;   /* 1 from vox_listener_feed until the last vox_listener_step of its window */
    uint8_t awake; /* 0 where what wakes the program (WAKE) has not */
    uint8_t waker_count;
    uint8_t turn; /* stage whose turn it is: 0 this one, else its wakers from the last one on */
    uint8_t ends; /* 1 if a window ends with the run that is due; 0: a stream program alone goes on */
} vox_listener;

/* Bytes of memory for a model that hears (a multiple of 8); 0 for a bare network. */
size_t vox_listener_size(const vox_model *model);

/* memory: 8-byte aligned, at least vox_listener_size bytes. VOX_OK, VOX_ERR_BARE (bare network), _ALIGNMENT, _MEMORY. */
int vox_listener_init(vox_listener *listener, const vox_model *model, void *memory, size_t size);

/* Back to the state after init: the next sample is the first. */
void vox_listener_reset(vox_listener *listener);

/* Takes samples until one feature frame is complete or they are used up. Returns VOX_HEARD_* flags, 0 for nothing new. */
int vox_listener_push(vox_listener *listener, const int16_t *samples, size_t count, size_t *used);

/* Ends a clip: as vox_listener_push with zero samples, up to the first window, or later to the window that takes in the
 * frames after the last one. Samples short of a frame are left out then. Call until it returns 0; then
 * vox_listener_clip is final. With functionals the last window is short instead: it ends with the last frame, and is run
 * if it is the only one, or at least half as long as the others. */
int vox_listener_finish(vox_listener *listener);

/* The same two in pieces, for programs that have something else to do between one operator and the next: a window is only
 * begun (VOX_HEARD_DUE), and then belongs to vox_listener_step, which runs one operator at a time. It returns 0 as long as
 * listener->due says that there are more, then what the window has given: VOX_HEARD_RESULT, and maybe VOX_HEARD_EVENT.
 * Nothing else is called meanwhile but vox_listener_clip and vox_listener_reset, which gives the window up. */
int vox_listener_feed(vox_listener *listener, const int16_t *samples, size_t count, size_t *used);
int vox_listener_drain(vox_listener *listener);
int vox_listener_step(vox_listener *listener);

/* Verdict over the clip (all windows since reset). scores: Q15 [labels], may be NULL. */
vox_verdict vox_listener_clip(const vox_listener *listener, uint16_t *scores);

/* One analysis window outside a stream: features[window][bands], oldest first, or the functionals [1][count] -> the same
 * shape as the program's input sees it, int8_t or int16_t; running means were taken off before. For training and tests. */
void vox_norm_window(const vox_model *model, const int16_t *features, void *input);

#ifdef __cplusplus
}
#endif
#endif
