/* The lite build has no rules of single labels: models with them do not open, so that the others are never called. */
#include "decision/rules.h"

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
