/* PDM microphone: a PIO state machine makes its clock and shifts its bits in. Select pin to ground: data is read at the end of
 * the clock's low half. The clock is 64 times the rate, 128 times below 16 kHz: at 8 and 16 kHz 1.024 MHz, exact. */
#include "hardware/clocks.h"
#include "hardware/pio.h"

#include "dc.h"
#include "pdm_filter.h"
#include "rp2040.h"

static rp2040_pdm_filter filter;
static rp2040_dc offset;
static uint machine, program;
static bool loaded;

static void load(void)
{
    static uint16_t code[2];
    const pio_program_t assembled = {.instructions = code, .length = 2, .origin = -1};
    code[0] = (uint16_t)(pio_encode_in(pio_pins, 1) | pio_encode_sideset(1, 1));
    code[1] = (uint16_t)(pio_encode_nop() | pio_encode_sideset(1, 0));
    machine = (uint)pio_claim_unused_sm(pio0, true);
    program = (uint)pio_add_program(pio0, &assembled);
    loaded = true;
}

static bool prepare(uint32_t rate, rp2040_feed *feed)
{
    if (!loaded) {
        load();
    }
    const uint32_t decimation = rate < 16000u ? 8u : 4u;
    rp2040_pdm_filter_init(&filter, decimation);
    rp2040_dc_init(&offset, rate);
    const uint32_t steps = 2u * 16u * decimation * rate; /* a second */
    const uint32_t divider = (uint32_t)((UINT64_C(256) * clock_get_hz(clk_sys) + steps / 2u) / steps);
    pio_sm_config config = pio_get_default_sm_config();
    sm_config_set_wrap(&config, program, program + 1u);
    sm_config_set_sideset(&config, 1, false, false);
    sm_config_set_sideset_pins(&config, VOX_PDM_CLOCK_PIN);
    sm_config_set_in_pins(&config, VOX_PDM_DATA_PIN);
    sm_config_set_in_shift(&config, false, true, 32);
    sm_config_set_fifo_join(&config, PIO_FIFO_JOIN_RX);
    sm_config_set_clkdiv_int_frac8(&config, divider >> 8, (uint8_t)divider);
    pio_gpio_init(pio0, VOX_PDM_CLOCK_PIN);
    pio_gpio_init(pio0, VOX_PDM_DATA_PIN);
    pio_sm_init(pio0, machine, program, &config);
    pio_sm_set_consecutive_pindirs(pio0, machine, VOX_PDM_CLOCK_PIN, 1, true);
    pio_sm_set_consecutive_pindirs(pio0, machine, VOX_PDM_DATA_PIN, 1, false);
    feed->source = &pio0->rxf[machine];
    feed->request = pio_get_dreq(pio0, machine, false);
    feed->item_bytes = sizeof(uint32_t);
    feed->sample_bytes = decimation / 2u * (uint32_t)sizeof(uint32_t);
    return true;
}

static void run(void)
{
    pio_sm_set_enabled(pio0, machine, true);
}

static void stop(void)
{
    pio_sm_set_enabled(pio0, machine, false);
    pio_sm_clear_fifos(pio0, machine);
}

static void convert(const void *items, int16_t *samples, size_t count)
{
    const uint32_t *words = items;
    for (size_t i = 0; i < count; ++i, words += filter.decimation / 2u) {
        const int32_t x = rp2040_pdm_filter_sample(&filter, words);
        samples[i] = rp2040_saturate(rp2040_dc_remove(&offset, x), VOX_MICROPHONE_SHIFT);
    }
}

const rp2040_microphone rp2040_pdm = {prepare, run, stop, convert};
