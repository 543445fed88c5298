/* micropython/natmod/arithmetic.S (its names prefixed with `our`) against the compiler's own arithmetic, on a bare Cortex-M0.
 * Exit status by semihosting: 0, or 1 after the first difference. Linked with -lgcc at address 0. */
#include <stdint.h>

typedef void function(void);
extern function our__aeabi_uidivmod, our__aeabi_idivmod, our__aeabi_uidiv, our__aeabi_idiv, our__aeabi_uldivmod;
extern function our__aeabi_ldivmod, our__aeabi_lmul, our__aeabi_llsl, our__aeabi_llsr, our__aeabi_lasr;
void start(void);

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[2] = {0x20004000u, (uintptr_t)start};

/* Calls f with two 64-bit numbers in r1:r0 and r3:r2, as it leaves them. */
static void call(function *f, uint64_t *a, uint64_t *b)
{
    register uint32_t r0 __asm("r0") = (uint32_t)*a;
    register uint32_t r1 __asm("r1") = (uint32_t)(*a >> 32);
    register uint32_t r2 __asm("r2") = (uint32_t)*b;
    register uint32_t r3 __asm("r3") = (uint32_t)(*b >> 32);
    register function *target __asm("r4") = f;
    __asm volatile("blx %4" : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3) : "r"(target) : "ip", "lr", "cc", "memory");
    *a = (uint64_t)r1 << 32 | r0;
    *b = (uint64_t)r3 << 32 | r2;
}

static void leave(uint32_t status)
{
    const uint32_t block[2] = {0x20026u, status}; /* SYS_EXIT_EXTENDED: ADP_Stopped_ApplicationExit */
    register uint32_t r0 __asm("r0") = 0x20u;
    register const uint32_t *r1 __asm("r1") = block;
    __asm volatile("bkpt 0xab" : : "r"(r0), "r"(r1) : "memory");
}

static void require(int true_one)
{
    if (!true_one) {
        leave(1);
    }
}

static void check_64(uint64_t a, uint64_t b)
{
    uint64_t x = a, y = b;
    call(our__aeabi_lmul, &x, &y);
    require(x == a * b);
    for (uint32_t shift = 0; shift < 64u; ++shift) {
        x = a, y = shift;
        call(our__aeabi_llsl, &x, &y);
        require(x == a << shift);
        x = a, y = shift;
        call(our__aeabi_llsr, &x, &y);
        require(x == a >> shift);
        x = a, y = shift;
        call(our__aeabi_lasr, &x, &y);
        require((int64_t)x == (int64_t)a >> shift);
    }
    if (b == 0u) {
        return;
    }
    x = a, y = b;
    call(our__aeabi_uldivmod, &x, &y);
    require(x == a / b && y == a % b);
    if ((int64_t)a == INT64_MIN && (int64_t)b == -1) {
        return;
    }
    x = a, y = b;
    call(our__aeabi_ldivmod, &x, &y);
    require((int64_t)x == (int64_t)a / (int64_t)b && (int64_t)y == (int64_t)a % (int64_t)b);
}

static uint64_t pair(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

static void check_32(uint32_t a, uint32_t b)
{
    uint64_t x = pair(a, b), y = 0;
    call(our__aeabi_uidivmod, &x, &y);
    if (b == 0u) {
        require(x == pair(UINT32_MAX, a));
        return;
    }
    require(x == pair(a / b, a % b));
    x = pair(a, b);
    call(our__aeabi_uidiv, &x, &y);
    require((uint32_t)x == a / b);
    if ((int32_t)a == INT32_MIN && (int32_t)b == -1) {
        return;
    }
    const int32_t p = (int32_t)a, q = (int32_t)b;
    x = pair(a, b);
    call(our__aeabi_idivmod, &x, &y);
    require(x == pair((uint32_t)(p / q), (uint32_t)(p % q)));
    x = pair(a, b);
    call(our__aeabi_idiv, &x, &y);
    require((uint32_t)x == (uint32_t)(p / q));
}

/* xorshift64 (Marsaglia 2003); fewer bits by a random shift, sometimes with the sign of a small negative number. */
static uint64_t random_64(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    const uint64_t value = state >> (state & 63u);
    return (state & 64u) != 0 ? ~value : value;
}

void start(void)
{
    static const uint64_t edges[] = {
        0,
        1,
        2,
        3,
        0x7FFF,
        0x8000,
        0xFFFF,
        0x10000,
        0x7FFFFFFF,
        0x80000000u,
        0xFFFFFFFFu,
        0x100000000u,
        0x7FFFFFFFFFFFFFFFu,
        0x8000000000000000u,
        0x8000000000000001u,
        0xFFFFFFFF00000000u,
        0xFFFFFFFFFFFFFFFFu,
    };
    const unsigned count = sizeof edges / sizeof edges[0];
    for (unsigned i = 0; i < count; ++i) {
        for (unsigned j = 0; j < count; ++j) {
            check_64(edges[i], edges[j]);
            check_32((uint32_t)edges[i], (uint32_t)edges[j]);
        }
    }
    for (unsigned i = 0; i < 2000; ++i) {
        const uint64_t a = random_64(), b = random_64();
        check_64(a, b);
        check_32((uint32_t)a, (uint32_t)b);
    }
    leave(0);
}
