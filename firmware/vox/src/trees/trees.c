/* Ensembles of decision trees: forests, boosting, isolation forests. x <= t on integers is x <= floor(t), so that every
 * row ends in the leaf where the trained tree puts it. No recursion: a child lies behind its parent, so a walk ends. */
#include "format/bounds.h"
#include "format/cold.h"
#include "nn/check.h"
#include "nn/target.h"
#include "trees/ops.h"

static VOX_COLD int check_nodes(const vox_tree_node *node, unsigned count, uint32_t features, uint32_t leaves)
{
    for (unsigned i = 0; i < count; ++i, ++node) {
        for (unsigned side = 0; side < 2u; ++side) {
            const unsigned child = node->child[side];
            if ((child & VOX_LEAF) != 0u ? (child & ~VOX_LEAF) >= leaves : child <= i || child >= count) {
                return VOX_ERR_OP;
            }
        }
        if (node->feature >= features) {
            return VOX_ERR_OP;
        }
    }
    return VOX_OK;
}

/* Every run of a sparse table ends, within VOX_MAX_LEAF_RUN entries, and names scores that there are. */
static bool runs_sound(const uint32_t *leaf, uint32_t count, uint32_t outputs)
{
    unsigned length = 0;
    for (uint32_t i = 0; i < count; ++i) {
        ++length;
        if ((leaf[i] & (VOX_LEAF_LAST - 1u)) >= outputs || length > VOX_MAX_LEAF_RUN) {
            return false;
        }
        length = (leaf[i] & VOX_LEAF_LAST) != 0u ? 0u : length;
    }
    return length == 0u;
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_trees), VOX_TYPE_S16, VOX_TYPE_S32)) {
        return VOX_ERR_OP;
    }
    const vox_trees *p = (const void *)op;
    const uint32_t size = model->weights_size;
    const uint32_t features = vox_elements(&model->tensors[op->input]);
    const uint32_t outputs = vox_elements(&model->tensors[op->output]);
    if (p->tree_count == 0u || p->leaf_count == 0u || p->leaf_kind > VOX_LEAVES_SPARSE ||
        !vox_in_bounds(size, p->trees, p->tree_count, sizeof(vox_tree), 4) ||
        !vox_in_bounds(size, p->nodes, p->node_count, sizeof(vox_tree_node), 4) ||
        !vox_table_sound(model, p->leaves, p->leaf_count, 4) || !vox_table_sound(model, p->bias, outputs, 4)) {
        return VOX_ERR_OP;
    }
    const bool sparse = p->leaf_kind == VOX_LEAVES_SPARSE;
    if (sparse && !runs_sound((const void *)(model->weights + p->leaves), p->leaf_count, outputs)) {
        return VOX_ERR_OP;
    }
    const vox_tree *tree = (const void *)(model->weights + p->trees);
    const vox_tree_node *nodes = (const void *)(model->weights + p->nodes);
    uint32_t left = p->node_count;
    for (unsigned i = 0; i < p->tree_count; ++i, ++tree) {
        if (tree->nodes > VOX_MAX_TREE_NODES || tree->nodes > left || tree->leaf >= p->leaf_count ||
            (!sparse && tree->output >= outputs) ||
            check_nodes(nodes, tree->nodes, features, p->leaf_count - tree->leaf) != VOX_OK) {
            return VOX_ERR_OP;
        }
        nodes += tree->nodes;
        left -= tree->nodes;
    }
    if (left != 0u) {
        return VOX_ERR_OP;
    }
    return vox_work((uint64_t)p->node_count + (uint64_t)p->tree_count * (sparse ? VOX_MAX_LEAF_RUN : 1u) + outputs, 1);
}

/* The leaf that x reaches. Apart from the sums, so that where registers are few both have their own. */
static VOX_NOINLINE uint32_t leaf_of(const vox_tree_node *nodes, const int16_t *x)
{
    const vox_tree_node *node = nodes;
    for (;;) {
        const uint16_t *child = node->child;
        if (x[node->feature] > node->threshold) {
            ++child;
        }
        const uint32_t at = *child;
        if (at >> 15 != 0u) { /* VOX_LEAF */
            return at & ~VOX_LEAF;
        }
        node = nodes + at;
    }
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_trees *p = (const void *)op;
    const uint8_t *base = context->model->weights;
    const vox_tree *tree = (const void *)(base + p->trees);
    const vox_tree_node *nodes = (const void *)(base + p->nodes);
    const uint32_t *leaves = (const void *)(base + p->leaves);
    const uint32_t *bias = (const void *)(base + p->bias);
    const int16_t *x = (const void *)vox_place(context, op->input);
    uint32_t *scores = (void *)vox_place(context, op->output);
    const uint32_t outputs = vox_elements(&context->model->tensors[op->output]);
    for (uint32_t c = 0; c < outputs; ++c) {
        scores[c] = bias[c];
    }
    const bool sparse = p->leaf_kind == VOX_LEAVES_SPARSE;
    for (unsigned i = p->tree_count; i > 0u; --i, ++tree) {
        const uint32_t *leaf = leaves + tree->leaf + (tree->nodes == 0u ? 0u : leaf_of(nodes, x));
        nodes += tree->nodes;
        if (!sparse) {
            scores[tree->output] += *leaf;
            continue;
        }
        uint32_t entry;
        do {
            entry = *leaf++;
            scores[entry & (VOX_LEAF_LAST - 1u)] += entry >> 8;
        } while ((entry & VOX_LEAF_LAST) == 0u);
    }
}

const vox_kernel vox_kernel_trees = {check, run};
