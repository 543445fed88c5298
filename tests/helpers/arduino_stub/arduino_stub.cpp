/* Runs a sketch on the PC: Serial over stdin and stdout or a pseudo terminal, a file of samples as microphone.
 *
 *   sketch [--pty] [--audio FILE]
 * FILE: raw int16 mono samples. They come at the rate that the sketch asks for, whichever driver it uses; where this
 * process had no processor for a while, the sound waited, as a board's sketch never loses its processor to others.
 */
#include <Arduino.h>

#include <ADCInput.h>

#include <driver/i2s.h>

#include <PDM.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

HardwareSerial Serial;
PDMClass PDM;

namespace
{

constexpr uint64_t LONGEST_LOOP = 20000000; /* nanoseconds between two looks: a fraction of what the ring holds */

int input = STDIN_FILENO, output = STDOUT_FILENO;
bool ended, terminal;
FILE *audio;
uint64_t audio_played, audio_looked; /* nanoseconds: of sound that came; when that was last looked at */
uint64_t audio_given;
uint32_t audio_rate;
void (*on_receive)(void);

uint64_t nanoseconds()
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

bool start_audio(uint32_t rate)
{
    if (audio == nullptr) {
        return false;
    }
    rewind(audio);
    audio_rate = rate;
    audio_looked = nanoseconds();
    audio_played = 0;
    audio_given = 0;
    return true;
}

size_t audio_due()
{
    if (audio_rate == 0) {
        return 0;
    }
    const uint64_t now = nanoseconds(), passed = now - audio_looked;
    audio_looked = now;
    audio_played += passed < LONGEST_LOOP ? passed : LONGEST_LOOP;
    return static_cast<size_t>(audio_played / 1000u * audio_rate / 1000000u - audio_given);
}

size_t read_audio(int16_t *samples, size_t max)
{
    const size_t due = audio_due();
    const size_t count = fread(samples, sizeof samples[0], due < max ? due : max, audio);
    audio_given += count;
    return count;
}

int open_terminal()
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
        perror("pseudo terminal");
        exit(1);
    }
    const int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    termios settings;
    tcgetattr(slave, &settings);
    cfmakeraw(&settings);
    tcsetattr(slave, TCSANOW, &settings);
    printf("%s\n", ptsname(master));
    fflush(stdout);
    terminal = true;
    return master;
}

} // namespace

unsigned long millis()
{
    return static_cast<unsigned long>(nanoseconds() / 1000000u);
}

unsigned long micros()
{
    return static_cast<unsigned long>(nanoseconds() / 1000u);
}

/* Interrupts of the microphone come here and in yield, where the sketch has nothing else to do. */
void yield()
{
    if (on_receive != nullptr && audio_due() > 0) {
        on_receive();
    }
}

void delay(unsigned long milliseconds)
{
    pollfd descriptor = {input, POLLIN, 0};
    poll(&descriptor, 1, static_cast<int>(milliseconds));
}

int analogRead(uint8_t)
{
    int16_t sample = 0;
    if (audio_rate == 0 && !start_audio(8000)) {
        return 2048;
    }
    if (fread(&sample, sizeof sample, 1, audio) != 1) {
        return 2048;
    }
    return (sample >> 4) + 2048;
}

void analogReadResolution(int)
{
}

void HardwareSerial::begin(unsigned long)
{
}

size_t HardwareSerial::setRxBufferSize(size_t size)
{
    return size;
}

int HardwareSerial::available()
{
    pollfd descriptor = {input, POLLIN, 0};
    return !ended && poll(&descriptor, 1, 0) > 0 ? 1 : 0;
}

int HardwareSerial::read()
{
    uint8_t byte;
    const ssize_t count = ::read(input, &byte, 1);
    if (count == 1) {
        return byte;
    }
    ended = ended || (!terminal && (count == 0 || errno != EINTR));
    return -1;
}

size_t HardwareSerial::write(const uint8_t *bytes, size_t size)
{
    const ssize_t count = ::write(output, bytes, size);
    return count > 0 ? static_cast<size_t>(count) : 0u;
}

HardwareSerial::operator bool() const
{
    return true;
}

size_t Print::print(const char *text)
{
    return write(reinterpret_cast<const uint8_t *>(text), strlen(text));
}

size_t Print::print(long number)
{
    char text[24];
    snprintf(text, sizeof text, "%ld", number);
    return print(text);
}

size_t Print::print(unsigned long number)
{
    char text[24];
    snprintf(text, sizeof text, "%lu", number);
    return print(text);
}

size_t Print::print(int number)
{
    return print(static_cast<long>(number));
}

size_t Print::print(unsigned number)
{
    return print(static_cast<unsigned long>(number));
}

size_t Print::print(float number, int digits)
{
    char text[48];
    snprintf(text, sizeof text, "%.*f", digits, static_cast<double>(number));
    return print(text);
}

size_t Print::println()
{
    return print("\r\n");
}

#if defined(TEENSYDUINO)
namespace
{

void (*timer_function)();

} // namespace

bool IntervalTimer::begin(void (*function)(), float microseconds)
{
    timer_function = function;
    on_receive = [] {
        for (size_t due = audio_due(); due > 0; --due) {
            ++audio_given;
            timer_function();
        }
    };
    return start_audio(static_cast<uint32_t>(1e6f / microseconds + 0.5f));
}

void IntervalTimer::end()
{
    on_receive = nullptr;
    audio_rate = 0;
}
#endif

#if defined(ARDUINO_ARCH_STM32)
TIM_TypeDef stub_timer_6;

namespace
{

void (*timer_function)();
uint32_t timer_rate;

} // namespace

HardwareTimer::HardwareTimer(TIM_TypeDef *)
{
}

void HardwareTimer::setOverflow(uint32_t value, TimerFormat_t)
{
    timer_rate = value;
}

void HardwareTimer::attachInterrupt(void (*function)())
{
    timer_function = function;
}

void HardwareTimer::detachInterrupt()
{
    timer_function = nullptr;
}

void HardwareTimer::resume()
{
    on_receive = [] {
        for (size_t due = audio_due(); due > 0; --due) {
            ++audio_given;
            timer_function();
        }
    };
    start_audio(timer_rate);
}

void HardwareTimer::pause()
{
    on_receive = nullptr;
    audio_rate = 0;
}
#endif

#if defined(ARDUINO_ARCH_RP2040)
ADCInput::ADCInput(pin_size_t)
{
}

bool ADCInput::begin(long rate)
{
    return start_audio(static_cast<uint32_t>(rate));
}

bool ADCInput::end()
{
    audio_rate = 0;
    return true;
}

int ADCInput::available()
{
    return static_cast<int>(audio_due());
}

int ADCInput::read()
{
    ++audio_given;
    return analogRead(26);
}
#endif

int PDMClass::begin(int, int sample_rate)
{
    return start_audio(static_cast<uint32_t>(sample_rate)) ? 1 : 0;
}

void PDMClass::end()
{
    audio_rate = 0;
}

int PDMClass::available()
{
    return static_cast<int>(audio_due() * sizeof(int16_t));
}

int PDMClass::read(void *buffer, size_t size)
{
    return static_cast<int>(read_audio(static_cast<int16_t *>(buffer), size / sizeof(int16_t)) * sizeof(int16_t));
}

void PDMClass::onReceive(void (*function)(void))
{
    on_receive = function;
}

BaseType_t xQueueReceive(QueueHandle_t, void *, TickType_t)
{
    return pdFALSE;
}

esp_err_t i2s_driver_install(i2s_port_t, const i2s_config_t *config, int, void *)
{
    return start_audio(config->sample_rate) ? ESP_OK : ESP_FAIL;
}

esp_err_t i2s_driver_uninstall(i2s_port_t)
{
    audio_rate = 0;
    return ESP_OK;
}

esp_err_t i2s_set_pin(i2s_port_t, const i2s_pin_config_t *pins)
{
    return pins->data_in_num >= 0 ? ESP_OK : ESP_FAIL;
}

esp_err_t i2s_read(i2s_port_t, void *buffer, size_t size, size_t *bytes, TickType_t)
{
    int16_t samples[256];
    const size_t words = size / sizeof(int32_t);
    const size_t count = read_audio(samples, words < 256 ? words : 256);
    for (size_t i = 0; i < count; ++i) {
        const int32_t word = samples[i] * 65536;
        memcpy(static_cast<uint8_t *>(buffer) + i * sizeof word, &word, sizeof word);
    }
    *bytes = count * sizeof(int32_t);
    return ESP_OK;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; ++i) {
        if (strcmp(argv[i], "--pty") == 0) {
            input = output = open_terminal();
        } else if (strcmp(argv[i], "--audio") == 0 && i + 1 < argc) {
            audio = fopen(argv[++i], "rb");
            if (audio == nullptr) {
                perror(argv[i]);
                return 1;
            }
        } else {
            fprintf(stderr, "usage: %s [--pty] [--audio FILE]\n", argv[0]);
            return 2;
        }
    }
    setup();
    while (!ended) {
        loop();
        yield();
    }
    return 0;
}
