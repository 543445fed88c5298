/* STM32F4: the serial port is USART1 (reference manual RM0090, chapter 30). Clocks and pins are as QEMU has them after reset; a
 * chip wants its PLL, the USART's clock and two pins set up at the head of hal_init. */
#include "hal.h"

#include "cortex_m.h"
#include "ring.h"

#define USART_STATUS REGISTER(0x40011000u)
#define USART_DATA REGISTER(0x40011004u)
#define USART_CONTROL REGISTER(0x4001100Cu)
#define STATUS_OVERRUN (1u << 3)
#define STATUS_RECEIVED (1u << 5)
#define STATUS_SEND_EMPTY (1u << 7)
#define CONTROL_RECEIVE (1u << 2)
#define CONTROL_SEND (1u << 3)
#define CONTROL_RECEIVE_INTERRUPT (1u << 5)
#define CONTROL_ON (1u << 13)
#define PATIENCE_MS 50u /* for one byte: enough for 300 baud */

void hal_uart_interrupt(void)
{
    /* Reading the data after the status takes an overrun back, too. */
    for (uint32_t status = USART_STATUS; (status & (STATUS_RECEIVED | STATUS_OVERRUN)) != 0; status = USART_STATUS) {
        const uint8_t byte = (uint8_t)USART_DATA;
        if ((status & STATUS_OVERRUN) != 0) {
            hal_received.lost = hal_received.lost + 1u;
        }
        if ((status & STATUS_RECEIVED) != 0) {
            hal_ring_put(&hal_received, byte);
        }
    }
}

int hal_init(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    hal_systick_start();
    USART_CONTROL = CONTROL_ON | CONTROL_RECEIVE_INTERRUPT | CONTROL_SEND | CONTROL_RECEIVE;
    NVIC_ENABLE(HAL_UART_IRQ) = 1u << HAL_UART_IRQ % 32u;
    return 0;
}

size_t hal_write(const uint8_t *bytes, size_t size)
{
    for (size_t sent = 0; sent < size; ++sent) {
        const uint32_t start = hal_millis();
        while ((USART_STATUS & STATUS_SEND_EMPTY) == 0) {
            if (hal_millis() - start > PATIENCE_MS) {
                return sent;
            }
        }
        USART_DATA = bytes[sent];
    }
    return size;
}
