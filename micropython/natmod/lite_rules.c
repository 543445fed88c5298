/* The lite build has no rules of single labels, nor tags, which need them: models with them do not open, so that the
 * others are never called. */
#include "decision/rules.h"
#include "decision/tags.h"

bool vox_rules_check(const uint8_t *section, size_t size)
{
    (void)size;
    return ((const vox_decision_params *)(const void *)section)->rules_offset == 0;
}

const vox_label_rule *vox_rules_of(const uint8_t *section)
{
    (void)section;
    return NULL;
}

int vox_rules_begin(vox_decision *decision)
{
    (void)decision;
    return -1;
}

bool vox_tags_in(const uint8_t *section)
{
    (void)section;
    return false;
}

bool vox_tags_check(const uint8_t *section)
{
    (void)section;
    return true;
}

size_t vox_tags_size(const uint8_t *section)
{
    (void)section;
    return 0;
}

int vox_tags_push(vox_decision *decision, uint32_t frame, bool heard, vox_event *events)
{
    (void)decision;
    (void)frame;
    (void)heard;
    (void)events;
    return 0;
}
