#include "format/bounds.h"
#include "format/cold.h"
#include "functionals/set.h"
#include "vox/functionals.h"

typedef char vox_assert_groups[VOX_GROUPS_ALL == 63u && VOX_GROUP_MOMENTS == 1u && VOX_GROUP_RUNS == 32u ? 1 : -1];
typedef char vox_assert_steps[sizeof(vox_set_steps) % 8u == 0 ? 1 : -1];

VOX_COLD int vox_functionals_check(const uint8_t *section, size_t size, unsigned features)
{
    const vox_functionals_params *params = (const void *)section;
    if (size < sizeof *params || params->features != features || params->count == 0 ||
        params->count > VOX_MAX_FUNCTIONALS || params->frame_rate == 0 ||
        (params->voiced >= features && params->voiced != VOX_NEVER_VOICED) ||
        !vox_in_bounds(size, params->list_offset, params->count, sizeof(vox_functional), 2) ||
        !vox_in_bounds(size, params->feature_offset, features, sizeof(vox_functional_feature), 2)) {
        return VOX_ERR_FRONTEND;
    }
    const vox_functional_feature *feature = vox_functional_features(section);
    for (unsigned i = 0; i < features; ++i) {
        const unsigned groups = feature[i].groups;
        if (feature[i].shift > VOX_MAX_HISTOGRAM_SHIFT || (groups & ~(VOX_GROUPS_ALL | VOX_GROUP_VOICED)) != 0 ||
            ((groups & VOX_GROUP_VOICED) != 0 && params->voiced == VOX_NEVER_VOICED)) {
            return VOX_ERR_FRONTEND;
        }
    }
    const vox_functional *list = vox_functional_list(section);
    for (unsigned i = 0; i < params->count; ++i) {
        const unsigned wanted = list[i].code <= VOX_FUNCTIONAL_LAST ? vox_functional_needs[list[i].code] : 0u;
        if (list[i].feature >= features || wanted == 0 || (wanted & ~(unsigned)feature[list[i].feature].groups) != 0) {
            return VOX_ERR_FRONTEND;
        }
    }
    return VOX_OK;
}

size_t vox_functionals_size(const uint8_t *section)
{
    /* of the groups, from the lowest bit on */
    static const uint8_t sizes[] = {sizeof(vox_set_moments), sizeof(vox_set_extremes), sizeof(vox_set_histogram),
                                    sizeof(vox_set_trend),   sizeof(vox_set_steps),    sizeof(vox_set_runs)};
    const vox_functionals_params *params = (const void *)section;
    const vox_functional_feature *feature = vox_functional_features(section);
    size_t size = sizeof(vox_set_head) * params->features;
    for (unsigned i = 0; i < params->features; ++i) {
        for (unsigned group = 0; group < sizeof sizes; ++group) {
            size += (feature[i].groups >> group & 1u) != 0u ? sizes[group] : 0u;
        }
    }
    return size;
}
