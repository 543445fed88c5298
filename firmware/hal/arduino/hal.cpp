/* Any board with an Arduino core: Serial, micros, a microphone of microphone.h; pushed models in RAM (ram_slots.c).
 *
 * The receive buffer is the core's own: USB stops the host when it is full; a UART needs one of VOX_RECEIVE_BYTES, which
 * platformio.ini asks the core for.
 */
#include <Arduino.h>

extern "C" {
#include "hal.h"
}
#include "microphone.h"

#ifndef VOX_SERIAL
#define VOX_SERIAL Serial
#endif
#ifndef VOX_RECEIVE_BYTES
#define VOX_RECEIVE_BYTES 2048u
#endif
#define WRITE_PATIENCE_MS 1000u

extern "C" int hal_init(int argc, char **argv)
{
    (void)argc;
    (void)argv;
#if defined(ARDUINO_ARCH_ESP32)
    VOX_SERIAL.setRxBufferSize(VOX_RECEIVE_BYTES);
#endif
    VOX_SERIAL.begin(VOX_BAUD);
    return 0;
}

extern "C" bool hal_running(void)
{
    return true;
}

extern "C" void hal_idle(void)
{
    delay(1); /* lets the other tasks of an RTOS run, the watchdog's among them */
}

extern "C" uint32_t hal_ticks(void)
{
    return static_cast<uint32_t>(micros());
}

extern "C" uint32_t hal_tick_rate(void)
{
    return 1000000u;
}

extern "C" uint32_t hal_millis(void)
{
    return static_cast<uint32_t>(millis());
}

extern "C" size_t hal_receive_capacity(void)
{
    return VOX_RECEIVE_BYTES;
}

extern "C" size_t hal_read(uint8_t *bytes, size_t max)
{
    size_t count = 0;
    while (count < max && VOX_SERIAL.available() > 0) {
        const int byte = VOX_SERIAL.read();
        if (byte < 0) {
            break;
        }
        bytes[count++] = static_cast<uint8_t>(byte);
    }
    return count;
}

extern "C" uint32_t hal_read_lost(void)
{
    return 0; /* the API does not tell; the link's checksums find what is missing */
}

extern "C" size_t hal_write(const uint8_t *bytes, size_t size)
{
    size_t sent = 0;
    const unsigned long start = millis();
    while (sent < size && VOX_SERIAL) { /* false on USB where no host listens */
        sent += VOX_SERIAL.write(bytes + sent, size - sent);
        if (sent < size && millis() - start > WRITE_PATIENCE_MS) {
            break;
        }
    }
    return sent;
}

extern "C" bool hal_has_audio(void)
{
    return vox_microphone_present();
}

extern "C" bool hal_audio_start(uint32_t rate)
{
    int16_t old[32];
    while (vox_microphone_take(old, sizeof old / sizeof old[0]) > 0) {
    }
    return vox_microphone_begin(rate);
}

extern "C" void hal_audio_stop(void)
{
    vox_microphone_end();
}

extern "C" size_t hal_audio_read(int16_t *samples, size_t max)
{
    vox_microphone_poll();
    return vox_microphone_take(samples, max);
}

extern "C" uint32_t hal_audio_lost(void)
{
    return vox_microphone_lost();
}

extern "C" uint32_t hal_stack_size(void)
{
    return 0;
}

extern "C" uint32_t hal_stack_used(void)
{
    return 0;
}
