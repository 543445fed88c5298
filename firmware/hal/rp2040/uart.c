/* The link over UART0, GPIO 0 (out) and 1 (in). A DMA channel fills the receive ring, so that no byte is lost while
 * interrupts are off to write flash. */
#include "hardware/uart.h"
#include "hardware/dma.h"
#include "hardware/gpio.h"

#include "rp2040.h"

#define PIN_OUT 0u
#define PIN_IN 1u
#define RING_BITS 11u                  /* 2 ^ 11 = RP2040_RECEIVE_BYTES */
#define TRANSFERS UINT32_C(0xFFFFF800) /* whole rings; a day at 50 kB/s, then the channel is started again */

static uint8_t ring[RP2040_RECEIVE_BYTES] __attribute__((aligned(RP2040_RECEIVE_BYTES)));
static uint channel;
static uint32_t received; /* bytes before the channel was last started; a multiple of the ring */
static uint32_t taken, lost;

static void start(void)
{
    dma_channel_config config = dma_channel_get_default_config(channel);
    channel_config_set_transfer_data_size(&config, DMA_SIZE_8);
    channel_config_set_read_increment(&config, false);
    channel_config_set_write_increment(&config, true);
    channel_config_set_ring(&config, true, RING_BITS);
    channel_config_set_dreq(&config, uart_get_dreq(uart0, false));
    dma_channel_configure(channel, &config, ring, &uart_get_hw(uart0)->dr, TRANSFERS, true);
}

void rp2040_uart_init(void)
{
    uart_init(uart0, VOX_BAUD);
    gpio_set_function(PIN_OUT, GPIO_FUNC_UART);
    gpio_set_function(PIN_IN, GPIO_FUNC_UART);
    gpio_pull_up(PIN_IN); /* nothing connected is an idle line, not noise */
    channel = (uint)dma_claim_unused_channel(true);
    start();
}

static uint32_t head(void)
{
    const uint32_t left = dma_channel_hw_addr(channel)->transfer_count;
    if (left == 0) {
        received += TRANSFERS;
        start();
        return received;
    }
    return received + (TRANSFERS - left);
}

bool rp2040_uart_readable(void)
{
    return head() != taken;
}

size_t rp2040_uart_read(uint8_t *bytes, size_t max)
{
    const uint32_t end = head();
    if (end - taken > RP2040_RECEIVE_BYTES) {
        lost += end - taken; /* overwritten, or about to be: none of them makes a whole frame */
        taken = end;
    }
    size_t count = 0;
    while (count < max && taken != end) {
        bytes[count++] = ring[taken++ % RP2040_RECEIVE_BYTES];
    }
    return count;
}

uint32_t rp2040_uart_lost(void)
{
    return lost;
}

size_t rp2040_uart_write(const uint8_t *bytes, size_t size)
{
    uart_write_blocking(uart0, bytes, size);
    return size;
}
