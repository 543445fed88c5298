/* From posteriors to results and events: aggregation over windows, gate, threshold, hysteresis, refractory time. */
#ifndef VOX_DECISION_H
#define VOX_DECISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vox/model_view.h"
#include "vox/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define VOX_MAX_CLIP_WINDOWS 131071u /* so that sums of Q15 scores fit 32 bits */

typedef struct {
    int16_t label;  /* index, VOX_LABEL_UNKNOWN or VOX_LABEL_SILENCE */
    uint16_t score; /* Q15 score of the best label, 0..32768 */
} vox_verdict;

typedef struct {
    uint32_t frame; /* number of feature frames since reset when it was decided: last frame of the window + 1 */
    int16_t label;
    uint16_t score; /* Q15 smoothed posterior at that moment */
    uint8_t kind;   /* VOX_EVENT_* */
} vox_event;

typedef struct {
    uint32_t began; /* frame of its last event's begin */
    bool on;        /* its event is on */
    bool resting;   /* it begins none before its refractory time is over */
    uint16_t reserved;
} vox_tag;

typedef struct {
    const vox_decision_params *params;
    const uint8_t *flags;
    uint16_t *history;           /* [history][labels] Q15 posteriors, newest at `head` - 1 */
    uint16_t *smoothed;          /* [labels] Q15: the stream's scores */
    uint32_t *clip_sum;          /* [labels]: sum of posteriors */
    uint32_t *clip_won;          /* [labels]: windows won */
    const vox_label_rule *rules; /* [labels], or NULL where one rule holds for all */
    uint8_t *held;               /* [labels] with rules: windows in a row at or above threshold_on, up to 255 */
    vox_tag *tags;               /* [labels] where they are tags, which hold at once; else NULL */
    uint32_t clip_windows;       /* windows run, up to VOX_MAX_CLIP_WINDOWS; later ones no longer count for the clip */
    uint32_t began;              /* frame of the last event's begin */
    uint16_t head, stored;
    uint16_t rest;  /* frames after `began` in which no other event begins */
    int16_t active; /* label of the event that is on, or -1; of tags: of one that is on */
    bool resting;   /* no other event begins before the refractory time is over */
} vox_decision;

/* Windows that overlap at any frame. */
static inline unsigned vox_decision_overlap(const vox_decision_params *params)
{
    return (params->window + params->stride - 1u) / params->stride;
}

/* Checks a DECI section of `size` bytes against the number of labels. summarised: windows go through functionals. */
int vox_decision_check(const uint8_t *section, size_t size, unsigned labels, bool summarised);

/* Bytes of state, a multiple of 8. */
size_t vox_decision_state_size(const uint8_t *section);

void vox_decision_init(vox_decision *decision, const uint8_t *section, void *state);
void vox_decision_reset(vox_decision *decision);

/* Events that one window may bring at most: an end and a begin; of tags one of each. */
unsigned vox_decision_most_events(const uint8_t *section);

/* One window. posteriors: Q15 [labels], or NULL where the gate held it back (a window of zeros
 * for streams, none for clips). frame: feature frames since reset. *verdict: of the stream. Returns the number of events written
 * to events, which has room for vox_decision_most_events: an end, a begin; of tags in the order of the labels. */
int vox_decision_push(vox_decision *decision, const uint16_t *posteriors, uint32_t frame, vox_verdict *verdict,
                      vox_event *events);

/* Verdict over all windows since reset. scores: Q15 [labels], may be NULL. */
vox_verdict vox_decision_clip(const vox_decision *decision, uint16_t *scores);

#ifdef __cplusplus
}
#endif
#endif
