/* A microphone for programs on the Arduino API: int16 PCM mono, from a driver's callback to the loop.
 *
 * The driver is chosen by VOX_MICROPHONE, in the build flags; without it by the board:
 *   VOX_MICROPHONE_PDM     the library <PDM.h> of Arduino's mbed boards (Nano 33 BLE Sense)
 *   VOX_MICROPHONE_I2S     ESP32: an I2S microphone (INMP441, SPH0645) at VOX_I2S_CLOCK_PIN, VOX_I2S_WORD_PIN, VOX_I2S_DATA_PIN
 *   VOX_MICROPHONE_ANALOG  an electret with amplifier at VOX_ANALOG_PIN. A Teensy and an STM32 convert in a timer's interrupt,
 *                          a Pico's ADC by DMA (arduino-pico's <ADCInput.h>). Elsewhere analogRead is called from the loop, so
 *                          sound is missed, and counted, while a window is computed
 *   VOX_MICROPHONE_NONE    none
 * Or bring your own: define vox_microphone_present, _begin, _end and _poll in a file of yours (they are weak here), and
 * call vox_microphone_put from wherever the samples arrive.
 */
#ifndef VOX_ARDUINO_MICROPHONE_H
#define VOX_ARDUINO_MICROPHONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VOX_MICROPHONE_NONE 0
#define VOX_MICROPHONE_PDM 1
#define VOX_MICROPHONE_I2S 2
#define VOX_MICROPHONE_ANALOG 3

#ifndef VOX_MICROPHONE
#if defined(ARDUINO_ARDUINO_NANO33BLE)
#define VOX_MICROPHONE VOX_MICROPHONE_PDM
#elif defined(ARDUINO_ARCH_ESP32)
#define VOX_MICROPHONE VOX_MICROPHONE_I2S
#else
#define VOX_MICROPHONE VOX_MICROPHONE_ANALOG
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Other pins than the board's usual ones, before _begin: of I2S bit clock, word select and data, of an analog microphone
 * `data` alone. -1: as it is. */
void vox_microphone_pins(int clock, int word, int data);

/* The driver; weak. */
bool vox_microphone_present(void);
bool vox_microphone_begin(uint32_t rate); /* Hz. False: it cannot */
void vox_microphone_end(void);
void vox_microphone_poll(void); /* called from the loop before samples are taken */

/* From the driver, in an interrupt or another thread, one at a time: count samples. What finds no room is lost. */
void vox_microphone_put(const int16_t *samples, size_t count);

/* The driver itself lost samples. */
void vox_microphone_missed(uint32_t count);

/* To the program: up to max samples; never waits. */
size_t vox_microphone_take(int16_t *samples, size_t max);

/* Samples lost since start, modulo 2^32. */
uint32_t vox_microphone_lost(void);

#ifdef __cplusplus
}
#endif
#endif
