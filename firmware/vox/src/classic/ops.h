/* Op records of classic models, read in place. docs/model-format.md, "Op records of classic models", is the prose.
 *
 * Vectors are tensors [1, 1, 1, n]: S16 features in, S32 scores in between, S16 posteriors (Q15, 0..32767) out. Offsets
 * count from the start of WGHT unless a comment says otherwise. Rows marked "padded" have a zero appended where their
 * length is odd, and start at multiples of 4. Scores that stand for probabilities are log2 with fraction bits behind
 * the point. "Saturated" is to the range of int32. Where an op ends in posteriors, the first of the highest is where
 * the first of the highest scores is.
 *
 * Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one.
 */
#ifndef VOX_CLASSIC_OPS_H
#define VOX_CLASSIC_OPS_H

#include <stdint.h>

#include "vox/model_format.h"

#define VOX_MAX_VECTOR 2048u /* values of a vector; posteriors at most VOX_MAX_LABELS */
#define VOX_MAX_FRACTION 24u
#define VOX_MAX_DENSITY_FRACTION 20u /* of GAUSSIAN */
#define VOX_MAX_NEIGHBOURS 16u
#define VOX_MAX_BIAS_SHIFT 31u
#define VOX_MAX_SUM_SHIFT 47u
/* components of a class that LOG_SUM adds, so that the sum of Q24 powers stays below 2^31 */
#define VOX_MAX_MIXTURE 127u

/* SCALE: S16 -> S16 or S8. As NORM with a shift for each value: q = clamp(zero_point + ((clamp(x - offset, -32768,
 * 32767) * multiplier + ((1 << shift) >> 1)) >> shift)). */
typedef struct {
    vox_op op;
    uint32_t offset;     /* int16_t[n] */
    uint32_t multiplier; /* int16_t[n], 1..32767 */
    uint32_t shift;      /* uint8_t[n], 0..VOX_MAX_NORM_SHIFT */
} vox_scale;             /* 20 bytes */

/* LINEAR: S16 or S8 -> S32 [rows]. (sum of weight * x + bias * 2^bias_shift) >> shift, in 64 bits, saturated. */
typedef struct {
    vox_op op;
    uint32_t weights; /* int16_t[rows][n], padded */
    uint32_t bias;    /* int32_t[rows] */
    uint32_t shift;   /* uint8_t[rows][2]: bias_shift 0..VOX_MAX_BIAS_SHIFT, shift 0..VOX_MAX_SUM_SHIFT */
} vox_linear;         /* 20 bytes */

/* RBF: S16 -> S32 [c (c - 1) / 2], or [1]. K = 2^-e in Q16 with e = (min(d >> reduce, 2^32 - 1) * gamma) >> gamma_shift
 * in Q16, d the squared distance. A vector of class i adds coefficient * K to every pair with i: column j - 1 for (i,
 * j), column j for (j, i). Pairs are ordered (0, 1), (0, 2), .. (1, 2), .. Output: (sum + bias * 2^bias_shift) >>
 * shift, saturated. */
typedef struct {
    vox_op op;
    uint32_t vectors;      /* int16_t[count][n], padded; those of class 0 first, and so on */
    uint32_t coefficients; /* int16_t[count][c - 1]; [count][1] for one machine */
    uint32_t class_counts; /* uint16_t[c], together count */
    uint32_t bias;         /* int32_t[outputs] */
    uint32_t gamma;        /* multiplier, to log2 in Q16 */
    uint32_t scratch;      /* in the arena: int64_t[outputs] */
    uint16_t count;        /* of vectors, at least 1 */
    uint16_t classes;      /* c, 1..VOX_MAX_LABELS; 1: one machine */
    uint8_t reduce;        /* 0..31 */
    uint8_t gamma_shift;   /* 0..63 */
    uint8_t bias_shift;    /* 0..VOX_MAX_BIAS_SHIFT */
    uint8_t shift;         /* 0..VOX_MAX_SUM_SHIFT */
} vox_rbf;                 /* 40 bytes */

/* VOTE (nothing but vox_op): S32 [c (c - 1) / 2] -> S32 [c]. Votes: a pair (i, j) above 0 is one for i, else for j. */

/* KNN: S16 -> S32 [c]. How many of the nearest vectors bear each label; of equally near ones the first count. */
typedef struct {
    vox_op op;
    uint32_t vectors;    /* int16_t[count][n], padded */
    uint32_t labels;     /* uint8_t[count], below c */
    uint16_t count;      /* at least neighbours */
    uint16_t neighbours; /* 1..VOX_MAX_NEIGHBOURS */
} vox_knn;               /* 20 bytes */

/* GAUSSIAN: S16 -> S32 [components]. log2 densities. u[i] = (x[i] * scale[i] - centre[i]) >> shift[i], to the left
 * where the shift is negative; full: u[i] = (sum over j <= i of scale[i][j] * x[j] - 2^12 * centre[i]) >> shift[i].
 * Limited to +-2^24, squared, summed: constant - (sum >> (20 - fraction)), saturated. */
typedef struct {
    vox_op op;
    uint32_t scale;    /* int16_t[components][n]; full: [components][n (n + 1) / 2], rows of 1, 2, .. n values */
    uint32_t centre;   /* int32_t[components][n]; below 2^30 in magnitude unless full */
    uint32_t shift;    /* int8_t[components][n]: -15..30; full: 0..VOX_MAX_SUM_SHIFT */
    uint32_t constant; /* int32_t[components] */
    uint8_t full;      /* 0 or 1 */
    uint8_t fraction;  /* 0..VOX_MAX_DENSITY_FRACTION */
    uint8_t reserved[2];
} vox_gaussian; /* 28 bytes */

/* LOG_SUM: S32 [groups each] -> S32 [groups]. log2 of the sum of 2^x over each (at most VOX_MAX_MIXTURE) neighbouring
 * values: mixtures. */
typedef struct {
    vox_op op;
    uint8_t fraction; /* 0..VOX_MAX_FRACTION */
    uint8_t reserved[3];
} vox_log_sum; /* 12 bytes */

/* SOFTMAX_32: S32 -> S16. Posteriors from log2 scores: 2^x over the sum of all. */
typedef struct {
    vox_op op;
    uint8_t fraction; /* 0..VOX_MAX_FRACTION */
    uint8_t reserved[3];
} vox_softmax_32; /* 12 bytes */

/* SHARE (nothing but vox_op): S32 -> S16. Shares of the sum of all scores; negative ones count as 0. */

/* THRESHOLD: S32 [1] -> S16 [2]. The odds of the other output are 2^-|score - threshold|. */
typedef struct {
    vox_op op;
    int32_t threshold;
    uint8_t above;    /* 0 or 1: the output that wins where the score is at least the threshold */
    uint8_t fraction; /* 0..VOX_MAX_FRACTION */
    uint8_t reserved[2];
} vox_threshold; /* 16 bytes */

/* BINS: S32 [1] -> S16 [c], c >= 2. The result of a regression. v = value >> shift, limited to the first and the last
 * centre, lies between two neighbours b and b + 1. Posterior b + 1 is min(32767, floor((v - centres[b]) * 2^15 /
 * (centres[b + 1] - centres[b]))), posterior b is 32767 less that, the others are 0. The highest posterior is that of
 * the nearest label (of two equally near ones the higher), and the sum of posterior times label's number, over the sum
 * of the posteriors, is the value. The mean of several windows' posteriors gives the mean of their values. */
typedef struct {
    vox_op op;
    uint32_t centres; /* int32_t[c], each above the one before: the labels' numbers in the unit of the value */
    uint8_t shift;    /* 0..31 */
    uint8_t reserved[3];
} vox_bins; /* 16 bytes */

/* Read in place: a compiler that lays one of them out otherwise stops here. */
typedef char vox_size_of_scale[sizeof(vox_scale) == 20 ? 1 : -1];
typedef char vox_size_of_linear[sizeof(vox_linear) == 20 ? 1 : -1];
typedef char vox_size_of_rbf[sizeof(vox_rbf) == 40 ? 1 : -1];
typedef char vox_size_of_knn[sizeof(vox_knn) == 20 ? 1 : -1];
typedef char vox_size_of_gaussian[sizeof(vox_gaussian) == 28 ? 1 : -1];
typedef char vox_size_of_log_sum[sizeof(vox_log_sum) == 12 ? 1 : -1];
typedef char vox_size_of_softmax_32[sizeof(vox_softmax_32) == 12 ? 1 : -1];
typedef char vox_size_of_threshold[sizeof(vox_threshold) == 16 ? 1 : -1];
typedef char vox_size_of_bins[sizeof(vox_bins) == 16 ? 1 : -1];

#endif
