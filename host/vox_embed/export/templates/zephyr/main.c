/* Says on the console what the digital microphone hears.
 *
 * Each line is "begin" or "end", the label, its score in percent, and when: milliseconds of sound since the start.
 */
#include <zephyr/audio/dmic.h>
#include <zephyr/device.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "model.h"
#include "vox/listener.h"
#include "vox/status_text.h"

#define BLOCK_SAMPLES (VOX_MODEL_RATE / 50u) /* 20 ms */
#define BLOCK_BYTES (BLOCK_SAMPLES * sizeof(int16_t))
#define BLOCKS 16           /* what comes while a window is computed */
#define READ_TIMEOUT 1000   /* ms */
#define CLOCK_LEAST 1000000 /* of the microphone, Hz */
#define CLOCK_MOST 3500000

K_MEM_SLAB_DEFINE_STATIC(blocks, BLOCK_BYTES, BLOCKS, 4);

static vox_model model;
static vox_listener listener;
static uint64_t memory[VOX_MODEL_LISTENER_SIZE / 8];

static unsigned milliseconds(uint32_t frames)
{
    const vox_frontend_params *front = (const void *)model.frontend;
    return (unsigned)(((uint64_t)(frames - 1u) * front->hop + front->window) * 1000u / front->sample_rate);
}

static const char *name_of(int label)
{
    return label == VOX_LABEL_UNKNOWN   ? "(unknown)"
           : label == VOX_LABEL_SILENCE ? "(silence)"
                                        : vox_model_label(&model, (unsigned)label);
}

static void hear(const int16_t *samples, size_t count)
{
    for (size_t used = 0; count > 0; samples += used, count -= used) {
        if (vox_listener_push(&listener, samples, count, &used) & VOX_HEARD_EVENT) {
            for (unsigned i = 0; i < listener.event_count; ++i) {
                const vox_event *event = &listener.events[i];
                printk("%s %s %u %u\n", event->kind == VOX_EVENT_BEGIN ? "begin" : "end", name_of(event->label),
                       (unsigned)(event->score * 100ul / 32768ul), milliseconds(event->frame));
            }
        }
    }
}

static int start(const struct device *microphone)
{
    struct pcm_stream_cfg stream = {
        .pcm_rate = VOX_MODEL_RATE,
        .pcm_width = 16,
        .block_size = BLOCK_BYTES,
        .mem_slab = &blocks,
    };
    struct dmic_cfg config = {
        .io =
            {
                .min_pdm_clk_freq = CLOCK_LEAST,
                .max_pdm_clk_freq = CLOCK_MOST,
                .min_pdm_clk_dc = 40,
                .max_pdm_clk_dc = 60,
            },
        .streams = &stream,
        .channel =
            {
                .req_num_streams = 1,
                .req_num_chan = 1,
                .req_chan_map_lo = dmic_build_channel_map(0, 0, PDM_CHAN_LEFT),
            },
    };
    const int status = dmic_configure(microphone, &config);
    return status < 0 ? status : dmic_trigger(microphone, DMIC_TRIGGER_START);
}

int main(void)
{
    const struct device *const microphone = DEVICE_DT_GET(DT_NODELABEL(dmic_dev));
    int status = vox_model_open(&model, vox_model_image.bytes, VOX_MODEL_SIZE);
    if (status == VOX_OK) {
        status = vox_listener_init(&listener, &model, memory, sizeof memory);
    }
    if (status != VOX_OK) {
        printk("the model does not open: %s\n", vox_status_text(status));
        return 0;
    }
    if (!device_is_ready(microphone)) {
        printk("the microphone is not ready: see the overlay in boards/\n");
        return 0;
    }
    status = start(microphone);
    if (status < 0) {
        printk("the microphone does not start: %d\n", status);
        return 0;
    }
    printk("listening\n");
    for (;;) {
        void *block;
        uint32_t size;
        status = dmic_read(microphone, 0, &block, &size, READ_TIMEOUT);
        if (status < 0) {
            printk("the microphone stopped: %d\n", status);
            return 0;
        }
        hear(block, size / sizeof(int16_t));
        k_mem_slab_free(&blocks, block);
    }
}
