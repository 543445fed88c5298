/* QEMU's RISC-V machine `virt`: the few registers in use. */
#ifndef HAL_VIRT_RV32_REGISTERS_H
#define HAL_VIRT_RV32_REGISTERS_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define BYTE_REGISTER(address) (*(volatile uint8_t *)(uintptr_t)(address))

/* 16550 UART */
#define UART_DATA BYTE_REGISTER(0x10000000u)
#define UART_INTERRUPTS BYTE_REGISTER(0x10000001u)
#define UART_FIFO BYTE_REGISTER(0x10000002u)
#define UART_FORMAT BYTE_REGISTER(0x10000003u)
#define UART_STATE BYTE_REGISTER(0x10000005u)
#define UART_INTERRUPT_RECEIVED 1u
#define UART_FIFO_ON 7u /* and emptied */
#define UART_FORMAT_8N1 3u
#define UART_STATE_RECEIVED 1u
#define UART_STATE_OVERRUN 2u
#define UART_STATE_SEND_READY 0x20u
#define UART_IRQ 10u

/* Core-local interruptor: 64-bit time at 10 MHz */
#define TIMER_COMPARE_LOW REGISTER(0x02004000u)
#define TIMER_COMPARE_HIGH REGISTER(0x02004004u)
#define TIMER_LOW REGISTER(0x0200BFF8u)
#define TIMER_HIGH REGISTER(0x0200BFFCu)

/* Platform-level interrupt controller, hart 0 in machine mode */
#define PLIC_PRIORITY(irq) REGISTER(0x0C000000u + 4u * (irq))
#define PLIC_ENABLE REGISTER(0x0C002000u)
#define PLIC_THRESHOLD REGISTER(0x0C200000u)
#define PLIC_CLAIM REGISTER(0x0C200004u)

/* startup.c */
void virt_reset(void);

/* hal.c */
void virt_uart_interrupt(void);
void virt_timer_interrupt(void);

#endif
