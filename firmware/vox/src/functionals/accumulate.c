#include <string.h>

#include "functionals/set.h"
#include "vox/functionals.h"

void vox_functionals_begin(const uint8_t *section, void *set)
{
    memset(set, 0, vox_functionals_size(section));
}

static void add_extreme(vox_set_extremes *extremes, int16_t value, unsigned first)
{
    if (first || value < extremes->low) {
        extremes->low = value;
    }
    if (first || value > extremes->high) {
        extremes->high = value;
    }
}

static void add_step(vox_set_steps *steps, int16_t value)
{
    if (steps->started) {
        const int32_t step = (int32_t)value - steps->last;
        const unsigned down = step < 0;
        steps->sum[down] += (uint32_t)(down ? -step : step);
        steps->count[down] += step != 0;
    }
    steps->last = value;
    steps->started = 1;
}

static void add_run(vox_set_runs *runs, int16_t value)
{
    const uint32_t above = value > 0;
    if (runs->length != 0 && runs->above != above) {
        ++runs->count[runs->above];
        runs->sum[runs->above] += runs->length;
        runs->squares[runs->above] += (uint64_t)runs->length * runs->length;
        runs->length = 0;
    }
    runs->above = above;
    ++runs->length;
}

void vox_functionals_add(const uint8_t *section, void *set, const int16_t *frame)
{
    const vox_functionals_params *params = (const void *)section;
    const vox_functional_feature *feature = vox_functional_features(section);
    const unsigned voiced = params->voiced == VOX_NEVER_VOICED || frame[params->voiced] > 0;
    uint8_t *at = set;
    for (unsigned i = 0; i < params->features; ++i) {
        const unsigned groups = feature[i].groups;
        const int16_t value = frame[i];
        const vox_set_groups here = vox_set_at(at, groups);
        const uint32_t time = here.head->frames++;
        at = here.next;
        if (here.runs != NULL) {
            add_run(here.runs, value); /* unvoiced frames, too: they are the gaps */
        }
        if ((groups & VOX_GROUP_VOICED) != 0 && !voiced) {
            if (here.steps != NULL) {
                here.steps->started = 0; /* no step leads over a gap */
            }
            continue;
        }
        const unsigned first = here.head->count++ == 0;
        if (here.moments != NULL) {
            here.moments->sum += value;
            here.moments->squares += (uint32_t)((int32_t)value * value);
        }
        if (here.extremes != NULL) {
            add_extreme(here.extremes, value, first);
        }
        if (here.histogram != NULL) {
            const int32_t bin = ((int32_t)value - feature[i].low) >> feature[i].shift;
            const int32_t last = (int32_t)VOX_HISTOGRAM_BINS - 1;
            ++here.histogram->bins[bin < 0 ? 0 : bin > last ? last : bin];
        }
        if (here.trend != NULL) {
            here.trend->times += time;
            here.trend->squares += (uint64_t)time * time;
            here.trend->products += (int64_t)((int32_t)time * (int64_t)value);
        }
        if (here.steps != NULL) {
            add_step(here.steps, value);
        }
    }
}
