/* A microphone that gives what the sample asked for, in its own blocks. */
#include <stdarg.h>
#include <string.h>

#include "sound.h"
#include <zephyr/audio/dmic.h>
#include <zephyr/sys/printk.h>

const struct device stub_dmic_dev = {"dmic"};
static struct pcm_stream_cfg stream;
static bool started;

bool device_is_ready(const struct device *device)
{
    return device == &stub_dmic_dev;
}

void printk(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

void k_mem_slab_free(struct k_mem_slab *slab, void *block)
{
    const size_t at = (size_t)((char *)block - slab->memory);
    if (slab->used == 0 || at % slab->block_size != 0 || at / slab->block_size >= slab->count) {
        abort();
    }
    --slab->used;
}

int dmic_configure(const struct device *device, struct dmic_cfg *config)
{
    if (device != &stub_dmic_dev || config->channel.req_num_chan != 1 || config->streams[0].pcm_width != 16 ||
        config->streams[0].block_size % 4u != 0 || config->io.min_pdm_clk_freq >= config->io.max_pdm_clk_freq) {
        return -22;
    }
    stream = config->streams[0];
    return 0;
}

int dmic_trigger(const struct device *device, enum dmic_trigger command)
{
    (void)device;
    started = command == DMIC_TRIGGER_START && stream.mem_slab != NULL;
    return started ? 0 : -5;
}

int dmic_read(const struct device *device, uint8_t number, void **buffer, uint32_t *size, int32_t timeout)
{
    (void)device;
    (void)timeout;
    if (!started || number != 0 || stream.mem_slab->used == stream.mem_slab->count) {
        return -12;
    }
    *buffer = stream.mem_slab->memory + stream.mem_slab->used++ * stream.mem_slab->block_size;
    *size = (uint32_t)(stub_sound(*buffer, stream.block_size / 2u) * 2u);
    return *size > 0 ? 0 : -11;
}
