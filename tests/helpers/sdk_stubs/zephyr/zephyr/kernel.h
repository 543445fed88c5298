#ifndef STUB_KERNEL_H
#define STUB_KERNEL_H

#include <stddef.h>
#include <stdint.h>

struct k_mem_slab {
    char *memory;
    size_t block_size;
    uint32_t count, used;
};
#define K_MEM_SLAB_DEFINE_STATIC(name, size, blocks, alignment)                                                        \
    static char __attribute__((aligned(alignment))) name##_memory[(blocks) * (size)];                                  \
    static struct k_mem_slab name = {name##_memory, (size), (blocks), 0}
void k_mem_slab_free(struct k_mem_slab *slab, void *block);

#endif
