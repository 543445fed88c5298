#include "hal.h"

#include "registers.h"
#include "ring.h"

#define CLOCK_HZ (VOX_CLOCK_MHZ * 1000000u)
#define PERIOD_MS 10u
#define PERIOD (CLOCK_HZ / 1000u * PERIOD_MS)
#define PIN_SEND 24u /* to the USB interface of micro:bit 1 */
#define PIN_RECEIVE 25u
#define WRITE_PATIENCE 100000u

static volatile uint32_t periods;

void hal_uart_interrupt(void)
{
    if ((UART_ERROR & UART_ERROR_OVERRUN) != 0) {
        UART_ERROR = UART_ERROR_OVERRUN;
        hal_received.lost = hal_received.lost + 1u;
    }
    while (UART_RECEIVED != 0) {
        UART_RECEIVED = 0; /* before the read, which may bring the next byte of six up */
        hal_ring_put(&hal_received, (uint8_t)UART_RECEIVE_DATA);
    }
}

void hal_timer_interrupt(void)
{
    TIMER_REACHED = 0;
    TIMER_COMPARE(1) = TIMER_COMPARE(1) + PERIOD;
    periods = periods + 1u;
}

int hal_init(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    CLOCK_START_CRYSTAL = 1;
    while (CLOCK_CRYSTAL_STARTED == 0) {
    }
    TIMER_BITS = TIMER_BITS_32;
    TIMER_PRESCALER = 0;
    TIMER_COMPARE(1) = PERIOD;
    TIMER_INTERRUPTS = TIMER_INTERRUPT_REACHED;
    TIMER_START = 1;
    UART_SEND_PIN = PIN_SEND;
    UART_RECEIVE_PIN = PIN_RECEIVE;
    UART_BAUD = (uint32_t)((((uint64_t)VOX_BAUD << 32) / CLOCK_HZ + 0x800u) & 0xFFFFF000u);
    UART_ENABLE = 4;
    UART_INTERRUPTS = UART_INTERRUPT_RECEIVED;
    UART_START_RECEIVE = 1;
    UART_START_SEND = 1;
    NVIC_ENABLE(HAL_UART_IRQ) = 1u << HAL_UART_IRQ % 32u | 1u << HAL_TIMER_IRQ % 32u;
    return 0;
}

uint32_t hal_ticks(void)
{
    TIMER_CAPTURE = 1;
    return TIMER_COMPARE(0);
}

uint32_t hal_tick_rate(void)
{
    return CLOCK_HZ;
}

uint32_t hal_millis(void)
{
    return periods * PERIOD_MS;
}

size_t hal_write(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; ++i) {
        UART_SENT = 0;
        UART_SEND_DATA = bytes[i];
        for (uint32_t left = WRITE_PATIENCE; UART_SENT == 0; --left) {
            if (left == 0) {
                return i;
            }
        }
    }
    return size;
}
