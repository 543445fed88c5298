/* Rules of single labels, where a DECI section has them: thresholds, minimum duration, refractory time. */
#ifndef VOX_DECISION_RULES_H
#define VOX_DECISION_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vox/decision.h"

/* True if the section has no rules, or sound ones. */
bool vox_rules_check(const uint8_t *section, size_t size);

/* [label_count], or NULL. */
const vox_label_rule *vox_rules_of(const uint8_t *section);

/* Counts, for each label, the windows in a row whose smoothed score is at or above its threshold_on. Returns the label whose
 * event may begin: not background, for its minimum duration or longer at or above, by the largest margin (of equals the
 * first); -1 for none. */
int vox_rules_begin(vox_decision *decision);

#endif
