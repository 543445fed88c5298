/* Entry, traps and reset of an RV32 in machine mode; faults end the emulator instead of hanging it. */
#include "csr.h"
#include "painted_stack.h"
#include "registers.h"

int main(int argc, char **argv);

#define CAUSE_TIMER 0x80000007u
#define CAUSE_EXTERNAL 0x8000000Bu

/* Semihosting SYS_EXIT_EXTENDED. The three instructions are the call: uncompressed, and in one page. */
static void leave(uint32_t status)
{
    const uint32_t block[2] = {0x20026u, status}; /* ADP_Stopped_ApplicationExit */
    register uint32_t operation __asm__("a0") = 0x20u;
    register const void *argument __asm__("a1") = block;
    __asm__ volatile(".option push\n\t.option norvc\n\t.balign 16\n\tslli x0, x0, 0x1f\n\tebreak\n\tsrai x0, x0, 7\n\t"
                     ".option pop"
                     : "+r"(operation)
                     : "r"(argument)
                     : "memory");
    for (;;) {
    }
}

__attribute__((interrupt("machine"), aligned(4))) static void trap(void)
{
    uint32_t cause;
    __asm__ volatile(CSR("csrr %0, mcause") : "=r"(cause));
    if (cause == CAUSE_TIMER) {
        virt_timer_interrupt();
    } else if (cause == CAUSE_EXTERNAL) {
        const uint32_t irq = PLIC_CLAIM;
        if (irq == UART_IRQ) {
            virt_uart_interrupt();
        }
        PLIC_CLAIM = irq;
    } else {
        leave(70u);
    }
}

/* The only word of assembly: there is no stack before it. */
__asm__(".section .vectors, \"ax\", @progbits\n"
        "\t.globl virt_entry\n"
        "\t.type virt_entry, @function\n"
        "virt_entry:\n"
        "\tla sp, __stack_top\n"
        "\tj virt_reset\n"
        "\t.size virt_entry, . - virt_entry\n"
        "\t.text\n");

__attribute__((used)) void virt_reset(void)
{
    const uint32_t *stack_pointer;
    __asm__ volatile(CSR("csrw mtvec, %0")::"r"((uintptr_t)trap));
    __asm__ volatile("mv %0, sp" : "=r"(stack_pointer));
    hal_prepare_memory(stack_pointer - 64);
    leave((uint32_t)main(0, (char **)0));
}
