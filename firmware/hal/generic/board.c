/* A board without a serial port: see board.h. */
#include "board.h"

__attribute__((weak)) void board_init(void)
{
}

__attribute__((weak)) int board_receive(void)
{
    return BOARD_NOTHING;
}

__attribute__((weak)) bool board_send(uint8_t byte)
{
    (void)byte;
    return false;
}
