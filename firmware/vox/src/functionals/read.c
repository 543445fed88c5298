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

/* What a statistic is read from. */
typedef struct {
    const vox_set_groups *set;
    const vox_functional_feature *feature;
    uint32_t count; /* frames of the feature; above 0 but for runs */
    uint32_t rate;  /* frames a second, Q4 */
    unsigned code;  /* VOX_FUNCTIONAL_*: some functions serve several */
} reading;

static int64_t mean(const reading *from)
{
    return rounded(from->set->moments->sum, from->count);
}

static int64_t deviation(const reading *from)
{
    const vox_set_moments *moments = from->set->moments;
    return rounded(spread(from->count, moments->sum, moments->squares), (int64_t)from->count * 256);
}

static int64_t variation(const reading *from)
{
    const vox_set_moments *moments = from->set->moments;
    const int64_t size = moments->sum < 0 ? -moments->sum : moments->sum;
    return size == 0 ? 0 : rounded(spread(from->count, moments->sum, moments->squares) * 16, size);
}

static int64_t lowest(const reading *from)
{
    return from->set->extremes->low;
}

static int64_t highest(const reading *from)
{
    return from->set->extremes->high;
}

static int64_t range(const reading *from)
{
    return highest(from) - lowest(from);
}

/* Value below which `percent` of the frames lie: linear inside the histogram's bin. */
static int64_t value_at(const reading *from, uint32_t percent)
{
    const uint32_t wanted = from->count * percent; /* hundredths of a frame */
    const unsigned shift = from->feature->shift;
    uint32_t below = 0;
    for (uint32_t bin = 0; bin < VOX_HISTOGRAM_BINS; ++bin) {
        const uint32_t here = from->set->histogram->bins[bin] * 100u;
        if (below + here >= wanted && here != 0) {
            const int64_t part = rounded((int64_t)(wanted - below) << shift, here);
            return from->feature->low + ((int64_t)bin << shift) + part;
        }
        below += here;
    }
    return from->feature->low;
}

static int64_t percentile(const reading *from)
{
    return value_at(from, from->code == VOX_FUNCTIONAL_PERCENTILE_20   ? 20u
                          : from->code == VOX_FUNCTIONAL_PERCENTILE_50 ? 50u
                                                                       : 80u);
}

static int64_t percentile_range(const reading *from)
{
    return value_at(from, 80) - value_at(from, 20);
}

/* Slope of the regression line over the feature's frames, a second. */
static int64_t slope(const reading *from)
{
    const vox_set_trend *trend = from->set->trend;
    /* times < 2^28, products < 2^43, count <= 2^14: all terms stay below 2^59 */
    const int64_t n = from->count;
    int64_t covariance = n * trend->products - (int64_t)trend->times * from->set->moments->sum;
    int64_t variance = n * (int64_t)trend->squares - (int64_t)(trend->times * trend->times);
    if (variance <= 0) {
        return 0;
    }
    /* Both lose bits alike until the product with the rate fits. */
    while (covariance > (int64_t)1 << 42 || covariance < -((int64_t)1 << 42)) {
        covariance >>= 1;
        variance >>= 1;
    }
    return variance == 0 ? 0 : rounded(covariance * from->rate, variance * 16);
}

static int64_t step(const reading *from)
{
    const vox_set_steps *steps = from->set->steps;
    const unsigned down = from->code == VOX_FUNCTIONAL_FALL;
    return steps->count[down] == 0 ? 0
                                   : rounded((int64_t)steps->sum[down] * from->rate, (int64_t)steps->count[down] * 160);
}

/* The runs of one kind, the one under way included. */
typedef struct {
    uint32_t count, sum;
    uint64_t squares;
} finished_runs;

static finished_runs finish_runs(const reading *from)
{
    const vox_set_runs *runs = from->set->runs;
    const unsigned above = from->code < VOX_FUNCTIONAL_GAP_MEAN;
    finished_runs done = {runs->count[above], runs->sum[above], runs->squares[above]};
    if (runs->length != 0 && runs->above == above) {
        ++done.count;
        done.sum += runs->length;
        done.squares += (uint64_t)runs->length * runs->length;
    }
    return done;
}

static int64_t segments(const reading *from)
{
    const uint32_t frames = from->set->head->frames;
    return frames == 0 ? 0 : rounded((int64_t)finish_runs(from).count * from->rate * 16, frames);
}

static int64_t run_mean(const reading *from)
{
    const finished_runs done = finish_runs(from);
    return done.count == 0 ? 0 : rounded((int64_t)done.sum * 16000, (int64_t)done.count * from->rate);
}

static int64_t run_deviation(const reading *from)
{
    const finished_runs done = finish_runs(from);
    return done.count == 0 ? 0
                           : rounded(spread(done.count, (int64_t)done.sum, done.squares) * 16000,
                                     (int64_t)done.count * from->rate * 256);
}

static int64_t (*const statistics[VOX_FUNCTIONAL_LAST + 1u])(const reading *from) = {
    [VOX_FUNCTIONAL_MEAN] = mean,
    [VOX_FUNCTIONAL_STD] = deviation,
    [VOX_FUNCTIONAL_CV] = variation,
    [VOX_FUNCTIONAL_MIN] = lowest,
    [VOX_FUNCTIONAL_MAX] = highest,
    [VOX_FUNCTIONAL_RANGE] = range,
    [VOX_FUNCTIONAL_PERCENTILE_20] = percentile,
    [VOX_FUNCTIONAL_PERCENTILE_50] = percentile,
    [VOX_FUNCTIONAL_PERCENTILE_80] = percentile,
    [VOX_FUNCTIONAL_PERCENTILE_RANGE] = percentile_range,
    [VOX_FUNCTIONAL_SLOPE] = slope,
    [VOX_FUNCTIONAL_RISE] = step,
    [VOX_FUNCTIONAL_FALL] = step,
    [VOX_FUNCTIONAL_SEGMENTS] = segments,
    [VOX_FUNCTIONAL_SEGMENT_MEAN] = run_mean,
    [VOX_FUNCTIONAL_SEGMENT_STD] = run_deviation,
    [VOX_FUNCTIONAL_GAP_MEAN] = run_mean,
    [VOX_FUNCTIONAL_GAP_STD] = run_deviation,
};

/* 0 where there are no frames: of the feature, or, of runs, in the window. */
static int64_t evaluate(const reading *from)
{
    return from->count == 0 && vox_functional_needs[from->code] != VOX_GROUP_RUNS ? 0 : statistics[from->code](from);
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
        const reading from = {&here, &feature[current], here.head->count, params->frame_rate, list[i].code};
        values[i] = clipped(evaluate(&from));
    }
}
