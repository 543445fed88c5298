/* Functions in assembly for Armv6-M and Armv8-M Baseline, whose eight low registers a compiler makes less of. Whole functions, so
 * that they do not depend on its options. Empty where the core or the compiler is another. */
#ifndef VOX_FRONTEND_SPLIT_ASSEMBLY_H
#define VOX_FRONTEND_SPLIT_ASSEMBLY_H

#include "frontend/fixed.h"

#if defined(VOX_SPLIT_MULTIPLY) && defined(__GNUC__) && defined(__arm__) && !defined(VOX_PLAIN_C)
#define VOX_SPLIT_ASSEMBLY 1

#define VOX_ASSEMBLY ".syntax unified\n\t.thumb\n\t"
#define VOX_FUNCTION(name)                                                                                             \
    ".section .text." name ",\"ax\",%progbits\n\t.p2align 2\n\t.global " name "\n\t.type " name                        \
    ",%function\n\t.thumb_func\n" name ":\n\t"
#define VOX_END(name) "\n\t.size " name ", . - " name "\n\t"

/* clang-format off */

/* Keeps and brings back r4-r11. */
#define VOX_KEEP "push {r4-r7, lr}\n\t" "mov r4, r8\n\t" "mov r5, r9\n\t" "mov r6, r10\n\t" "mov r7, r11\n\t" "push {r4-r7}\n\t"
#define VOX_RETURN "pop {r4-r7}\n\t" "mov r8, r4\n\t" "mov r9, r5\n\t" "mov r10, r6\n\t" "mov r11, r7\n\t" "pop {r4-r7, pc}"

/* vox_rotate(): r4 + i r5 of r0 + i r1 with the cosine in r8 and the sine in r2; takes r0, r1, r3. */
#define VOX_ROTATE                                                                                                     \
    "uxth r3, r0\n\t" "asrs r0, r0, #16\n\t"                                                                           \
    "mov r4, r8\n\t" "muls r4, r3, r4\n\t" "asrs r4, r4, #16\n\t"                                                      \
    "muls r3, r2, r3\n\t" "asrs r3, r3, #16\n\t"                                                                       \
    "mov r5, r8\n\t" "muls r5, r0, r5\n\t" "adds r4, r4, r5\n\t"                                                       \
    "muls r0, r2, r0\n\t" "adds r3, r3, r0\n\t"                                                                        \
    "uxth r0, r1\n\t" "asrs r1, r1, #16\n\t"                                                                           \
    "mov r5, r8\n\t" "muls r5, r0, r5\n\t" "asrs r5, r5, #16\n\t"                                                      \
    "subs r5, r5, r3\n\t"                                                                                              \
    "muls r0, r2, r0\n\t" "asrs r0, r0, #16\n\t" "adds r4, r4, r0\n\t"                                                 \
    "mov r3, r8\n\t" "muls r3, r1, r3\n\t" "adds r5, r5, r3\n\t"                                                       \
    "muls r1, r2, r1\n\t" "adds r4, r4, r1\n\t"

/* clang-format on */
#endif

#endif
