/* The file of VOX_STUB_AUDIO: int16 samples, once. */
#ifndef STUB_SOUND_H
#define STUB_SOUND_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline size_t stub_sound(int16_t *samples, size_t max)
{
    static FILE *file;
    if (file == NULL) {
        file = fopen(getenv("VOX_STUB_AUDIO"), "rb");
    }
    return file == NULL ? 0u : fread(samples, sizeof samples[0], max, file);
}

#endif
