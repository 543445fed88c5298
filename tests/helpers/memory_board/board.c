#include "board.h"

#include <string.h>

#include "hal.h"
#include "nor.h"

#define RECEIVE_BYTES 2048u
#define SOUND_SAMPLES 4096u

static struct {
    uint8_t bytes[RECEIVE_BYTES];
    size_t head, count;
    int16_t sound[SOUND_SAMPLES];
    size_t sound_head, sound_count;
    uint32_t rate;
} buffers;

board_state board = {0, 0, 0, 0, SIZE_MAX};

void board_reset(void)
{
    memset(&buffers, 0, sizeof buffers);
    board = (board_state){0, 0, 0, 0, SIZE_MAX};
}

void board_receive(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; ++i) {
        if (buffers.count == RECEIVE_BYTES) {
            ++board.bytes_lost;
            continue;
        }
        buffers.bytes[(buffers.head + buffers.count++) % RECEIVE_BYTES] = bytes[i];
    }
}

uint32_t board_microphone_rate(void)
{
    return buffers.rate;
}

void board_hear(const int16_t *samples, size_t count)
{
    for (size_t i = 0; i < count && buffers.rate != 0; ++i) {
        if (buffers.sound_count == SOUND_SAMPLES) {
            ++board.samples_lost;
            continue;
        }
        buffers.sound[(buffers.sound_head + buffers.sound_count++) % SOUND_SAMPLES] = samples[i];
    }
}

int hal_init(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

bool hal_running(void)
{
    return true;
}

void hal_idle(void)
{
}

uint32_t hal_ticks(void)
{
    return board.ticks++;
}

uint32_t hal_tick_rate(void)
{
    return 1000000u;
}

uint32_t hal_millis(void)
{
    return board.millis;
}

size_t hal_receive_capacity(void)
{
    return RECEIVE_BYTES;
}

size_t hal_read(uint8_t *bytes, size_t max)
{
    size_t count = 0;
    while (count < max && buffers.count > 0) {
        bytes[count++] = buffers.bytes[buffers.head];
        buffers.head = (buffers.head + 1u) % RECEIVE_BYTES;
        --buffers.count;
    }
    return count;
}

uint32_t hal_read_lost(void)
{
    return board.bytes_lost;
}

size_t hal_write(const uint8_t *bytes, size_t size)
{
    const size_t taken = size < board.line_takes ? size : board.line_takes;
    if (board.line_takes != SIZE_MAX) {
        board.line_takes -= taken;
    }
    board_sent(bytes, taken);
    return taken;
}

bool hal_has_audio(void)
{
    return true;
}

bool hal_audio_start(uint32_t rate)
{
    buffers.rate = rate;
    buffers.sound_count = 0;
    return true;
}

void hal_audio_stop(void)
{
    buffers.rate = 0;
}

size_t hal_audio_read(int16_t *samples, size_t max)
{
    size_t count = 0;
    while (count < max && buffers.sound_count > 0) {
        samples[count++] = buffers.sound[buffers.sound_head];
        buffers.sound_head = (buffers.sound_head + 1u) % SOUND_SAMPLES;
        --buffers.sound_count;
    }
    return count;
}

uint32_t hal_audio_lost(void)
{
    return board.samples_lost;
}

uint32_t hal_stack_size(void)
{
    return 0;
}

uint32_t hal_stack_used(void)
{
    return 0;
}
