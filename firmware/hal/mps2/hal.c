#include "hal.h"

#include "registers.h"
#include "ring.h"

#define CLOCK_HZ (VOX_CLOCK_MHZ * 1000000u)

void hal_uart_interrupt(void)
{
    UART_INTERRUPT = UART_INTERRUPT_RECEIVE;
    uint32_t state = UART_STATE;
    if ((state & UART_STATE_OVERRUN) != 0) {
        UART_STATE = UART_STATE_OVERRUN;
        hal_received.lost = hal_received.lost + 1u;
    }
    for (; (state & UART_STATE_RECEIVED) != 0; state = UART_STATE) {
        hal_ring_put(&hal_received, (uint8_t)UART_DATA);
    }
}

int hal_init(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    hal_systick_start();
    UART_DIVIDER = (CLOCK_HZ + VOX_BAUD / 2u) / VOX_BAUD;
    UART_CONTROL = UART_CONTROL_SEND | UART_CONTROL_RECEIVE | UART_CONTROL_RECEIVE_INTERRUPT;
    NVIC_ENABLE(HAL_UART_IRQ) = 1u << HAL_UART_IRQ % 32u;
    return 0;
}

size_t hal_write(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; ++i) {
        while ((UART_STATE & UART_STATE_SEND_FULL) != 0) {
        }
        UART_DATA = bytes[i];
    }
    return size;
}
