/* MicroPython's QEMU port starts no FPU; linked with --wrap=mp_semihosting_init, the first call after reset. */
#include <stdint.h>

void __real_mp_semihosting_init(void);

void __wrap_mp_semihosting_init(void)
{
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20; /* CPACR: full access to the FPU */
    __asm volatile("dsb\n isb");
    __real_mp_semihosting_init();
}
