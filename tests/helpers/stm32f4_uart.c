/* What a user adds to a board of firmware/hal/generic: here USART1 of the STM32F4 (reference manual RM0390, chapter 25), as
 * far as QEMU's netduinoplus2 wants it. Clocks and pins need no setting up there; a chip would want them here too. */
#include "board.h"
#include "cortex_m.h"

#define USART_STATUS REGISTER(0x40011000u)
#define USART_DATA REGISTER(0x40011004u)
#define USART_CONTROL REGISTER(0x4001100Cu)
#define OVERRUN (1u << 3)
#define RECEIVED (1u << 5)
#define SEND_EMPTY (1u << 7)

void board_init(void)
{
    USART_CONTROL = 1u << 13 | 1u << 5 | 1u << 3 | 1u << 2; /* on, receive interrupt, send, receive */
}

int board_receive(void)
{
    const uint32_t status = USART_STATUS;
    if ((status & RECEIVED) == 0) {
        return BOARD_NOTHING;
    }
    const int byte = (int)(USART_DATA & 0xFFu);
    return (status & OVERRUN) != 0 ? BOARD_OVERRUN : byte;
}

bool board_send(uint8_t byte)
{
    if ((USART_STATUS & SEND_EMPTY) == 0) {
        return false;
    }
    USART_DATA = byte;
    return true;
}
