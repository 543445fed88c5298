/* Any Cortex-M: the serial port from board.h. */
#include "hal.h"

#include "board.h"
#include "cortex_m.h"
#include "ring.h"

#define PATIENCE_MS 50u /* for one byte: enough for 300 baud */

void hal_uart_interrupt(void)
{
    for (int byte = board_receive(); byte != BOARD_NOTHING; byte = board_receive()) {
        if (byte == BOARD_OVERRUN) {
            hal_received.lost = hal_received.lost + 1u;
        } else {
            hal_ring_put(&hal_received, (uint8_t)byte);
        }
    }
}

int hal_init(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    board_init();
    hal_systick_start();
    NVIC_ENABLE(HAL_UART_IRQ) = 1u << HAL_UART_IRQ % 32u;
    return 0;
}

size_t hal_write(const uint8_t *bytes, size_t size)
{
    for (size_t sent = 0; sent < size; ++sent) {
        const uint32_t start = hal_millis();
        while (!board_send(bytes[sent])) {
            if (hal_millis() - start > PATIENCE_MS) {
                return sent;
            }
        }
    }
    return size;
}
