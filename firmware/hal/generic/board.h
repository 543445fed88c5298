/* What is left to write for a board that `vox-embed boards add` made from a CMSIS-Pack: its serial port.
 *
 * A pack says where memory lies, not how a UART is wired. Define these functions in firmware/hal/<name>.c, add <name> to
 * `parts` and the UART's interrupt number to `defines` (HAL_UART_IRQ=38u) in the board's file. Until then the weak ones
 * of board.c stand in: the image links and its sizes are right, but it says nothing.
 */
#ifndef HAL_GENERIC_BOARD_H
#define HAL_GENERIC_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#define BOARD_NOTHING (-1)
#define BOARD_OVERRUN (-2)

/* At start, before interrupts: the core's clock at VOX_CLOCK_MHZ, pins, the UART at VOX_BAUD, 8N1, its receive interrupt. */
void board_init(void);

/* In interrupt HAL_UART_IRQ, until it returns BOARD_NOTHING: the next received byte, or BOARD_OVERRUN for one that was lost.
 * It has to acknowledge what the UART wants acknowledged. */
int board_receive(void);

/* Hands a byte to the transmitter. False while there is no room for it. */
bool board_send(uint8_t byte);

#endif
