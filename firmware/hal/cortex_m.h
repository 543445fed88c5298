/* What every Cortex-M has, and what a family's hal.c gives to startup_cortex_m.c. */
#ifndef HAL_CORTEX_M_H
#define HAL_CORTEX_M_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define SYSTICK_CONTROL REGISTER(0xE000E010u)
#define SYSTICK_RELOAD REGISTER(0xE000E014u)
#define SYSTICK_VALUE REGISTER(0xE000E018u)
#define INTERRUPT_STATE REGISTER(0xE000ED04u)
#define INTERRUPT_STATE_SYSTICK_PENDING (1u << 26)
#define COPROCESSOR_ACCESS REGISTER(0xE000ED88u)
#define NVIC_ENABLE(irq) REGISTER(0xE000E100u + (irq) / 32u * 4u)

/* startup_cortex_m.c */
void hal_reset(void);

/* systick.c: from here on SysTick keeps the time. */
void hal_systick_start(void);

/* Interrupts: number HAL_UART_IRQ of the family, and SysTick (systick.c), or the family's number HAL_TIMER_IRQ where that
 * is defined. */
void hal_uart_interrupt(void);
void hal_timer_interrupt(void);

#endif
