/* Removal of a converter's offset: first-order high pass, integers only. Plain C, no pico-sdk: tests run it on a PC. */
#ifndef HAL_RP2040_DC_H
#define HAL_RP2040_DC_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int32_t mean;   /* Q12 */
    uint32_t shift; /* time constant: 2^shift samples */
    bool started;
} rp2040_dc;

/* Corner between 2.5 and 5 Hz at rates from 8 kHz on: 2^shift is rate / 32, up to the next power of two. */
void rp2040_dc_init(rp2040_dc *dc, uint32_t rate);

/* x without its mean, x in -65536..65535. The first value is taken for the mean, so that there is no step at the start. */
int32_t rp2040_dc_remove(rp2040_dc *dc, int32_t x);

/* To 16 bits, after a shift to the left. */
int16_t rp2040_saturate(int32_t x, uint32_t shift);

#endif
