/* Reset, clock and semihosting of Cortex-M and RISC-V cores. */
#include "measure.h"

extern uint32_t stack_top[], data_load[], data_start[], data_end[], bss_start[], bss_end[];

enum { SYS_WRITE0 = 0x04, SYS_EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026, FAULT_STATUS = 70 };

void measure_reset(void);
void measure_fault(void);

static void semihost(int operation, const void *argument)
{
#ifdef __riscv
    register int code __asm__("a0") = operation;
    register const void *block __asm__("a1") = argument;
    /* The three instructions are the call: uncompressed, and in one page. */
    __asm__ volatile(".option push\n\t.option norvc\n\t.balign 16\n\tslli x0, x0, 0x1f\n\tebreak\n\tsrai x0, x0, 7\n\t"
                     ".option pop"
                     : "+r"(code)
                     : "r"(block)
                     : "memory");
#else
    register int code __asm__("r0") = operation;
    register const void *block __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(code) : "r"(block) : "memory");
#endif
}

static void leave(uint32_t status)
{
    const uint32_t block[2] = {APPLICATION_EXIT, status};
    semihost(SYS_EXIT_EXTENDED, block);
    for (;;) {
    }
}

void measure_fault(void)
{
    semihost(SYS_WRITE0, "fault\n");
    leave(FAULT_STATUS);
}

void measure_print(const char *name, int32_t value)
{
    char text[40];
    char *out = text;
    while (*name != '\0') {
        *out++ = *name++;
    }
    *out++ = ' ';
    uint32_t rest = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
    if (value < 0) {
        *out++ = '-';
    }
    char digits[10];
    unsigned count = 0;
    do {
        digits[count++] = (char)('0' + rest % 10u);
        rest /= 10u;
    } while (rest != 0u);
    while (count > 0u) {
        *out++ = digits[--count];
    }
    *out++ = '\n';
    *out = '\0';
    semihost(SYS_WRITE0, text);
}

static void start(void)
{
    const uint32_t *from = data_load;
    for (uint32_t *to = data_start; to < data_end; ++to) {
        *to = *from++;
    }
    for (uint32_t *to = bss_start; to < bss_end; ++to) {
        *to = 0;
    }
}

#ifdef __riscv

uint32_t measure_ticks(void)
{
    uint32_t now;
    __asm__ volatile(".option push\n\t.option arch, +zicsr\n\tcsrr %0, minstret\n\t.option pop" : "=r"(now)::"memory");
    return now;
}

__asm__(".section .vectors, \"ax\", @progbits\n"
        "\t.option push\n"
        "\t.option arch, +zicsr\n"
        "measure_entry:\n"
        "\tla sp, stack_top\n"
        "\tla t0, measure_trap\n"
        "\tcsrw mtvec, t0\n"
        "\tj measure_reset\n"
        "\t.balign 4\n"
        "measure_trap:\n"
        "\tj measure_fault\n"
        "\t.option pop\n"
        "\t.globl measure_entry\n"
        "\t.text\n");

void measure_reset(void)
{
    start();
    measure_main();
    leave(0);
}

#else

#define SYSTICK_CONTROL (*(volatile uint32_t *)0xE000E010u)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xE000E014u)
#define SYSTICK_VALUE (*(volatile uint32_t *)0xE000E018u)
#define COPROCESSOR_ACCESS (*(volatile uint32_t *)0xE000ED88u)
#define SYSTICK_BITS 24u

static volatile uint32_t wraps;

/* Once in 2^24 ticks: some twenty instructions that no measurement notices. */
static void systick(void)
{
    wraps = wraps + 1u;
}

uint32_t measure_ticks(void)
{
    uint32_t before, value;
    __asm__ volatile("" ::: "memory");
    do {
        before = wraps;
        value = SYSTICK_VALUE;
    } while (value == 0u || before != wraps);
    __asm__ volatile("" ::: "memory");
    return (before << SYSTICK_BITS) + ((0u - value) & ((1u << SYSTICK_BITS) - 1u));
}

void measure_reset(void)
{
#if defined(__ARM_FEATURE_MVE) || defined(__ARM_FP)
    COPROCESSOR_ACCESS |= 0xF00000u;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    start();
    SYSTICK_CONTROL = 0;
    SYSTICK_RELOAD = (1u << SYSTICK_BITS) - 1u;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 7; /* core clock, interrupt, on */
    measure_main();
    leave(0);
}

typedef void (*vector)(void);

__attribute__((section(".vectors"), used)) static const vector vectors[16] = {
    (vector)(uintptr_t)stack_top,
    measure_reset,
    measure_fault, /* NMI */
    measure_fault, /* hard fault */
    measure_fault, /* memory management */
    measure_fault, /* bus */
    measure_fault, /* usage */
    measure_fault, /* secure fault */
    0,
    0,
    0,
    measure_fault, /* SVCall */
    measure_fault, /* debug monitor */
    0,
    measure_fault, /* PendSV */
    systick,
};

#endif
