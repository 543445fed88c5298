/* Between the files of this hal. */
#ifndef HAL_RP2040_RP2040_H
#define HAL_RP2040_RP2040_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- usb.c, uart.c: the two ends of the link ---- */

#define RP2040_RECEIVE_BYTES 2048u /* of each; a power of two */

void rp2040_cdc_init(void);
size_t rp2040_cdc_read(uint8_t *bytes, size_t max);
bool rp2040_cdc_readable(void);

/* Bytes taken: 0 where no program has the port open, fewer than size where it stopped reading. */
size_t rp2040_cdc_write(const uint8_t *bytes, size_t size);

void rp2040_uart_init(void);
size_t rp2040_uart_read(uint8_t *bytes, size_t max);
bool rp2040_uart_readable(void);
uint32_t rp2040_uart_lost(void);
size_t rp2040_uart_write(const uint8_t *bytes, size_t size);

/* ---- capture.c: a microphone's converter fills memory by DMA, without end ---- */

/* What the DMA moves. A sample's items take 8 or 16 bytes together, so that none lies across the end of the ring. */
typedef struct {
    const volatile void *source; /* register */
    uint32_t request;            /* DREQ */
    uint32_t item_bytes;         /* 2 or 4 */
    uint32_t sample_bytes;       /* of all items that make one sample */
} rp2040_feed;

typedef struct {
    /* Sets up the converter for `rate` samples a second, stopped. False where it cannot. */
    bool (*prepare)(uint32_t rate, rp2040_feed *feed);
    void (*run)(void);
    void (*stop)(void);
    /* items of `count` samples -> PCM; called in an interrupt, in order */
    void (*convert)(const void *items, int16_t *samples, size_t count);
} rp2040_microphone;

extern const rp2040_microphone rp2040_adc, rp2040_pdm, rp2040_i2s;

void rp2040_capture_init(void);

/* Takes over what the DMA has written; called every few milliseconds in an interrupt. */
void rp2040_capture_drain(void);
bool rp2040_capture_readable(void);

#endif
