/* Boards without a microphone. */
#include "hal.h"

bool hal_has_audio(void)
{
    return false;
}

bool hal_audio_start(uint32_t rate)
{
    (void)rate;
    return false;
}

void hal_audio_stop(void)
{
}

size_t hal_audio_read(int16_t *samples, size_t max)
{
    (void)samples;
    (void)max;
    return 0;
}

uint32_t hal_audio_lost(void)
{
    return 0;
}
