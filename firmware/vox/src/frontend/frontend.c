#include "vox/frontend.h"

#include <string.h>

#include "format/cold.h"
#include "frontend/check.h"
#include "frontend/kind.h"

static size_t multiple_of_8(size_t bytes)
{
    return (bytes + 7u) & ~(size_t)7u;
}

static const vox_frontend_params *params_of(const uint8_t *section)
{
    return (const vox_frontend_params *)(const void *)section;
}

/* Of a section that was checked. */
static const vox_frontend_kind *kind_of(const uint8_t *section)
{
    return vox_frontend_kinds[params_of(section)->kind];
}

VOX_COLD int vox_frontend_check(const uint8_t *section, size_t size)
{
    if (section == NULL) {
        return VOX_ERR_ARGUMENT;
    }
    if ((uintptr_t)section % 8u != 0u) {
        return VOX_ERR_ALIGNMENT;
    }
    if (!vox_check_common(section, size)) {
        return VOX_ERR_FRONTEND;
    }
    const unsigned code = params_of(section)->kind;
    const vox_frontend_kind *kind = code < vox_frontend_kind_count ? vox_frontend_kinds[code] : NULL;
    if (kind == NULL) {
        return VOX_ERR_UNSUPPORTED; /* as for an operator: left out of this build, or not known yet */
    }
    return kind->valid(section, size) ? VOX_OK : VOX_ERR_FRONTEND;
}

unsigned vox_frontend_span(const uint8_t *section)
{
    return kind_of(section)->span(section);
}

size_t vox_frontend_state_size(const uint8_t *section)
{
    const vox_frontend_kind *kind = kind_of(section);
    return multiple_of_8(sizeof(int16_t) * kind->span(section)) + multiple_of_8(kind->history_size(section));
}

size_t vox_frontend_scratch_size(const uint8_t *section)
{
    return multiple_of_8(kind_of(section)->scratch_size(section));
}

void vox_frontend_init(vox_frontend *frontend, const uint8_t *section, void *state, void *scratch)
{
    const vox_frontend_params *params = params_of(section);
    frontend->params = params;
    frontend->kind = kind_of(section);
    frontend->window = (const uint16_t *)(const void *)(section + params->window_offset);
    frontend->twiddle = (const int16_t *)(const void *)(section + params->twiddle_offset);
    frontend->edges = (const uint16_t *)(const void *)(section + params->edges_offset);
    frontend->rise = (const uint16_t *)(const void *)(section + params->rise_offset);
    frontend->log_table = (const uint16_t *)(const void *)(section + params->log_offset);
    frontend->span = (uint16_t)frontend->kind->span(section);
    frontend->samples = state;
    frontend->history = (uint8_t *)state + multiple_of_8(sizeof(int16_t) * frontend->span);
    frontend->spectrum = scratch;
    vox_frontend_reset(frontend);
}

void vox_frontend_reset(vox_frontend *frontend)
{
    frontend->filled = 0;
    frontend->level = 0;
    frontend->warm = 0;
}

int vox_frontend_push(vox_frontend *frontend, const int16_t *samples, size_t count, size_t *used, int16_t *features)
{
    const unsigned span = frontend->span;
    const unsigned hop = frontend->params->hop;
    if (frontend->filled == span) {
        /* The overlap is kept only now, so that the last frame's samples stay readable until more are pushed. */
        memmove(frontend->samples, frontend->samples + hop, sizeof(int16_t) * (span - hop));
        frontend->filled = (uint16_t)(span - hop);
    }
    const size_t missing = span - frontend->filled;
    const size_t taken = count < missing ? count : missing;
    if (taken > 0u) {
        memcpy(frontend->samples + frontend->filled, samples, sizeof(int16_t) * taken);
    }
    frontend->filled = (uint16_t)(frontend->filled + taken);
    *used = taken;
    if (frontend->filled < span) {
        return 0;
    }
    frontend->level = vox_frontend_frame(frontend, frontend->samples, features);
    return 1;
}

int16_t vox_frontend_frame(vox_frontend *frontend, const int16_t *samples, int16_t *features)
{
    const int16_t level = frontend->kind->frame(frontend, samples, features);
    frontend->warm = 1;
    return level;
}
