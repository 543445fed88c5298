#include "vox/decision.h"

#include <string.h>

#include "decision/rules.h"
#include "decision/tags.h"
#include "format/bounds.h"
#include "format/cold.h"

VOX_COLD int vox_decision_check(const uint8_t *section, size_t size, unsigned labels, bool summarised)
{
    const vox_decision_params *p = (const void *)section;
    const unsigned longest = summarised ? VOX_MAX_LONG_FRAMES : VOX_MAX_FRAMES;
    if (size < sizeof *p || p->window == 0 || p->window > longest || p->stride == 0 || p->stride > p->window ||
        (summarised && vox_decision_overlap(p) > VOX_MAX_SETS) || p->clip_mode > VOX_AGGREGATE_MAJORITY ||
        p->stream_mode > VOX_AGGREGATE_EXPONENTIAL || p->history == 0 || p->history > VOX_MAX_HISTORY ||
        p->alpha == 0 || p->alpha > 32768 || p->threshold_on > 32768 || p->threshold_off > p->threshold_on ||
        p->unknown_threshold > 32768 || p->gate_level < 0 || p->label_count != labels ||
        !vox_in_bounds(size, p->flags_offset, labels, 1, 1) || !vox_rules_check(section, size) ||
        !vox_tags_check(section)) {
        return VOX_ERR_DECISION;
    }
    return VOX_OK;
}

/* History and smoothed scores (16 bits), the clip's sums (32 bits), and with rules what they count (8 bits), each part
 * padded to 8 bytes; tags. */
static size_t short_bytes(const vox_decision_params *p)
{
    return ((size_t)(p->history + 1u) * p->label_count * sizeof(uint16_t) + 7u) & ~(size_t)7u;
}

static size_t clip_bytes(const vox_decision_params *p)
{
    return (size_t)p->label_count * 2u * sizeof(uint32_t);
}

static size_t held_bytes(const vox_decision_params *p)
{
    return p->rules_offset == 0 ? 0u : (p->label_count + 7u) & ~(size_t)7u;
}

size_t vox_decision_state_size(const uint8_t *section)
{
    const vox_decision_params *p = (const void *)section;
    return short_bytes(p) + clip_bytes(p) + held_bytes(p) + vox_tags_size(section);
}

unsigned vox_decision_most_events(const uint8_t *section)
{
    const vox_decision_params *p = (const void *)section;
    return vox_tags_in(section) ? p->label_count : 2u;
}

void vox_decision_init(vox_decision *decision, const uint8_t *section, void *state)
{
    const vox_decision_params *p = (const void *)section;
    decision->params = p;
    decision->flags = section + p->flags_offset;
    decision->history = state;
    decision->smoothed = decision->history + (size_t)p->history * p->label_count;
    decision->clip_sum = (void *)((uint8_t *)state + short_bytes(p));
    decision->clip_won = decision->clip_sum + p->label_count;
    decision->rules = vox_rules_of(section);
    decision->held = (void *)(decision->clip_won + p->label_count);
    decision->tags = vox_tags_in(section) ? (void *)(decision->held + held_bytes(p)) : NULL;
    vox_decision_reset(decision);
}

void vox_decision_reset(vox_decision *decision)
{
    memset(decision->history, 0, vox_decision_state_size((const void *)decision->params));
    decision->clip_windows = 0;
    decision->began = 0;
    decision->rest = 0;
    decision->head = 0;
    decision->stored = 0;
    decision->active = -1;
    decision->resting = false;
}

/* The label with the highest score; of equals the first. */
static unsigned best_of(const uint16_t *scores, unsigned labels)
{
    unsigned best = 0;
    for (unsigned c = 1; c < labels; ++c) {
        if (scores[c] > scores[best]) {
            best = c;
        }
    }
    return best;
}

static void remember(vox_decision *d, const uint16_t *posteriors)
{
    const unsigned labels = d->params->label_count;
    uint16_t *slot = d->history + (size_t)d->head * labels;
    for (unsigned c = 0; c < labels; ++c) {
        slot[c] = posteriors == NULL ? 0 : posteriors[c];
    }
    d->head = (uint16_t)(d->head + 1u == d->params->history ? 0u : d->head + 1u);
    if (d->stored < d->params->history) {
        ++d->stored;
    }
}

/* Sum over the remembered windows of one label's posteriors. */
static uint32_t history_sum(const vox_decision *d, unsigned label)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < d->stored; ++i) {
        sum += d->history[(size_t)i * d->params->label_count + label];
    }
    return sum;
}

/* In how many of the remembered windows this label was the best; a held-back window (all zeros) is nobody's. */
static uint32_t history_won(const vox_decision *d, unsigned label)
{
    const unsigned labels = d->params->label_count;
    uint32_t won = 0;
    for (unsigned i = 0; i < d->stored; ++i) {
        const uint16_t *scores = d->history + (size_t)i * labels;
        won += scores[label] != 0 && best_of(scores, labels) == label;
    }
    return won;
}

static void smooth(vox_decision *d, const uint16_t *posteriors)
{
    const vox_decision_params *p = d->params;
    for (unsigned c = 0; c < p->label_count; ++c) {
        if (p->stream_mode == VOX_AGGREGATE_EXPONENTIAL) {
            const int32_t step = ((posteriors == NULL ? 0 : posteriors[c]) - d->smoothed[c]) * (int32_t)p->alpha;
            d->smoothed[c] = (uint16_t)(d->smoothed[c] + ((step + (1 << 14)) >> 15));
        } else if (p->stream_mode == VOX_AGGREGATE_MAJORITY) {
            d->smoothed[c] = (uint16_t)((history_won(d, c) << 15) / d->stored);
        } else {
            d->smoothed[c] = (uint16_t)(history_sum(d, c) / d->stored);
        }
    }
}

/* Of tags, whose scores have thresholds of their own: the one that is highest above its own. */
static bool higher(const vox_decision *d, unsigned c, uint32_t score, unsigned best, uint32_t best_score)
{
    return d->tags == NULL ? score > best_score : vox_tag_margin(d, c, score) > vox_tag_margin(d, best, best_score);
}

static unsigned stream_best(const vox_decision *d)
{
    const unsigned labels = d->params->label_count;
    unsigned best = 0;
    for (unsigned c = 1; c < labels; ++c) {
        best = higher(d, c, d->smoothed[c], best, d->smoothed[best]) ? c : best;
    }
    if (d->params->stream_mode == VOX_AGGREGATE_MAJORITY) {
        for (unsigned c = best + 1; c < labels; ++c) {
            if (d->smoothed[c] == d->smoothed[best] && history_sum(d, c) > history_sum(d, best)) {
                best = c;
            }
        }
    }
    return best;
}

static void count_for_clip(vox_decision *d, const uint16_t *posteriors)
{
    if (posteriors == NULL || d->clip_windows == VOX_MAX_CLIP_WINDOWS) {
        return;
    }
    ++d->clip_windows;
    for (unsigned c = 0; c < d->params->label_count; ++c) {
        d->clip_sum[c] += posteriors[c];
    }
    ++d->clip_won[best_of(posteriors, d->params->label_count)];
}

static vox_verdict verdict_of(const vox_decision *d, unsigned best, uint16_t score)
{
    const bool unknown =
        score < d->params->unknown_threshold || (d->tags != NULL && vox_tag_margin(d, best, score) < 0);
    const vox_verdict verdict = {unknown ? VOX_LABEL_UNKNOWN : (int16_t)best, score};
    return verdict;
}

/* The label whose event may begin where one threshold holds for all: the best, if it is no background; else -1. */
static int common_begin(const vox_decision *d, unsigned best)
{
    const uint16_t score = d->smoothed[best];
    const bool loud = score >= d->params->threshold_on && score > 0;
    return loud && (d->flags[best] & VOX_LABEL_BACKGROUND) == 0 ? (int)best : -1;
}

/* Where one label at a time has an event: it ends, another begins. */
static int push_event(vox_decision *d, uint32_t frame, unsigned best, bool heard, vox_event *events)
{
    const vox_decision_params *p = d->params;
    int count = 0;
    const uint16_t off = d->active >= 0 && d->rules != NULL ? d->rules[d->active].threshold_off : p->threshold_off;
    if (d->active >= 0 && d->smoothed[d->active] < off) {
        const vox_event end = {frame, d->active, d->smoothed[d->active], VOX_EVENT_END};
        events[count++] = end;
        d->active = -1;
    }
    d->resting = d->resting && frame - d->began < d->rest; /* not asked again: frames are numbered modulo 2^32 */
    const int begins = d->rules != NULL ? vox_rules_begin(d) : common_begin(d, best);
    if (d->active < 0 && !d->resting && heard && begins >= 0) {
        const vox_event begin = {frame, (int16_t)begins, d->smoothed[begins], VOX_EVENT_BEGIN};
        events[count++] = begin;
        d->active = (int16_t)begins;
        d->began = frame;
        d->rest = d->rules != NULL ? d->rules[begins].refractory : p->refractory;
        d->resting = true;
    }
    return count;
}

int vox_decision_push(vox_decision *decision, const uint16_t *posteriors, uint32_t frame, vox_verdict *verdict,
                      vox_event *events)
{
    vox_decision *d = decision;
    const vox_decision_params *p = d->params;
    if (p->stream_mode != VOX_AGGREGATE_EXPONENTIAL) {
        remember(d, posteriors);
    }
    smooth(d, posteriors);
    count_for_clip(d, posteriors);

    const unsigned best = stream_best(d);
    const uint16_t score = d->smoothed[best];
    *verdict = verdict_of(d, best, score);
    if (posteriors == NULL) {
        verdict->label = VOX_LABEL_SILENCE;
    }
    return d->tags != NULL ? vox_tags_push(d, frame, posteriors != NULL, events)
                           : push_event(d, frame, best, posteriors != NULL, events);
}

vox_verdict vox_decision_clip(const vox_decision *decision, uint16_t *scores)
{
    const vox_decision *d = decision;
    const unsigned labels = d->params->label_count;
    const bool majority = d->params->clip_mode == VOX_AGGREGATE_MAJORITY;
    const uint32_t windows = d->clip_windows == 0 ? 1 : d->clip_windows;
    unsigned best = 0;
    for (unsigned c = 0; c < labels; ++c) {
        /* ranked before the division, so that rounding makes no ties; majority ties go to the higher sum */
        bool more = d->clip_sum[c] > d->clip_sum[best];
        if (majority && d->clip_won[c] != d->clip_won[best]) {
            more = d->clip_won[c] > d->clip_won[best];
        } else if (d->tags != NULL) {
            more = higher(d, c, d->clip_sum[c] / windows, best, d->clip_sum[best] / windows);
        }
        best = more ? c : best;
        if (scores != NULL) {
            scores[c] = (uint16_t)(majority ? (d->clip_won[c] << 15) / windows : d->clip_sum[c] / windows);
        }
    }
    if (d->clip_windows == 0) {
        const vox_verdict silence = {VOX_LABEL_SILENCE, 0};
        return silence;
    }
    const uint32_t score = majority ? (d->clip_won[best] << 15) / windows : d->clip_sum[best] / windows;
    return verdict_of(d, best, (uint16_t)score);
}
