#include "signature.h"

#include "vox/status.h"

bool app_wants_signature(void)
{
    return false;
}

int app_check_signature(const uint8_t *file, size_t size, uint32_t *revision)
{
    (void)file;
    (void)size;
    *revision = 0;
    return VOX_OK;
}
