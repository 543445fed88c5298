/* Sound by DMA. Two channels fill the two halves of a ring and start each other, for ever and without the processor. A timer
 * interrupt converts what is new to PCM and puts it into a longer ring, from which the program takes it: half a second of
 * sound at 16 kHz while it computes a window. Where flash is written with interrupts off, the DMA's ring bridges 128 ms. */
#include "hal.h"

#include "hardware/dma.h"
#include "hardware/timer.h"

#include "rp2040.h"

#define HALF_BITS 13u
#define HALF_BYTES (1u << HALF_BITS)
#define RING_BYTES (2u * HALF_BYTES)
#define PCM_SAMPLES 8192u /* a power of two */
#define CHUNK 32u

static const rp2040_microphone *const microphone = &VOX_MICROPHONE;

static uint8_t ring[RING_BYTES] __attribute__((aligned(RING_BYTES)));
static uint channels[2];
static rp2040_feed feed;
static volatile bool running;
static uint32_t rate;
static uint32_t tail;     /* byte of the ring up to which all is converted */
static uint32_t drained;  /* when, in us */
static uint32_t patience; /* us after which the DMA may have come round */

/* Written by the interrupt at pcm_head, read by the program at pcm_tail; both count up without end. */
static int16_t pcm[PCM_SAMPLES];
static volatile uint32_t pcm_head, pcm_tail, pcm_lost;

void rp2040_capture_init(void)
{
    channels[0] = (uint)dma_claim_unused_channel(true);
    channels[1] = (uint)dma_claim_unused_channel(true);
}

static void start_channels(void)
{
    for (uint i = 0; i < 2u; ++i) {
        dma_channel_config config = dma_channel_get_default_config(channels[i]);
        channel_config_set_transfer_data_size(&config, feed.item_bytes == 2u ? DMA_SIZE_16 : DMA_SIZE_32);
        channel_config_set_read_increment(&config, false);
        channel_config_set_write_increment(&config, true);
        channel_config_set_ring(&config, true, HALF_BITS); /* back to the start of the half for its next turn */
        channel_config_set_dreq(&config, feed.request);
        channel_config_set_chain_to(&config, channels[1u - i]);
        dma_channel_configure(channels[i], &config, ring + i * HALF_BYTES, feed.source, HALF_BYTES / feed.item_bytes,
                              false);
    }
    dma_channel_start(channels[0]);
}

/* The byte of the ring that the DMA writes next. */
static uint32_t position(void)
{
    for (;;) {
        for (uint i = 0; i < 2u; ++i) {
            const uint32_t left = dma_channel_hw_addr(channels[i])->transfer_count;
            if (dma_channel_is_busy(channels[i])) { /* after the count was read, so that it is of this turn */
                return ((i + 1u) * HALF_BYTES - left * feed.item_bytes) % RING_BYTES;
            }
        }
    }
}

bool hal_has_audio(void)
{
    return true;
}

bool hal_audio_start(uint32_t wanted)
{
    hal_audio_stop();
    if (wanted < 8000u || wanted > 48000u || !microphone->prepare(wanted, &feed)) {
        return false;
    }
    rate = wanted;
    tail = 0;
    patience = (uint32_t)(UINT64_C(750000) * RING_BYTES / feed.sample_bytes / rate);
    pcm_tail = pcm_head;
    start_channels();
    drained = time_us_32();
    microphone->run();
    running = true;
    return true;
}

void hal_audio_stop(void)
{
    if (!running) {
        return;
    }
    running = false;
    microphone->stop();
    for (uint i = 0; i < 2u; ++i) { /* an aborted channel starts the other one, if that is enabled */
        hw_clear_bits(&dma_channel_hw_addr(channels[i])->al1_ctrl, DMA_CH0_CTRL_TRIG_EN_BITS);
    }
    dma_channel_abort(channels[0]);
    dma_channel_abort(channels[1]);
}

static void keep(const int16_t *samples, uint32_t count)
{
    const uint32_t head = pcm_head;
    const uint32_t room = PCM_SAMPLES - (head - pcm_tail);
    const uint32_t kept = count < room ? count : room;
    for (uint32_t i = 0; i < kept; ++i) {
        pcm[(head + i) % PCM_SAMPLES] = samples[i];
    }
    pcm_head = head + kept;
    pcm_lost += count - kept;
}

void rp2040_capture_drain(void)
{
    if (!running) {
        return;
    }
    const uint32_t now = time_us_32();
    const uint32_t end = position();
    if (now - drained > patience) {
        pcm_lost += (uint32_t)((uint64_t)(now - drained) * rate / 1000000u);
        tail = end - end % feed.sample_bytes;
    }
    drained = now;
    const uint32_t fresh = (end - tail) % RING_BYTES;
    uint32_t count =
        fresh > 0 ? (fresh - feed.item_bytes) / feed.sample_bytes : 0; /* the last may still be on its way */
    while (count > 0) {
        static int16_t samples[CHUNK]; /* off the stack: this runs on top of everything else, and never twice at once */
        const uint32_t to_end = (RING_BYTES - tail) / feed.sample_bytes;
        uint32_t step = count < CHUNK ? count : CHUNK;
        step = step < to_end ? step : to_end;
        microphone->convert(ring + tail, samples, step);
        keep(samples, step);
        tail = (tail + step * feed.sample_bytes) % RING_BYTES;
        count -= step;
    }
}

bool rp2040_capture_readable(void)
{
    return running && pcm_head != pcm_tail;
}

size_t hal_audio_read(int16_t *samples, size_t max)
{
    size_t count = 0;
    uint32_t at = pcm_tail;
    while (count < max && at != pcm_head) {
        samples[count++] = pcm[at++ % PCM_SAMPLES];
    }
    pcm_tail = at;
    return count;
}

uint32_t hal_audio_lost(void)
{
    return pcm_lost;
}
