/* A microphone whose samples are at the top of 32-bit words. */
#include "sound.h"
#include <driver/i2s_std.h>

struct stub_channel {
    bool ready, enabled;
};
static struct stub_channel microphone;

void app_main(void);

esp_err_t i2s_new_channel(const i2s_chan_config_t *config, i2s_chan_handle_t *transmit, i2s_chan_handle_t *receive)
{
    *receive = &microphone;
    return config->role == I2S_ROLE_MASTER && transmit == NULL ? ESP_OK : ESP_FAIL;
}

esp_err_t i2s_channel_init_std_mode(i2s_chan_handle_t channel, const i2s_std_config_t *config)
{
    const i2s_std_gpio_config_t *pins = &config->gpio_cfg;
    channel->ready = config->clk_cfg.sample_rate_hz > 0 && pins->bclk == 4 && pins->ws == 5 && pins->din == 6 &&
                     config->slot_cfg.data_bit_width == I2S_DATA_BIT_WIDTH_32BIT &&
                     config->slot_cfg.slot_mode == I2S_SLOT_MODE_MONO;
    return channel->ready ? ESP_OK : ESP_FAIL;
}

esp_err_t i2s_channel_enable(i2s_chan_handle_t channel)
{
    channel->enabled = channel->ready;
    return channel->enabled ? ESP_OK : ESP_FAIL;
}

esp_err_t i2s_del_channel(i2s_chan_handle_t channel)
{
    channel->ready = false;
    return ESP_OK;
}

esp_err_t i2s_channel_read(i2s_chan_handle_t channel, void *buffer, size_t size, size_t *bytes, uint32_t timeout)
{
    int16_t samples[256];
    int32_t *words = buffer;
    const size_t most = size / sizeof words[0] < 256u ? size / sizeof words[0] : 256u;
    const size_t count = channel->enabled ? stub_sound(samples, most) : 0u;
    (void)timeout;
    for (size_t i = 0; i < count; ++i) {
        words[i] = samples[i] * 65536 + 4711;
    }
    *bytes = count * sizeof words[0];
    return count > 0 ? ESP_OK : ESP_FAIL;
}

int main(void)
{
    app_main();
    return 0;
}
