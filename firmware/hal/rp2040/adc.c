/* Electret microphone with an amplifier (MAX4466) on an ADC pin. The converter is clocked with 48 MHz by a divider of 16 + 8
 * bits, four conversions a sample: exact at 8, 16, 32 and 48 kHz, within 0.3 ppm at the others. Their sum has two bits more
 * than one conversion, and averages its noise. */
#include "hardware/adc.h"
#include "hardware/dma.h"

#include "dc.h"
#include "rp2040.h"

#define CONVERSIONS 4u
#define FIRST_PIN 26u
#define ADC_CLOCK_HZ 48000000u
#define MIDDLE 32768 /* of 12 bits * 4 conversions, scaled to 16 bits */

static rp2040_dc offset;

static bool prepare(uint32_t rate, rp2040_feed *feed)
{
    rp2040_dc_init(&offset, rate);
    adc_init();
    adc_gpio_init(VOX_ADC_PIN);
    adc_select_input(VOX_ADC_PIN - FIRST_PIN);
    adc_fifo_setup(true, true, 1, false, false);
    /* A conversion every 1 + div / 256 clocks. */
    const uint32_t conversions = CONVERSIONS * rate;
    adc_hw->div = (uint32_t)((UINT64_C(256) * ADC_CLOCK_HZ + conversions / 2u) / conversions) - 256u;
    feed->source = &adc_hw->fifo;
    feed->request = DREQ_ADC;
    feed->item_bytes = sizeof(uint16_t);
    feed->sample_bytes = CONVERSIONS * sizeof(uint16_t);
    return true;
}

static void run(void)
{
    adc_run(true);
}

static void stop(void)
{
    adc_run(false);
    adc_fifo_drain();
}

static void convert(const void *items, int16_t *samples, size_t count)
{
    const uint16_t *at = items;
    for (size_t i = 0; i < count; ++i, at += CONVERSIONS) {
        const int32_t sum = at[0] + at[1] + at[2] + at[3];
        samples[i] = rp2040_saturate(rp2040_dc_remove(&offset, 4 * sum - MIDDLE), VOX_MICROPHONE_SHIFT);
    }
}

const rp2040_microphone rp2040_adc = {prepare, run, stop, convert};
