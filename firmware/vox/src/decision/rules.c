#include "decision/rules.h"

#include "format/bounds.h"

const vox_label_rule *vox_rules_of(const uint8_t *section)
{
    const vox_decision_params *p = (const void *)section;
    return p->rules_offset == 0 ? NULL : (const void *)(section + p->rules_offset);
}

bool vox_rules_check(const uint8_t *section, size_t size)
{
    const vox_decision_params *p = (const void *)section;
    if (p->rules_offset == 0) {
        return true;
    }
    if (!vox_in_bounds(size, p->rules_offset, p->label_count, sizeof(vox_label_rule), 2)) {
        return false;
    }
    const vox_label_rule *rules = vox_rules_of(section);
    for (unsigned c = 0; c < p->label_count; ++c) {
        if (rules[c].threshold_on > 32768 || rules[c].threshold_off > rules[c].threshold_on || rules[c].windows == 0 ||
            rules[c].windows > UINT8_MAX) {
            return false;
        }
    }
    return true;
}

int vox_rules_begin(vox_decision *d)
{
    int begins = -1;
    int32_t widest = -1;
    for (unsigned c = 0; c < d->params->label_count; ++c) {
        const vox_label_rule *rule = &d->rules[c];
        const int32_t margin = (int32_t)d->smoothed[c] - rule->threshold_on;
        if (margin < 0 || d->smoothed[c] == 0) {
            d->held[c] = 0;
            continue;
        }
        d->held[c] = (uint8_t)(d->held[c] + (d->held[c] < UINT8_MAX));
        if (d->held[c] >= rule->windows && margin > widest && (d->flags[c] & VOX_LABEL_BACKGROUND) == 0) {
            widest = margin;
            begins = (int)c;
        }
    }
    return begins;
}
