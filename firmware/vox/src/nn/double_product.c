#include "nn/double_product.h"

#include "nn/newton.h"

#define MANTISSA 53u

/* 128 bits. */
typedef struct {
    uint64_t high, low;
} number;

static number product_of(uint64_t a, uint64_t b)
{
    const uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    const uint64_t low = a0 * b0, left = a1 * b0, right = a0 * b1;
    const uint64_t middle = (low >> 32) + (uint32_t)left + (uint32_t)right;
    const number product = {a1 * b1 + (left >> 32) + (right >> 32) + (middle >> 32), (middle << 32) | (uint32_t)low};
    return product;
}

/* x is not 0. */
static unsigned bits_of(uint64_t x)
{
    const uint32_t upper = (uint32_t)(x >> 32);
    return upper != 0u ? 64u - vox_leading_zeros(upper) : 32u - vox_leading_zeros((uint32_t)x);
}

static void add_bit(number *x, unsigned bit)
{
    if (bit >= 64u) {
        x->high += (uint64_t)1 << (bit - 64u);
        return;
    }
    x->low += (uint64_t)1 << bit;
    x->high += x->low < (uint64_t)1 << bit ? 1u : 0u;
}

/* x / 2^right, at most INT32_MAX; 0 < right < 128. */
static int32_t shifted(const number *x, unsigned right)
{
    if (right < 64u && (x->high >> right) != 0u) {
        return INT32_MAX;
    }
    const uint64_t whole = right >= 64u ? x->high >> (right - 64u) : (x->high << (64u - right)) | (x->low >> right);
    return whole > (uint64_t)INT32_MAX ? INT32_MAX : (int32_t)whole;
}

/* Halves have few bits: a product that is rounded to 53 either reaches a half from below, by half a unit of its 53rd bit, or stays on
 * that side of it where it is. So that half a unit is added on top of the half that rounds. */
int32_t vox_double_product(int64_t sum, int64_t multiplier, int shift)
{
    if (sum == 0 || multiplier == 0) {
        return 0;
    }
    number product = product_of((uint64_t)(sum < 0 ? -sum : sum), (uint64_t)multiplier);
    const unsigned right = (unsigned)((int)MANTISSA - shift);
    const unsigned bits = product.high != 0u ? 64u + bits_of(product.high) : bits_of(product.low);
    if (bits > MANTISSA && bits - MANTISSA < right) {
        add_bit(&product, bits - MANTISSA - 1u);
    }
    add_bit(&product, right - 1u);
    const int32_t size = shifted(&product, right);
    return sum < 0 ? -size : size;
}
