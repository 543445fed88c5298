/* I2S microphone (INMP441, SPH0645, ICS-43434): a PIO state machine makes both clocks and shifts the data in; the left channel
 * is used (select pin to ground), its top 16 of 24 bits. */
#include "hardware/clocks.h"
#include "hardware/pio.h"

#include "dc.h"
#include "rp2040.h"

#define STEPS_PER_SAMPLE 128u /* two a bit, 64 bits */
#define CODE_LENGTH 12u

/* Levels during an instruction. The word clock is low for the left channel. */
#define LEFT 0u
#define RIGHT 2u
#define HIGH 1u /* bit clock: data is read as it rises */

static rp2040_dc offset;
static uint machine, program;
static bool loaded;

static uint16_t step(uint instruction, uint level)
{
    return (uint16_t)(instruction | pio_encode_sideset(2, level));
}

/* One channel, from `at` on: the bits 31 to 2 in a loop, then bits 1 and 0. The word clock changes one bit ahead of the
 * channel. At entry the bit clock is low, and x is 29. */
static void encode_channel(uint16_t *code, uint at, uint word, uint next)
{
    code[at] = step(pio_encode_in(pio_pins, 1), word | HIGH);
    code[at + 1u] = step(pio_encode_jmp_x_dec(at), word);
    code[at + 2u] = step(pio_encode_in(pio_pins, 1), word | HIGH);
    code[at + 3u] = step(pio_encode_set(pio_x, 29), next);
    code[at + 4u] = step(pio_encode_in(pio_pins, 1), next | HIGH);
    code[at + 5u] = step(pio_encode_nop(), next);
}

static void load(void)
{
    static uint16_t code[CODE_LENGTH];
    const pio_program_t assembled = {.instructions = code, .length = CODE_LENGTH, .origin = -1};
    encode_channel(code, 0, LEFT, RIGHT);
    encode_channel(code, CODE_LENGTH / 2u, RIGHT, LEFT);
    machine = (uint)pio_claim_unused_sm(pio0, true);
    program = (uint)pio_add_program(pio0, &assembled);
    loaded = true;
}

static bool prepare(uint32_t rate, rp2040_feed *feed)
{
    if (!loaded) {
        load();
    }
    rp2040_dc_init(&offset, rate);
    const uint32_t steps = STEPS_PER_SAMPLE * rate;
    const uint32_t divider = (uint32_t)((UINT64_C(256) * clock_get_hz(clk_sys) + steps / 2u) / steps);
    pio_sm_config config = pio_get_default_sm_config();
    sm_config_set_wrap(&config, program, program + CODE_LENGTH - 1u);
    sm_config_set_sideset(&config, 2, false, false);
    sm_config_set_sideset_pins(&config, VOX_I2S_CLOCK_PIN);
    sm_config_set_in_pins(&config, VOX_I2S_DATA_PIN);
    sm_config_set_in_shift(&config, false, true, 32);
    sm_config_set_fifo_join(&config, PIO_FIFO_JOIN_RX);
    sm_config_set_clkdiv_int_frac8(&config, divider >> 8, (uint8_t)divider);
    for (uint pin = 0; pin < 2u; ++pin) {
        pio_gpio_init(pio0, VOX_I2S_CLOCK_PIN + pin);
    }
    pio_gpio_init(pio0, VOX_I2S_DATA_PIN);
    pio_sm_init(pio0, machine, program, &config);
    pio_sm_set_consecutive_pindirs(pio0, machine, VOX_I2S_CLOCK_PIN, 2, true);
    pio_sm_set_consecutive_pindirs(pio0, machine, VOX_I2S_DATA_PIN, 1, false);
    pio_sm_exec(pio0, machine, step(pio_encode_set(pio_x, 29), LEFT));
    feed->source = &pio0->rxf[machine];
    feed->request = pio_get_dreq(pio0, machine, false);
    feed->item_bytes = sizeof(uint32_t);
    feed->sample_bytes = 2u * (uint32_t)sizeof(uint32_t); /* left, right */
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
    const int32_t *at = items;
    for (size_t i = 0; i < count; ++i, at += 2) {
        samples[i] = rp2040_saturate(rp2040_dc_remove(&offset, at[0] >> 16), VOX_MICROPHONE_SHIFT);
    }
}

const rp2040_microphone rp2040_i2s = {prepare, run, stop, convert};
