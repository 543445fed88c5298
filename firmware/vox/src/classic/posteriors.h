/* The end of a classifier: Q15 posteriors whose highest stands where the highest score stands. */
#ifndef VOX_CLASSIC_POSTERIORS_H
#define VOX_CLASSIC_POSTERIORS_H

#include <stdint.h>

/* Index of the highest score, of equals the first: what numpy's argmax gives. count >= 1. */
uint32_t vox_highest(const int32_t *scores, uint32_t count);

/* Rounding can make a rival's posterior equal to the winner's: one before it is set one step below, one behind it to at
 * most the same, so that the first of the highest is the winner. Every posterior is 0..32767, the winner's at least 1. */
void vox_settle(int16_t *posteriors, uint32_t count, uint32_t winner);

#endif
