/* The ring between a driver and the loop, and the drivers. */
#include "microphone.h"

#include <Arduino.h>

#if VOX_MICROPHONE == VOX_MICROPHONE_PDM
#include <PDM.h>
#elif VOX_MICROPHONE == VOX_MICROPHONE_I2S
#include <driver/i2s.h>
#elif VOX_MICROPHONE == VOX_MICROPHONE_ANALOG && defined(ARDUINO_ARCH_RP2040) && !defined(ARDUINO_ARCH_MBED)
#include <ADCInput.h>
#define ADC_BY_DMA
#endif

#ifndef VOX_I2S_CLOCK_PIN /* pins that a board of this chip leads out */
#if defined(CONFIG_IDF_TARGET_ESP32S3) || defined(CONFIG_IDF_TARGET_ESP32C3)
#define VOX_I2S_CLOCK_PIN 4
#define VOX_I2S_WORD_PIN 5
#define VOX_I2S_DATA_PIN 6
#else
#define VOX_I2S_CLOCK_PIN 14
#define VOX_I2S_WORD_PIN 15
#define VOX_I2S_DATA_PIN 32
#endif
#endif
#ifndef VOX_ANALOG_PIN
#define VOX_ANALOG_PIN A0
#endif

#define WEAK __attribute__((weak))

#ifndef VOX_MICROPHONE_SAMPLES
#define VOX_MICROPHONE_SAMPLES 4096u /* a power of two; 256 ms at 16 kHz: longer than a window takes to compute */
#endif
#ifndef VOX_MICROPHONE_SHIFT
#define VOX_MICROPHONE_SHIFT 0 /* louder by so many factors of two, up to 4 */
#endif

namespace
{

/* The driver writes at head, the loop reads at tail; both count up without end. They may run on different cores. */
int16_t ring[VOX_MICROPHONE_SAMPLES];
uint32_t head, tail, lost;
struct {
    int clock, word, data; /* -1: the board's usual pin */
} pins = {-1, -1, -1};

#if VOX_MICROPHONE == VOX_MICROPHONE_I2S || VOX_MICROPHONE == VOX_MICROPHONE_ANALOG
int pin_of(int given, int usual)
{
    return given < 0 ? usual : given;
}
#endif

uint32_t load(const uint32_t &counter)
{
    return __atomic_load_n(&counter, __ATOMIC_ACQUIRE);
}

void store(uint32_t &counter, uint32_t value)
{
    __atomic_store_n(&counter, value, __ATOMIC_RELEASE);
}

} // namespace

extern "C" void vox_microphone_pins(int clock, int word, int data)
{
    pins = {clock, word, data};
}

extern "C" void vox_microphone_put(const int16_t *samples, size_t count)
{
    const uint32_t first = head;
    const uint32_t room = VOX_MICROPHONE_SAMPLES - (first - load(tail));
    const uint32_t taken = count < room ? static_cast<uint32_t>(count) : room;
    for (uint32_t i = 0; i < taken; ++i) {
        ring[(first + i) % VOX_MICROPHONE_SAMPLES] = samples[i];
    }
    store(head, first + taken);
    vox_microphone_missed(static_cast<uint32_t>(count) - taken);
}

extern "C" void vox_microphone_missed(uint32_t count)
{
    store(lost, lost + count);
}

extern "C" size_t vox_microphone_take(int16_t *samples, size_t max)
{
    const uint32_t first = tail;
    const uint32_t held = load(head) - first;
    const uint32_t count = max < held ? static_cast<uint32_t>(max) : held;
    for (uint32_t i = 0; i < count; ++i) {
        samples[i] = ring[(first + i) % VOX_MICROPHONE_SAMPLES];
    }
    store(tail, first + count);
    return count;
}

extern "C" uint32_t vox_microphone_lost(void)
{
    return load(lost);
}

#if VOX_MICROPHONE == VOX_MICROPHONE_NONE

extern "C" WEAK bool vox_microphone_present(void)
{
    return false;
}

extern "C" WEAK bool vox_microphone_begin(uint32_t rate)
{
    (void)rate;
    return false;
}

extern "C" WEAK void vox_microphone_end(void)
{
}

extern "C" WEAK void vox_microphone_poll(void)
{
}

#else

extern "C" WEAK bool vox_microphone_present(void)
{
    return true;
}

#endif

#if VOX_MICROPHONE == VOX_MICROPHONE_PDM || VOX_MICROPHONE == VOX_MICROPHONE_I2S

namespace
{

int16_t saturated(int32_t sample)
{
    return static_cast<int16_t>(sample > INT16_MAX ? INT16_MAX : sample < INT16_MIN ? INT16_MIN : sample);
}

} // namespace

#endif

#if VOX_MICROPHONE == VOX_MICROPHONE_PDM

namespace
{

/* In the interrupt of PDM.h. */
void receive()
{
    int16_t samples[256];
    int left = PDM.available(); /* bytes */
    while (left > 0) {
        const int wanted = left < static_cast<int>(sizeof samples) ? left : static_cast<int>(sizeof samples);
        const int bytes = PDM.read(samples, static_cast<size_t>(wanted));
        if (bytes <= 0) {
            break;
        }
        const size_t count = static_cast<size_t>(bytes) / sizeof samples[0];
        for (size_t i = 0; i < count; ++i) {
            samples[i] = saturated(static_cast<int32_t>(samples[i]) * (1 << VOX_MICROPHONE_SHIFT));
        }
        vox_microphone_put(samples, count);
        left -= bytes;
    }
}

} // namespace

extern "C" WEAK bool vox_microphone_begin(uint32_t rate)
{
    PDM.onReceive(receive);
    return PDM.begin(1, static_cast<int>(rate)) != 0; /* PDM.h knows 16 kHz, and 41667 Hz */
}

extern "C" WEAK void vox_microphone_end(void)
{
    PDM.end();
}

extern "C" WEAK void vox_microphone_poll(void)
{
}

#elif VOX_MICROPHONE == VOX_MICROPHONE_I2S

#define I2S_BUFFERS 8
#define I2S_BUFFER_SAMPLES 256

namespace
{

QueueHandle_t driver_events;

} // namespace

extern "C" WEAK bool vox_microphone_begin(uint32_t rate)
{
    i2s_config_t config = {};
    config.mode = static_cast<i2s_mode_t>(I2S_MODE_MASTER | I2S_MODE_RX);
    config.sample_rate = rate;
    config.bits_per_sample = I2S_BITS_PER_SAMPLE_32BIT;
    config.channel_format = I2S_CHANNEL_FMT_ONLY_LEFT;
    config.communication_format = I2S_COMM_FORMAT_STAND_I2S;
    config.dma_buf_count = I2S_BUFFERS;
    config.dma_buf_len = I2S_BUFFER_SAMPLES;
    i2s_pin_config_t wires = {};
    wires.mck_io_num = I2S_PIN_NO_CHANGE;
    wires.bck_io_num = pin_of(pins.clock, VOX_I2S_CLOCK_PIN);
    wires.ws_io_num = pin_of(pins.word, VOX_I2S_WORD_PIN);
    wires.data_out_num = I2S_PIN_NO_CHANGE;
    wires.data_in_num = pin_of(pins.data, VOX_I2S_DATA_PIN);
    if (i2s_driver_install(I2S_NUM_0, &config, I2S_BUFFERS, &driver_events) != ESP_OK) {
        return false;
    }
    if (i2s_set_pin(I2S_NUM_0, &wires) != ESP_OK) {
        i2s_driver_uninstall(I2S_NUM_0);
        return false;
    }
    return true;
}

extern "C" WEAK void vox_microphone_end(void)
{
    i2s_driver_uninstall(I2S_NUM_0);
}

/* The driver's DMA buffers hold what comes while a window is computed. */
extern "C" WEAK void vox_microphone_poll(void)
{
    i2s_event_t event;
    while (xQueueReceive(driver_events, &event, 0) == pdTRUE) {
        if (event.type == I2S_EVENT_RX_Q_OVF) {
            vox_microphone_missed(I2S_BUFFER_SAMPLES);
        }
    }
    int32_t words[64];
    int16_t samples[64];
    size_t bytes = 0;
    while (i2s_read(I2S_NUM_0, words, sizeof words, &bytes, 0) == ESP_OK && bytes > 0) {
        const size_t count = bytes / sizeof words[0];
        for (size_t i = 0; i < count; ++i) {
            samples[i] = saturated(words[i] >> (16 - VOX_MICROPHONE_SHIFT)); /* the sample is at the top of its word */
        }
        vox_microphone_put(samples, count);
    }
}

#elif VOX_MICROPHONE == VOX_MICROPHONE_ANALOG

#define ANALOG_BITS 12
#define OFFSET_SHIFT 10 /* the offset follows in 2^10 samples: a high pass with a corner of 2.5 Hz at 16 kHz */

namespace
{

int32_t offset; /* of the amplifier, times 2^OFFSET_SHIFT */

int analog_pin()
{
    return pin_of(pins.data, VOX_ANALOG_PIN);
}

void take(int32_t converted)
{
    const int32_t raw = converted * (1 << (15 - ANALOG_BITS));
    offset += raw - (offset >> OFFSET_SHIFT);
    const int32_t sample = (raw - (offset >> OFFSET_SHIFT)) * (1 << (1 + VOX_MICROPHONE_SHIFT));
    const int16_t limited = static_cast<int16_t>(sample > INT16_MAX   ? INT16_MAX
                                                 : sample < INT16_MIN ? INT16_MIN
                                                                      : sample);
    vox_microphone_put(&limited, 1);
}

void start_offset(int32_t converted)
{
    offset = converted * (1 << (15 - ANALOG_BITS)) * (1 << OFFSET_SHIFT);
}

#if !defined(ADC_BY_DMA)
void convert()
{
    take(static_cast<int32_t>(analogRead(static_cast<uint8_t>(analog_pin()))));
}

void start_converting()
{
    analogReadResolution(ANALOG_BITS);
    start_offset(static_cast<int32_t>(analogRead(static_cast<uint8_t>(analog_pin()))));
}
#endif

} // namespace

#if defined(ADC_BY_DMA)

namespace
{

ADCInput *input; /* made once: the pin is known when it begins */

} // namespace

extern "C" WEAK bool vox_microphone_begin(uint32_t rate)
{
    static ADCInput converter(static_cast<pin_size_t>(analog_pin()));
    input = &converter;
    if (!converter.begin(static_cast<int>(rate))) {
        return false;
    }
    start_offset(1 << (ANALOG_BITS - 1));
    return true;
}

extern "C" WEAK void vox_microphone_end(void)
{
    if (input != nullptr) {
        input->end();
    }
}

/* The DMA's buffers hold what comes while a window is computed. */
extern "C" WEAK void vox_microphone_poll(void)
{
    while (input != nullptr && input->available() > 0) {
        take(input->read());
    }
}

#elif defined(ARDUINO_ARCH_STM32)

namespace
{

#if defined(TIM6)
HardwareTimer timer(TIM6);
#else
HardwareTimer timer(TIM2);
#endif

} // namespace

extern "C" WEAK bool vox_microphone_begin(uint32_t rate)
{
    start_converting();
    timer.setOverflow(rate, HERTZ_FORMAT);
    timer.attachInterrupt(convert);
    timer.resume();
    return true;
}

extern "C" WEAK void vox_microphone_end(void)
{
    timer.pause();
    timer.detachInterrupt();
}

extern "C" WEAK void vox_microphone_poll(void)
{
}

#elif defined(TEENSYDUINO)

namespace
{

IntervalTimer timer;

} // namespace

extern "C" WEAK bool vox_microphone_begin(uint32_t rate)
{
    start_converting();
    return timer.begin(convert, 1e6f / static_cast<float>(rate));
}

extern "C" WEAK void vox_microphone_end(void)
{
    timer.end();
}

extern "C" WEAK void vox_microphone_poll(void)
{
}

#else

namespace
{

uint32_t sample_rate; /* 0: stopped */
uint32_t since;       /* micros() of the sample number 0 */
uint32_t number;      /* of the next sample */

} // namespace

extern "C" WEAK bool vox_microphone_begin(uint32_t rate)
{
    start_converting();
    sample_rate = rate;
    since = static_cast<uint32_t>(micros());
    number = 0;
    return true;
}

extern "C" WEAK void vox_microphone_end(void)
{
    sample_rate = 0;
}

extern "C" WEAK void vox_microphone_poll(void)
{
    if (sample_rate == 0) {
        return;
    }
    const uint32_t elapsed = static_cast<uint32_t>(micros()) - since;
    const uint32_t due = static_cast<uint32_t>(static_cast<uint64_t>(elapsed) * sample_rate / 1000000u);
    if (due > number) {
        /* One conversion stands for now; the moments before it have passed. */
        vox_microphone_missed(due - number - 1u);
        convert();
        number = due;
    }
    if (elapsed >= 1000000u) { /* a whole second: keeps the product small and the clock from wrapping */
        since += 1000000u;
        number -= sample_rate;
    }
}

#endif
#endif
