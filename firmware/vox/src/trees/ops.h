/* Op record of tree ensembles, read in place. docs/model-format.md, "Op records of classic models", is the prose.
 *
 * Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one.
 */
#ifndef VOX_TREES_OPS_H
#define VOX_TREES_OPS_H

#include <stdint.h>

#include "vox/model_format.h"

#define VOX_LEAF 0x8000u /* set in a child that is a leaf; the other bits are its index behind the tree's first leaf */
#define VOX_MAX_TREE_NODES 0x7FFFu
/* set in the last entry of a sparse leaf; the bits below it are the score, those above the value */
#define VOX_LEAF_LAST 0x80u
#define VOX_MAX_LEAF_RUN 128u /* entries of a sparse leaf */

#define VOX_LEAVES_ONE 0u /* a leaf is one value, int32_t, for the score that the tree belongs to */
/* a leaf is a run of uint32_t: value << 8 | last << 7 | score, value of 24 bits, not negative */
#define VOX_LEAVES_SPARSE 1u

typedef struct {
    uint16_t feature;
    int16_t threshold;
    uint16_t child[2]; /* [0] where x <= threshold, [1] where not. Index in the tree, greater than the node's own, or
                          VOX_LEAF and a leaf */
} vox_tree_node;       /* 8 bytes */

/* The trees' nodes lie one tree after the other. A tree without nodes is its first leaf. */
typedef struct {
    uint16_t nodes;  /* 0..VOX_MAX_TREE_NODES */
    uint16_t output; /* score that its values are added to (VOX_LEAVES_ONE) */
    uint32_t leaf;   /* index of its first leaf in the table; trees may share leaves */
} vox_tree;          /* 8 bytes */

/* TREES: S16 -> S32 [c]. Bias plus the leaf that x reaches in each tree. The nodes of the trees fill node_count. A run
 * of a sparse leaf has at most VOX_MAX_LEAF_RUN entries, and the last entry of the table ends one. Sums wrap at 32
 * bits; the writer sees to it that none does. */
typedef struct {
    vox_op op;
    uint32_t trees;  /* vox_tree[tree_count] */
    uint32_t nodes;  /* vox_tree_node[node_count] */
    uint32_t leaves; /* int32_t or uint32_t [leaf_count] */
    uint32_t bias;   /* int32_t[c] */
    uint32_t node_count;
    uint32_t leaf_count; /* at least 1 */
    uint16_t tree_count; /* at least 1 */
    uint8_t leaf_kind;   /* VOX_LEAVES_* */
    uint8_t reserved;
} vox_trees; /* 36 bytes */

/* Read in place: a compiler that lays one of them out otherwise stops here. */
typedef char vox_size_of_tree_node[sizeof(vox_tree_node) == 8 ? 1 : -1];
typedef char vox_size_of_tree[sizeof(vox_tree) == 8 ? 1 : -1];
typedef char vox_size_of_trees[sizeof(vox_trees) == 36 ? 1 : -1];

#endif
