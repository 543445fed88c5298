/* A set of accumulators: for each feature, one after the other, a head and the groups that its functionals need, each a
 * multiple of 8 bytes, in this order. */
#ifndef VOX_FUNCTIONALS_SET_H
#define VOX_FUNCTIONALS_SET_H

#include <stdint.h>

#include "vox/model_format.h"

typedef struct {
    uint32_t frames; /* of the window so far */
    uint32_t count;  /* of them, those of the feature */
} vox_set_head;

typedef struct {
    int64_t sum;
    uint64_t squares;
} vox_set_moments;

typedef struct {
    int16_t low, high;
    uint32_t reserved;
} vox_set_extremes;

typedef struct {
    uint16_t bins[VOX_HISTOGRAM_BINS];
} vox_set_histogram;

/* Times are frame numbers in the window, from 0. */
typedef struct {
    uint64_t times;
    uint64_t squares;
    int64_t products;
} vox_set_trend;

typedef struct {
    uint32_t sum[2];   /* of steps up, of steps down */
    uint32_t count[2]; /* at most VOX_MAX_LONG_FRAMES, so that the sums fit */
    int16_t last;
    uint16_t started;
    uint32_t reserved;
} vox_set_steps;

/* Lengths in frames; [1] above 0, [0] the others. The run under way is not in the sums. */
typedef struct {
    uint32_t count[2];
    uint32_t sum[2];
    uint64_t squares[2];
    uint32_t length;
    uint32_t above; /* which kind the run under way is */
} vox_set_runs;

/* The place of each group, NULL where the feature has none, and of the next feature's head. */
typedef struct {
    vox_set_head *head;
    vox_set_moments *moments;
    vox_set_extremes *extremes;
    vox_set_histogram *histogram;
    vox_set_trend *trend;
    vox_set_steps *steps;
    vox_set_runs *runs;
    uint8_t *next;
} vox_set_groups;

static inline vox_set_groups vox_set_at(uint8_t *at, unsigned groups)
{
    vox_set_groups set = {(void *)at, 0, 0, 0, 0, 0, 0, 0};
    at += sizeof(vox_set_head);
    if (groups & VOX_GROUP_MOMENTS) {
        set.moments = (void *)at;
        at += sizeof(vox_set_moments);
    }
    if (groups & VOX_GROUP_EXTREMES) {
        set.extremes = (void *)at;
        at += sizeof(vox_set_extremes);
    }
    if (groups & VOX_GROUP_HISTOGRAM) {
        set.histogram = (void *)at;
        at += sizeof(vox_set_histogram);
    }
    if (groups & VOX_GROUP_TREND) {
        set.trend = (void *)at;
        at += sizeof(vox_set_trend);
    }
    if (groups & VOX_GROUP_STEPS) {
        set.steps = (void *)at;
        at += sizeof(vox_set_steps);
    }
    if (groups & VOX_GROUP_RUNS) {
        set.runs = (void *)at;
        at += sizeof(vox_set_runs);
    }
    set.next = at;
    return set;
}

/* The groups that a functional reads, by its code; 0 where there is none of that code. */
extern const uint8_t vox_functional_needs[VOX_FUNCTIONAL_LAST + 1u];

static inline const vox_functional_feature *vox_functional_features(const uint8_t *section)
{
    const vox_functionals_params *params = (const void *)section;
    return (const void *)(section + params->feature_offset);
}

static inline const vox_functional *vox_functional_list(const uint8_t *section)
{
    const vox_functionals_params *params = (const void *)section;
    return (const void *)(section + params->list_offset);
}

#endif
