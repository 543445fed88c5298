/* Labels that are tags: any number of them at once, each with events of its own. */
#ifndef VOX_DECISION_TAGS_H
#define VOX_DECISION_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vox/decision.h"

/* Whether the labels are tags: of a section whose flags lie inside. */
bool vox_tags_in(const uint8_t *section);

/* Where a label is a tag, all are, each has a rule, and nothing asks for the one best of a window. */
bool vox_tags_check(const uint8_t *section);

/* Bytes of what is known of all tags, a multiple of 8; 0 where labels are none. */
size_t vox_tags_size(const uint8_t *section);

/* Ends and begins of events by the smoothed scores; heard: the window was run. Returns how many were written. */
int vox_tags_push(vox_decision *decision, uint32_t frame, bool heard, vox_event *events);

/* How far a score lies above what its tag begins at; below 0: the tag is not there. */
static inline int32_t vox_tag_margin(const vox_decision *decision, unsigned tag, uint32_t score)
{
    return score == 0u ? -(int32_t)decision->rules[tag].threshold_on - 1
                       : (int32_t)score - decision->rules[tag].threshold_on;
}

#endif
