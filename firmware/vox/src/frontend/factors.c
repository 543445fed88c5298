#include "frontend/factors.h"

#include <stdbool.h>

#include "frontend/curves.h"
#include "frontend/fixed.h"

/* Bairstow's method (1914): division by z^2 - u z + v, twice, gives the remainder and how it moves with u and v; Newton's
 * step takes both off. Factors that are found are divided out. Begun at the edges of the band it needs five or six steps
 * a factor; where it wanders, another start helps. */

#define STEPS 96u
#define STEPS_FROM_A_START 12u
#define CLOSE 128 /* Q14: the error after a step is about the square of the step */
#define STARTS 8u

/* Radius 0.8, or 0.9 for the second; 7/8, 1/8, 5/8, 3/8 of half the rate. Then two real zeros and, of radius 0.9 to 0.95,
 * what is between. */
static const vox_quadratic starts[STARTS] = {{-24219, 10486}, {27246, 13271}, {-10032, 10486}, {10032, 10486},
                                             {0, -4915},      {22012, 14787}, {-22012, 14787}, {0, 13271}};

/* 4 (x u - y v), both products floored to 2^16. The pair is u and -v. */
static inline int32_t feed_back(int32_t x, int32_t y, vox_twiddle pair)
{
    int32_t sum;
#ifdef VOX_FIXED_DSP
    __asm("smulwb %0, %1, %2" : "=r"(sum) : "r"(x), "r"(pair));
    __asm("smlawt %0, %1, %2, %0" : "+r"(sum) : "r"(y), "r"(pair));
#else
    sum = vox_multiply_high(x, pair.cosine) + vox_multiply_high(y, pair.sine);
#endif
    return vox_shift_left(sum, 2);
}

/* Wraps where a step leads astray. */
static int32_t add(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

static uint32_t magnitude(int32_t x)
{
    return (uint32_t)(x ^ (x >> 31));
}

/* Shift to the right after which magnitudes that were or'ed have at most 15 bits, no less than `least`. */
static unsigned to_15_bits(uint32_t magnitudes, unsigned least)
{
    return vox_bit_length(magnitudes | (0x7FFFu << least)) - 15u;
}

/* Limited to -1..1 in Q14. */
static int32_t to_1(int32_t x)
{
#ifdef VOX_FIXED_DSP
    __asm("ssat %0, #15, %0" : "+r"(x));
    return x;
#else
    return x > 16383 ? 16383 : x < -16384 ? -16384 : x;
#endif
}

/* Limited to -2..2 in Q14. */
static int32_t to_2(int32_t x)
{
#ifdef VOX_FIXED_DSP
    __asm("ssat %0, #16, %0" : "+r"(x));
    return x;
#else
    return vox_limit(x);
#endif
}

/* One step. Returns whether it was short. */
static bool improve(const int32_t *a, unsigned degree, int32_t *u, int32_t *v)
{
    const vox_twiddle pair = vox_twiddle_make(*u, -*v);
    int32_t b1 = 0, b2 = 0, c1 = 0, c2 = 0, c3;
    const int32_t *const last = a + degree;
    do {
        c3 = c1;
        b2 = add(a[0], feed_back(b1, b2, pair));
        c2 = add(b2, feed_back(c1, c2, pair));
        b1 = add(a[1], feed_back(b2, b1, pair));
        c1 = add(b1, feed_back(c2, c1, pair));
        a += 2;
    } while (a < last);
    b2 = add(a[0], feed_back(b1, b2, pair)); /* b2, b1: the remainder */
    const unsigned remainder_right = to_15_bits(magnitude(b1) | magnitude(b2), 0);
    const unsigned right = to_15_bits(magnitude(c1) | magnitude(c2) | magnitude(c3), remainder_right);
    b1 >>= remainder_right;
    b2 >>= remainder_right;
    c1 >>= right;
    c2 >>= right;
    c3 >>= right;
    int32_t determinant = (c2 * c2 - c1 * c3) >> 14;
    determinant = determinant == 0 ? 1 : determinant;
    const int32_t du = to_1((b2 * c3 - b1 * c2) / determinant >> (right - remainder_right));
    const int32_t dv = to_1((b2 * c2 - b1 * c1) / determinant >> (right - remainder_right));
    *u = to_2(*u + du);
    *v = to_1(*v + dv);
    return ((uint32_t)(du + CLOSE) | (uint32_t)(dv + CLOSE)) < 2u * CLOSE;
}

static void divide(int32_t *a, unsigned degree, int32_t u, int32_t v)
{
    const vox_twiddle pair = vox_twiddle_make(u, -v);
    int32_t b1 = 0, b2 = 0;
    for (const int32_t *const end = a + degree - 1; a < end; a++) {
        const int32_t b = add(*a, feed_back(b1, b2, pair));
        *a = b;
        b2 = b1;
        b1 = b;
    }
}

void vox_factors(int32_t *a, unsigned degree, vox_quadratic *factors)
{
    unsigned tries = 0;
    int32_t u = 0, v = 0;
    for (; degree > 2u; degree -= 2u, factors++) {
        unsigned steps = STEPS, steps_from_here = 0;
        do {
            if (steps_from_here == 0u) {
                steps_from_here = STEPS_FROM_A_START;
                u = starts[tries % STARTS].u;
                v = starts[tries % STARTS].v;
                tries++;
            }
            steps_from_here--;
            steps--;
        } while (!improve(a, degree, &u, &v) && steps > 0u);
        divide(a, degree, u, v);
        factors->u = (int16_t)u;
        factors->v = (int16_t)v;
    }
    factors->u = (int16_t)to_2(-(a[1] >> 6));
    factors->v = (int16_t)to_1(a[2] >> 6);
}

uint32_t vox_quadratic_angle(vox_quadratic factor)
{
    const int32_t square = factor.u * factor.u, above = factor.v * 65536 - square; /* Q28; the second below 2^30 */
    if (factor.v <= 0 || above <= 0) {
        return 0u;
    }
    /* The cosine of twice the angle is u^2 / 2v - 1. What it lacks to 1 or -1: Q15. */
    const uint32_t lack = (uint32_t)(square < above ? square : above) / (uint32_t)factor.v;
    /* Abramowitz and Stegun 4.4.45: acos(x) = sqrt(1 - x) (1.5707288 - 0.2121144 x + 0.0742610 x^2 - 0.0187293 x^3) */
    const int32_t x = 32768 - (int32_t)lack;
    const int32_t curve = 32767 + (((((1549 - (391 * x >> 15)) * x >> 15) - 4425) * x) >> 15); /* Q16, over pi */
    uint32_t angle = (vox_root(lack << 15) * (uint32_t)curve) >> 15;
    angle = square < above ? 65536u - angle : angle;
    return factor.u < 0 ? (1u << 17) - angle : angle;
}
