#include "pdm_filter.h"

#include <string.h>

#define ORDER 4u
#define BITS 16u /* decimation of the sinc^4 */
#define WEIGHTS (ORDER * (BITS - 1u) + 1u)

/* First halves of the low passes, Q15: Kaiser windows (beta 4) of the ideal low pass at half the rate, divided by the
 * sinc^4's response; each sums to 1. */
static const int16_t low_pass_4[32] = {
    -12,  -39,  -50,  -27,  30,  91,  109, 55,  -60,  -174,  -203,  -100,  105, 301,  347,  169,
    -175, -497, -573, -282, 285, 825, 967, 492, -485, -1488, -1857, -1061, 993, 3840, 6587, 8271,
};
static const int16_t low_pass_8[64] = {
    -3,   -9,   -16,  -22,  -24,  -23,  -17,  -7,   7,   22,  37,   48,   53,   49,   36,   14,
    -14,  -44,  -71,  -90,  -98,  -89,  -64,  -25,  24,  76,  123,  155,  166,  151,  108,  42,
    -40,  -126, -203, -256, -273, -248, -178, -69,  66,  209, 336,  425,  457,  418,  302,  119,
    -114, -368, -604, -783, -864, -815, -615, -258, 245, 865, 1556, 2265, 2931, 3493, 3900, 4116,
};

/* The impulse response of four moving sums of 16. */
static void sinc4(int32_t weights[64])
{
    memset(weights, 0, 64 * sizeof weights[0]);
    weights[64u - WEIGHTS] = 1;
    for (unsigned order = 0; order < ORDER; ++order) {
        for (unsigned i = 63; i > 0; --i) {
            for (unsigned back = 1; back < BITS && back <= i; ++back) {
                weights[i] += weights[i - back];
            }
        }
    }
}

void rp2040_pdm_filter_init(rp2040_pdm_filter *filter, uint32_t decimation)
{
    memset(filter, 0, sizeof *filter);
    filter->earlier = filter->later = UINT32_C(0x55555555); /* silence */
    filter->decimation = decimation;
    filter->taps = decimation == 8u ? low_pass_8 : low_pass_4;
    filter->tap_count = decimation == 8u ? 128u : 64u;
    int32_t weights[64];
    sinc4(weights);
    for (unsigned place = 0; place < 8; ++place) {
        for (unsigned byte = 0; byte < 256; ++byte) {
            int32_t sum = 0;
            for (unsigned bit = 0; bit < 8; ++bit) {
                const int32_t weight = weights[8 * place + bit];
                sum += (byte & (0x80u >> bit)) != 0 ? weight : -weight;
            }
            filter->table[place][byte] = (int16_t)sum;
        }
    }
}

/* The sinc^4 over the last 64 bits, halved to fit 16 bits. */
static int16_t smooth(const rp2040_pdm_filter *filter)
{
    const uint32_t a = filter->earlier, b = filter->later;
    const int32_t sum = filter->table[0][a >> 24] + filter->table[1][(a >> 16) & 255u] +
                        filter->table[2][(a >> 8) & 255u] + filter->table[3][a & 255u] + filter->table[4][b >> 24] +
                        filter->table[5][(b >> 16) & 255u] + filter->table[6][(b >> 8) & 255u] +
                        filter->table[7][b & 255u];
    return (int16_t)(sum >= 65536 ? 32767 : sum >> 1);
}

static int16_t push(rp2040_pdm_filter *filter, uint32_t bits)
{
    filter->earlier = (filter->earlier << 16) | (filter->later >> 16);
    filter->later = (filter->later << 16) | bits;
    return smooth(filter);
}

int32_t rp2040_pdm_filter_sample(rp2040_pdm_filter *filter, const uint32_t *words)
{
    int16_t *history = filter->history;
    const uint32_t kept = filter->tap_count - filter->decimation;
    memmove(history, history + filter->decimation, kept * sizeof history[0]);
    for (uint32_t i = 0; i < filter->decimation; i += 2) {
        history[kept + i] = push(filter, words[i / 2u] >> 16);
        history[kept + i + 1u] = push(filter, words[i / 2u] & 0xFFFFu);
    }
    /* At most 61100 * 32768: it fits. */
    int32_t sum = 0;
    const int16_t *from_end = history + filter->tap_count;
    for (uint32_t i = 0; i < filter->tap_count / 2u; ++i) {
        sum += filter->taps[i] * (history[i] + *--from_end);
    }
    return sum >> 15;
}
