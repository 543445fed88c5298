/* From accumulators to statistics. Divisions of 64 bits are fine here: they come once a window. */
#include <stddef.h>

#include "functionals/set.h"
#include "vox/functionals.h"

static int16_t clipped(int64_t value)
{
    return (int16_t)(value < -32768 ? -32768 : value > 32767 ? 32767 : value);
}

/* Quotient rounded to nearest, halves up; divisor > 0. */
static int64_t rounded(int64_t dividend, int64_t divisor)
{
    const int64_t shifted = dividend + (divisor >> 1);
    const int64_t quotient = shifted / divisor;
    return quotient - (shifted % divisor < 0);
}

/* floor(sqrt(value)), one bit of the result at a time. */
static uint32_t root(uint64_t value)
{
    uint64_t result = 0;
    uint64_t bit = (uint64_t)1 << 62;
    while (bit > value) {
        bit >>= 2;
    }
    for (; bit != 0; bit >>= 2) {
        if (value >= result + bit) {
            value -= result + bit;
            result = (result >> 1) + bit;
        } else {
            result >>= 1;
        }
    }
    return (uint32_t)result;
}

/* 256 times count times the standard deviation, rounded down; coarser by 2^8 for the greatest values. count <= 2^14 and
 * |value| <= 2^15: all terms stay below 2^58. */
static int64_t spread(uint32_t count, int64_t sum, uint64_t squares)
{
    const uint64_t size = (uint64_t)(sum < 0 ? -sum : sum);
    const uint64_t square = count * squares - size * size;
    return square >> 48 == 0 ? (int64_t)root(square << 16) : (int64_t)root(square) * 256;
}

static int64_t deviation(uint32_t count, int64_t sum, uint64_t squares)
{
    return rounded(spread(count, sum, squares), (int64_t)count * 256);
}

static int64_t variation(uint32_t count, const vox_set_moments *moments)
{
    const int64_t size = moments->sum < 0 ? -moments->sum : moments->sum;
    return size == 0 ? 0 : rounded(spread(count, moments->sum, moments->squares) * 16, size);
}

/* Value below which `percent` of the frames lie: linear inside the histogram's bin. */
static int64_t percentile(uint32_t count, const vox_set_histogram *histogram, const vox_functional_feature *feature,
                          uint32_t percent)
{
    const uint32_t wanted = count * percent; /* hundredths of a frame */
    uint32_t below = 0;
    for (uint32_t bin = 0; bin < VOX_HISTOGRAM_BINS; ++bin) {
        const uint32_t here = histogram->bins[bin] * 100u;
        if (below + here >= wanted && here != 0) {
            const int64_t part = rounded((int64_t)(wanted - below) << feature->shift, here);
            return feature->low + ((int64_t)bin << feature->shift) + part;
        }
        below += here;
    }
    return feature->low;
}

/* Slope of the regression line over the feature's frames, a second. rate: frames a second, Q4. */
static int64_t slope(uint32_t count, const vox_set_moments *moments, const vox_set_trend *trend, uint32_t rate)
{
    /* times < 2^28, products < 2^43, count <= 2^14: all terms stay below 2^59 */
    const int64_t n = count;
    int64_t covariance = n * trend->products - (int64_t)trend->times * moments->sum;
    int64_t variance = n * (int64_t)trend->squares - (int64_t)(trend->times * trend->times);
    if (variance <= 0) {
        return 0;
    }
    /* Both lose bits alike until the product with the rate fits. */
    while (covariance > (int64_t)1 << 42 || covariance < -((int64_t)1 << 42)) {
        covariance >>= 1;
        variance >>= 1;
    }
    return variance == 0 ? 0 : rounded(covariance * rate, variance * 16);
}

static int64_t step(const vox_set_steps *steps, unsigned down, uint32_t rate)
{
    return steps->count[down] == 0 ? 0 : rounded((int64_t)steps->sum[down] * rate, (int64_t)steps->count[down] * 160);
}

/* The runs of one kind, the one under way included. */
typedef struct {
    uint32_t count, sum;
    uint64_t squares;
} finished_runs;

static finished_runs finish_runs(const vox_set_runs *runs, unsigned above)
{
    finished_runs done = {runs->count[above], runs->sum[above], runs->squares[above]};
    if (runs->length != 0 && runs->above == above) {
        ++done.count;
        done.sum += runs->length;
        done.squares += (uint64_t)runs->length * runs->length;
    }
    return done;
}

static int64_t segments(uint32_t frames, const vox_set_runs *runs, uint32_t rate)
{
    return frames == 0 ? 0 : rounded((int64_t)finish_runs(runs, 1).count * rate * 16, frames);
}

static int64_t run_mean(const vox_set_runs *runs, unsigned above, uint32_t rate)
{
    const finished_runs done = finish_runs(runs, above);
    return done.count == 0 ? 0 : rounded((int64_t)done.sum * 16000, (int64_t)done.count * rate);
}

static int64_t run_deviation(const vox_set_runs *runs, unsigned above, uint32_t rate)
{
    const finished_runs done = finish_runs(runs, above);
    return done.count == 0
               ? 0
               : rounded(spread(done.count, (int64_t)done.sum, done.squares) * 16000, (int64_t)done.count * rate * 256);
}

static int64_t evaluate(unsigned code, const vox_set_groups *set, const vox_functional_feature *feature, uint32_t rate)
{
    const uint32_t count = set->head->count;
    switch (code) {
    case VOX_FUNCTIONAL_SEGMENTS:
        return segments(set->head->frames, set->runs, rate);
    case VOX_FUNCTIONAL_SEGMENT_MEAN:
        return run_mean(set->runs, 1, rate);
    case VOX_FUNCTIONAL_SEGMENT_STD:
        return run_deviation(set->runs, 1, rate);
    case VOX_FUNCTIONAL_GAP_MEAN:
        return run_mean(set->runs, 0, rate);
    case VOX_FUNCTIONAL_GAP_STD:
        return run_deviation(set->runs, 0, rate);
    case VOX_FUNCTIONAL_RISE:
        return step(set->steps, 0, rate);
    case VOX_FUNCTIONAL_FALL:
        return step(set->steps, 1, rate);
    default:
        break;
    }
    if (count == 0) {
        return 0;
    }
    switch (code) {
    case VOX_FUNCTIONAL_MEAN:
        return rounded(set->moments->sum, count);
    case VOX_FUNCTIONAL_STD:
        return deviation(count, set->moments->sum, set->moments->squares);
    case VOX_FUNCTIONAL_CV:
        return variation(count, set->moments);
    case VOX_FUNCTIONAL_MIN:
        return set->extremes->low;
    case VOX_FUNCTIONAL_MAX:
        return set->extremes->high;
    case VOX_FUNCTIONAL_RANGE:
        return (int64_t)set->extremes->high - set->extremes->low;
    case VOX_FUNCTIONAL_PERCENTILE_20:
        return percentile(count, set->histogram, feature, 20);
    case VOX_FUNCTIONAL_PERCENTILE_50:
        return percentile(count, set->histogram, feature, 50);
    case VOX_FUNCTIONAL_PERCENTILE_80:
        return percentile(count, set->histogram, feature, 80);
    case VOX_FUNCTIONAL_PERCENTILE_RANGE:
        return percentile(count, set->histogram, feature, 80) - percentile(count, set->histogram, feature, 20);
    default:
        return slope(count, set->moments, set->trend, rate);
    }
}

void vox_functionals_read(const uint8_t *section, const void *set, int16_t *values)
{
    const vox_functionals_params *params = (const void *)section;
    const vox_functional_feature *feature = vox_functional_features(section);
    const vox_functional *list = vox_functional_list(section);
    /* The list is usually ordered by feature: then this walks over the set once. */
    uint8_t *at = (uint8_t *)(uintptr_t)set; /* only read */
    unsigned current = 0;
    vox_set_groups here = vox_set_at(at, feature[0].groups);
    for (unsigned i = 0; i < params->count; ++i) {
        if (list[i].feature < current) {
            current = 0;
            here = vox_set_at(at, feature[0].groups);
        }
        while (current < list[i].feature) {
            ++current;
            here = vox_set_at(here.next, feature[current].groups);
        }
        values[i] = clipped(evaluate(list[i].code, &here, &feature[current], params->frame_rate));
    }
}
