#include "painted_stack.h"

uint32_t hal_stack_size(void)
{
    return (uint32_t)(hal_address(__stack_top) - hal_address(__stack_bottom));
}

uint32_t hal_stack_used(void)
{
    const uint32_t *at = __stack_bottom;
    while (hal_address(at) < hal_address(__stack_top) && *at == STACK_PAINT) {
        ++at;
    }
    return (uint32_t)(hal_address(__stack_top) - hal_address(at));
}
