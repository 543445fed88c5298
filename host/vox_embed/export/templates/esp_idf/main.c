/* Says on the console what an I2S microphone (INMP441, SPH0645) hears; `idf.py menuconfig`, "Microphone", has its pins.
 *
 * Each line is "begin" or "end", the label, its score in percent, and when: milliseconds of sound since the start.
 */
#include <driver/i2s_std.h>
#include <freertos/FreeRTOS.h>
#include <sdkconfig.h>
#include <stdio.h>

#include "model.h"
#include "vox/listener.h"
#include "vox/status_text.h"

#define BLOCK 256 /* samples */

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
                printf("%s %s %u %u\n", event->kind == VOX_EVENT_BEGIN ? "begin" : "end", name_of(event->label),
                       (unsigned)(event->score * 100ul / 32768ul), milliseconds(event->frame));
            }
        }
    }
}

static i2s_chan_handle_t start(void)
{
    i2s_chan_handle_t microphone = NULL;
    i2s_chan_config_t channel = I2S_CHANNEL_DEFAULT_CONFIG(I2S_NUM_AUTO, I2S_ROLE_MASTER);
    channel.dma_desc_num = 16; /* what comes while a window is computed */
    channel.dma_frame_num = BLOCK;
    const i2s_std_config_t config = {
        .clk_cfg = I2S_STD_CLK_DEFAULT_CONFIG(VOX_MODEL_RATE),
        .slot_cfg = I2S_STD_PHILIPS_SLOT_DEFAULT_CONFIG(I2S_DATA_BIT_WIDTH_32BIT, I2S_SLOT_MODE_MONO),
        .gpio_cfg =
            {
                .mclk = I2S_GPIO_UNUSED,
                .bclk = CONFIG_VOX_I2S_CLOCK_PIN,
                .ws = CONFIG_VOX_I2S_WORD_PIN,
                .dout = I2S_GPIO_UNUSED,
                .din = CONFIG_VOX_I2S_DATA_PIN,
            },
    };
    if (i2s_new_channel(&channel, NULL, &microphone) != ESP_OK) {
        return NULL;
    }
    if (i2s_channel_init_std_mode(microphone, &config) != ESP_OK || i2s_channel_enable(microphone) != ESP_OK) {
        i2s_del_channel(microphone);
        return NULL;
    }
    return microphone;
}

void app_main(void)
{
    static int32_t words[BLOCK];
    static int16_t samples[BLOCK];
    int status = vox_model_open(&model, vox_model_image.bytes, VOX_MODEL_SIZE);
    if (status == VOX_OK) {
        status = vox_listener_init(&listener, &model, memory, sizeof memory);
    }
    if (status != VOX_OK) {
        printf("the model does not open: %s\n", vox_status_text(status));
        return;
    }
    const i2s_chan_handle_t microphone = start();
    if (microphone == NULL) {
        printf("the microphone does not start: are its pins free?\n");
        return;
    }
    printf("listening\n");
    for (size_t bytes = 0; i2s_channel_read(microphone, words, sizeof words, &bytes, portMAX_DELAY) == ESP_OK;) {
        const size_t count = bytes / sizeof words[0];
        for (size_t i = 0; i < count; ++i) {
            samples[i] = (int16_t)(words[i] >> 16); /* the sample is at the top of its word */
        }
        hear(samples, count);
    }
    printf("the microphone stopped\n");
}
