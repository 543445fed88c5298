/* Functions in assembly, each in a section of its own. */
#ifndef VOX_NN_PACKED_ASSEMBLY_H
#define VOX_NN_PACKED_ASSEMBLY_H

#define VOX_ASSEMBLY ".syntax unified\n\t.thumb\n\t"
#define VOX_FUNCTION(name)                                                                                             \
    ".section .text." name ",\"ax\",%progbits\n\t.p2align 2\n\t.global " name "\n\t.type " name                        \
    ",%function\n\t.thumb_func\n" name ":\n\t"
#define VOX_END(name) "\n\t.size " name ", . - " name "\n\t"

#endif
