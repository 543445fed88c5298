/* The lite build has no functionals: models with them do not open, so that nothing else here is ever called. */
#include "vox/functionals.h"

int vox_functionals_check(const uint8_t *section, size_t size, unsigned features)
{
    (void)section;
    (void)size;
    (void)features;
    return VOX_ERR_UNSUPPORTED;
}

size_t vox_functionals_size(const uint8_t *section)
{
    (void)section;
    return 0;
}

void vox_functionals_begin(const uint8_t *section, void *set)
{
    (void)section;
    (void)set;
}

void vox_functionals_add(const uint8_t *section, void *set, const int16_t *frame)
{
    (void)section;
    (void)set;
    (void)frame;
}

void vox_functionals_read(const uint8_t *section, const void *set, int16_t *values)
{
    (void)section;
    (void)set;
    (void)values;
}
