/* Op records of classic models, read in place. docs/model-format.md, "Op records", is the prose.
 *
 * Vectors are tensors [1, 1, 1, n]: S16 features in, S32 scores in between, S16 posteriors (Q15, 0..32767) out. Offsets
 * count from the start of WGHT unless a comment says otherwise. Rows of int16_t are padded with a zero to an even count.
 * Scores that stand for probabilities are log2 with `fraction` bits behind the point.
 */
#ifndef VOX_CLASSIC_OPS_H
#define VOX_CLASSIC_OPS_H

#include <stdint.h>

#include "vox/model_format.h"

#define VOX_MAX_FRACTION 24u
#define VOX_MAX_NEIGHBOURS 16u

/* SCALE: S16 -> S16 or S8, value by value as NORM's mode SCALE:
 * q = clamp(zero_point + ((clamp16(x - offset) * multiplier + (1 << shift >> 1)) >> shift)). */
typedef struct {
    vox_op op;
    uint32_t offset;     /* int16_t[n] */
    uint32_t multiplier; /* int16_t[n], 1..32767 */
    uint32_t shift;      /* uint8_t[n], 0..30 */
} vox_scale;             /* 20 bytes */

/* LINEAR: S16 or S8 [n] -> S32 [rows]: saturate((sum of weight * x + bias * 2^bias_shift) >> shift[row]), summed in 64
 * bits. */
typedef struct {
    vox_op op;
    uint32_t weights; /* int16_t[rows][n padded] */
    uint32_t bias;    /* int32_t[rows] */
    uint32_t shift;   /* uint8_t[rows][2]: bias_shift 0..31, shift 0..47 */
} vox_linear;         /* 20 bytes */

/* RBF: S16 [n] -> S32 [pairs of classes, or 1]. K = 2^-(distance^2 >> reduce) * gamma >> gamma_shift, Q16, for each support
 * vector. A vector of class i with coefficient row r adds coefficient * K to the pairs (i, j): r = j - 1 for i < j, else j.
 * classes = 1: one machine, one coefficient a vector. Output: saturate((sum + bias * 2^bias_shift) >> shift). */
typedef struct {
    vox_op op;
    uint32_t vectors;      /* int16_t[count][n padded], ordered by class */
    uint32_t coefficients; /* int16_t[count][classes - 1, or 1] */
    uint32_t class_counts; /* uint16_t[classes]: together `count` */
    uint32_t bias;         /* int32_t[outputs] */
    uint32_t gamma;        /* multiplier, to log2 in Q16 */
    uint32_t scratch;      /* in the arena: int64_t[outputs] */
    uint16_t count;        /* of vectors, 1.. */
    uint16_t classes;      /* 1..VOX_MAX_LABELS */
    uint8_t reduce;        /* 0..31 */
    uint8_t gamma_shift;   /* 0..63 */
    uint8_t bias_shift;    /* 0..31 */
    uint8_t shift;         /* 0..47 */
} vox_rbf;                 /* 40 bytes */

/* VOTE: S32 [c (c - 1) / 2], one for each pair i < j in the order (0,1), (0,2), .. (1,2), .. -> S32 [c]: how many pairs each
 * class wins; a pair above 0 is won by i. Nothing but vox_op. */

/* KNN: S16 [n] -> S32 [c]: how many of the k prototypes nearest to x bear each label; of equals the one listed first. */
typedef struct {
    vox_op op;
    uint32_t vectors; /* int16_t[count][n padded] */
    uint32_t labels;  /* uint8_t[count], below c */
    uint16_t count;
    uint16_t neighbours; /* 1..VOX_MAX_NEIGHBOURS, at most count */
} vox_knn;               /* 20 bytes */

/* GAUSSIAN: S16 [n] -> S32 [components] of log2 densities with `fraction` bits: saturate(constant - (sum of u^2 >> (20 -
 * fraction))). u in Q10 is x whitened, limited to +-2^24:
 * diagonal: u[i] = (x[i] * scale[i] - centre[i]) >> shift[i] (a negative shift: to the left)
 * full:     u[i] = (sum over j <= i of scale[i][j] * x[j] - centre[i] * 2^12) >> shift[i] (0..47), scale in rows of 1, 2, 3 .. values */
typedef struct {
    vox_op op;
    uint32_t scale;    /* int16_t[components][n], or [components][n (n + 1) / 2] */
    uint32_t centre;   /* int32_t[components][n]; diagonal: magnitude below 2^30 */
    uint32_t shift;    /* int8_t[components][n]; diagonal: -15..30 */
    uint32_t constant; /* int32_t[components] */
    uint8_t full;      /* 0 or 1 */
    uint8_t fraction;  /* 0..20 */
    uint8_t reserved[2];
} vox_gaussian; /* 28 bytes */

/* LOG_SUM: S32 [groups * each] -> S32 [groups]: log2 of the sum of 2^x over `each` neighbouring values (mixtures). */
typedef struct {
    vox_op op;
    uint8_t fraction; /* 0..VOX_MAX_FRACTION */
    uint8_t reserved[3];
} vox_log_sum; /* 12 bytes */

/* SOFTMAX_32: S32 [c] log2 scores -> S16 [c] posteriors. SHARE (nothing but vox_op): S32 [c] scores -> S16 [c], their shares
 * of the sum; negative ones count as 0. In both the highest posterior is where the highest score is, and of equals the
 * first. */
typedef struct {
    vox_op op;
    uint8_t fraction; /* 0..VOX_MAX_FRACTION */
    uint8_t reserved[3];
} vox_softmax_32; /* 12 bytes */

/* THRESHOLD: S32 [1] -> S16 [2] posteriors: `above` wins where the score >= threshold; 2^-|score - threshold| are the odds
 * of the other one. */
typedef struct {
    vox_op op;
    int32_t threshold;
    uint8_t above;    /* 0 or 1: index of an output */
    uint8_t fraction; /* 0..VOX_MAX_FRACTION */
    uint8_t reserved[2];
} vox_threshold; /* 16 bytes */

/* BINS: S32 [1] -> S16 [c], c >= 2. v = x >> shift, limited to centres[0] .. centres[c - 1], lies between the centres b and
 * b + 1: posterior b + 1 is min(32767, floor((v - centres[b]) * 2^15 / (centres[b + 1] - centres[b]))), posterior b is 32767
 * less that, all others are 0. So the highest is that of the nearest centre, and their mean weighted by posteriors is v. */
typedef struct {
    vox_op op;
    uint32_t centres; /* int32_t[c], each above the one before */
    uint8_t shift;    /* 0..31 */
    uint8_t reserved[3];
} vox_bins; /* 16 bytes */

#endif
