#include "decision/tags.h"

#include "decision/rules.h"

static unsigned count_of(const uint8_t *section)
{
    const vox_decision_params *p = (const void *)section;
    unsigned count = 0;
    for (unsigned c = 0; c < p->label_count; ++c) {
        count += (section[p->flags_offset + c] & VOX_LABEL_TAG) != 0;
    }
    return count;
}

bool vox_tags_in(const uint8_t *section)
{
    return count_of(section) != 0;
}

bool vox_tags_check(const uint8_t *section)
{
    const vox_decision_params *p = (const void *)section;
    const unsigned count = count_of(section);
    return count == 0 || (count == p->label_count && p->rules_offset != 0 && p->clip_mode == VOX_AGGREGATE_MEAN &&
                          p->stream_mode != VOX_AGGREGATE_MAJORITY);
}

size_t vox_tags_size(const uint8_t *section)
{
    const vox_decision_params *p = (const void *)section;
    return vox_tags_in(section) ? p->label_count * sizeof(vox_tag) : 0u;
}

int vox_tags_push(vox_decision *decision, uint32_t frame, bool heard, vox_event *events)
{
    vox_decision *d = decision;
    int count = 0;
    d->active = -1;
    (void)vox_rules_begin(d); /* counts the windows that each tag has held its threshold */
    for (unsigned c = 0; c < d->params->label_count; ++c) {
        const vox_label_rule *rule = &d->rules[c];
        vox_tag *tag = &d->tags[c];
        const uint16_t score = d->smoothed[c];
        /* not asked again once it is over: frames are numbered modulo 2^32 */
        tag->resting = tag->resting && frame - tag->began < rule->refractory;
        uint8_t kind = 0;
        if (tag->on && score < rule->threshold_off) {
            kind = VOX_EVENT_END;
        } else if (!tag->on && !tag->resting && heard && d->held[c] >= rule->windows &&
                   (d->flags[c] & VOX_LABEL_BACKGROUND) == 0) {
            kind = VOX_EVENT_BEGIN;
            tag->began = frame;
            tag->resting = true;
        }
        if (kind != 0) {
            const vox_event event = {frame, (int16_t)c, score, kind};
            events[count++] = event;
            tag->on = kind == VOX_EVENT_BEGIN;
        }
        d->active = tag->on ? (int16_t)c : d->active;
    }
    return count;
}
