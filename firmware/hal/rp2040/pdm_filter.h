/* From the bits of a PDM microphone to PCM, integers only. Plain C, no pico-sdk: tests run it on a PC.
 *
 *   bits, 64 or 128 times the rate
 *     -> sinc^4, decimation 16 (what four integrators and combs compute): 61 weights, summed bytewise from a table
 *     -> symmetric low pass, decimation 4 or 8: flat within 0.1 dB up to 0.42 of the rate (it also undoes the droop of the
 *        sinc^4), -6 dB at half the rate, below -40 dB from 0.58 of the rate on
 */
#ifndef HAL_RP2040_PDM_FILTER_H
#define HAL_RP2040_PDM_FILTER_H

#include <stdint.h>

#define RP2040_PDM_TAPS 128u /* of the longer low pass */

typedef struct {
    int16_t table[8][256];            /* sum of the weights of a byte's bits, by its place in the last 64 bits */
    uint32_t earlier, later;          /* the last 64 bits, oldest first in the top bit */
    int16_t history[RP2040_PDM_TAPS]; /* of the sinc^4's output, oldest first; as many as the low pass has taps */
    const int16_t *taps;              /* the first half */
    uint32_t tap_count;
    uint32_t decimation;
} rp2040_pdm_filter;

/* decimation: of the low pass, 4 (64 bits a sample) or 8 (128 bits). */
void rp2040_pdm_filter_init(rp2040_pdm_filter *filter, uint32_t decimation);

/* One sample from decimation / 2 words of 32 bits, oldest bit first in the top bit. All ones give 32767 after a while, all
 * zeros -32768. */
int32_t rp2040_pdm_filter_sample(rp2040_pdm_filter *filter, const uint32_t *words);

#endif
