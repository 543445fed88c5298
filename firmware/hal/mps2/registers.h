/* Arm MPS2 and MPS3 images with the Cortex-M System Design Kit's UART, at MPS_UART (see the board's file). */
#ifndef HAL_MPS2_REGISTERS_H
#define HAL_MPS2_REGISTERS_H

#include "cortex_m.h"

#define UART_DATA REGISTER(MPS_UART)
#define UART_STATE REGISTER(MPS_UART + 0x04u)
#define UART_CONTROL REGISTER(MPS_UART + 0x08u)
#define UART_INTERRUPT REGISTER(MPS_UART + 0x0Cu) /* write 1 to clear */
#define UART_DIVIDER REGISTER(MPS_UART + 0x10u)   /* at least 16 */
#define UART_STATE_SEND_FULL 1u
#define UART_STATE_RECEIVED 2u
#define UART_STATE_OVERRUN 8u /* write 1 to clear */
#define UART_CONTROL_SEND 1u
#define UART_CONTROL_RECEIVE 2u
#define UART_CONTROL_RECEIVE_INTERRUPT 8u
#define UART_INTERRUPT_RECEIVE 2u

#endif
