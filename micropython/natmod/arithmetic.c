/* Division, 64-bit products, shifts and quotients for Armv6-M, which has none, in a fifth of the bytes that libgcc's take.
 * Slower: bit by bit. Names and conventions: Arm's run-time ABI (RTABI32). */
#include <stdbool.h>
#include <stdint.h>

#ifdef __ARM_ARCH_6M__

/* Quotient in the lower word, remainder in the upper one: r0 and r1. By zero: all ones and the dividend. */
uint64_t __aeabi_uidivmod(uint32_t dividend, uint32_t divisor);
uint64_t __aeabi_idivmod(int32_t dividend, int32_t divisor);
uint32_t __aeabi_uidiv(uint32_t dividend, uint32_t divisor);
int32_t __aeabi_idiv(int32_t dividend, int32_t divisor);
uint64_t __aeabi_lmul(uint64_t a, uint64_t b);
void vox_divide_64(uint64_t dividend, uint64_t divisor, uint64_t result[2]);
void vox_divide_signed_64(int64_t dividend, int64_t divisor, int64_t result[2]);
uint64_t __aeabi_llsl(uint64_t value, int shift);
uint64_t __aeabi_llsr(uint64_t value, int shift);
int64_t __aeabi_lasr(int64_t value, int shift);

static uint64_t pair(uint32_t quotient, uint32_t rest)
{
    return (uint64_t)rest << 32 | quotient;
}

uint64_t __aeabi_uidivmod(uint32_t dividend, uint32_t divisor)
{
    uint32_t rest = 0;
    for (unsigned bit = 0; bit < 32u; ++bit) {
        const uint32_t carry = rest >> 31;
        rest = rest << 1 | dividend >> 31;
        dividend <<= 1;
        if (carry != 0u || rest >= divisor) {
            rest -= divisor;
            dividend |= 1u;
        }
    }
    return pair(dividend, rest);
}

uint64_t __aeabi_idivmod(int32_t dividend, int32_t divisor)
{
    const uint32_t flip_rest = (uint32_t)(dividend >> 31);
    const uint32_t flip_divisor = (uint32_t)(divisor >> 31);
    const uint32_t flip = flip_rest ^ flip_divisor;
    const uint64_t both = __aeabi_uidivmod(((uint32_t)dividend ^ flip_rest) - flip_rest,
                                           ((uint32_t)divisor ^ flip_divisor) - flip_divisor);
    return pair(((uint32_t)both ^ flip) - flip, ((uint32_t)(both >> 32) ^ flip_rest) - flip_rest);
}

uint32_t __aeabi_uidiv(uint32_t dividend, uint32_t divisor)
{
    return (uint32_t)__aeabi_uidivmod(dividend, divisor);
}

int32_t __aeabi_idiv(int32_t dividend, int32_t divisor)
{
    return (int32_t)(uint32_t)__aeabi_idivmod(dividend, divisor);
}

uint64_t __aeabi_lmul(uint64_t a, uint64_t b)
{
    const uint32_t a0 = (uint32_t)a, b0 = (uint32_t)b;
    const uint32_t low = (a0 & 0xFFFFu) * (b0 & 0xFFFFu);
    const uint32_t middle = (a0 >> 16) * (b0 & 0xFFFFu) + (low >> 16);
    const uint32_t other = (a0 & 0xFFFFu) * (b0 >> 16) + (middle & 0xFFFFu);
    const uint32_t high = (a0 >> 16) * (b0 >> 16) + (middle >> 16) + (other >> 16);
    const uint32_t cross = a0 * (uint32_t)(b >> 32) + (uint32_t)(a >> 32) * b0;
    return pair(other << 16 | (low & 0xFFFFu), high + cross);
}

/* result: quotient, remainder. */
void vox_divide_64(uint64_t dividend, uint64_t divisor, uint64_t result[2])
{
    uint64_t rest = 0;
    for (unsigned bit = 0; bit < 64u; ++bit) {
        const bool carry = (int64_t)rest < 0;
        rest = rest + rest + ((int64_t)dividend < 0);
        dividend += dividend;
        if (carry || rest >= divisor) {
            rest -= divisor;
            ++dividend;
        }
    }
    result[0] = dividend;
    result[1] = rest;
}

void vox_divide_signed_64(int64_t dividend, int64_t divisor, int64_t result[2])
{
    uint64_t both[2];
    vox_divide_64(dividend < 0 ? -(uint64_t)dividend : (uint64_t)dividend,
                  divisor < 0 ? -(uint64_t)divisor : (uint64_t)divisor, both);
    result[0] = (int64_t)((dividend < 0) != (divisor < 0) ? -both[0] : both[0]);
    result[1] = (int64_t)(dividend < 0 ? -both[1] : both[1]);
}

/* Quotient in r0 and r1, remainder in r2 and r3: no C function returns that. */
#define DIVIDE(name, worker)                                                                                           \
    __asm(".thumb\n.thumb_func\n.global " #name "\n.type " #name ", %function\n" #name ":\n"                           \
          "push {r4, lr}\nsub sp, #24\nadd r4, sp, #8\nstr r4, [sp]\nbl " #worker "\n"                                 \
          "ldmia r4!, {r0, r1, r2, r3}\nadd sp, #24\npop {r4, pc}\n.size " #name ", . - " #name "\n")
DIVIDE(__aeabi_uldivmod, vox_divide_64);
DIVIDE(__aeabi_ldivmod, vox_divide_signed_64);

/* Shifts by 0 to 63. */
uint64_t __aeabi_llsl(uint64_t value, int shift)
{
    uint32_t low = (uint32_t)value, high = (uint32_t)(value >> 32);
    for (; shift > 0; --shift) {
        high = high << 1 | low >> 31;
        low <<= 1;
    }
    return pair(low, high);
}

/* fill: the bits that come in at the top. */
static uint64_t shifted_right(uint64_t value, int shift, uint32_t fill)
{
    uint32_t low = (uint32_t)value, high = (uint32_t)(value >> 32);
    for (; shift > 0; --shift) {
        low = low >> 1 | high << 31;
        high = high >> 1 | (fill & 0x80000000u);
    }
    return pair(low, high);
}

uint64_t __aeabi_llsr(uint64_t value, int shift)
{
    return shifted_right(value, shift, 0u);
}

int64_t __aeabi_lasr(int64_t value, int shift)
{
    return (int64_t)shifted_right((uint64_t)value, shift, (uint32_t)((uint64_t)value >> 32));
}

#endif
