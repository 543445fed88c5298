#include "nn/target.h"

#if VOX_PLANE_ROOM == VOX_ROOM_DSP
#include "nn/dsp/plane_rows.h"

/* Assembly as a whole: six sums and all that they need are in registers.
 *
 * r0: words, r1: weights, r2-r7: sums, r8, r9: pairs of weights, r10, r11: words, r12: bytes of a row or the end of its weights,
 * lr: rows left. On the stack: the structure, then words, outputs left and place of the block of six (or two). */
#define MAC(sum, a, b) "smlad " sum ", " a ", " b ", " sum "\n\t"
#define NEXT_ROW "subs lr, lr, #1\n\t"

/* Six windows one value apart, two pairs a row. */
#define NEXT_SHORT                                                                                                     \
    "10:\t"                                                                                                            \
    "ldrd r8, r9, [r1], #8\n\t"                                                                                        \
    "ldrd r10, r11, [r0]\n\t" MAC("r2", "r8", "r10") MAC("r3", "r9", "r10") MAC("r4", "r8", "r11")                     \
        MAC("r5", "r9", "r11") "ldr r10, [r0, #8]\n\t" MAC("r6", "r8", "r10")                                          \
            MAC("r7", "r9", "r10") "ldrd r8, r9, [r1], #8\n\t" MAC("r2", "r8", "r11") MAC("r3", "r9", "r11")           \
                MAC("r4", "r8", "r10") MAC("r5", "r9", "r10") "ldr r11, [r0, #12]\n\t" MAC("r6", "r8", "r11")          \
                    MAC("r7", "r9", "r11") "add r0, r0, r12\n\t" NEXT_ROW "bne 10b\n\t"                                \
                                           "b 4f\n"

/* Six windows two values apart, two pairs a row. */
#define APART_SHORT                                                                                                    \
    "12:\t"                                                                                                            \
    "ldr r8, [r1], #8\n\t"                                                                                             \
    "ldr r9, [r1], #8\n\t"                                                                                             \
    "ldrd r10, r11, [r0]\n\t" MAC("r2", "r8", "r10") MAC("r3", "r8", "r11")                                            \
        MAC("r2", "r9", "r11") "ldrd r10, r11, [r0, #8]\n\t" MAC("r3", "r9", "r10") MAC("r4", "r8", "r10")             \
            MAC("r5", "r8", "r11") MAC("r4", "r9", "r11") "ldrd r10, r11, [r0, #16]\n\t" MAC("r5", "r9", "r10")        \
                MAC("r6", "r8", "r10") MAC("r7", "r8", "r11") MAC("r6", "r9", "r11") "ldr r10, [r0, #24]\n\t" MAC(     \
                    "r7", "r9", "r10") "add r0, r0, r12\n\t" NEXT_ROW "bne 12b\n\t"                                    \
                                       "b 4f\n"

/* Any number of pairs: `pair` up to the end of the kernel's row, then the next one. */
#define ANY(label, inner, pair, to)                                                                                    \
    label ":\t"                                                                                                        \
          "ldr r8, [sp]\n\t"                                                                                           \
          "ldr r12, [r8, #56]\n\t"                                                                                     \
          "add r12, r12, r1\n" inner ":\t" pair "cmp r1, r12\n\t"                                                      \
          "bne " inner "b\n\t"                                                                                         \
          "ldr r8, [sp]\n\t"                                                                                           \
          "ldr r8, [r8, #60]\n\t"                                                                                      \
          "add r0, r0, r8\n\t" NEXT_ROW "bne " label "b\n\t"                                                           \
          "b " to "\n"
#define NEXT_SIX                                                                                                       \
    "ldrd r8, r9, [r1], #8\n\t"                                                                                        \
    "ldr r10, [r0], #4\n\t"                                                                                            \
    "ldr r11, [r0]\n\t" MAC("r2", "r8", "r10") MAC("r3", "r9", "r10") MAC("r4", "r8", "r11")                           \
        MAC("r5", "r9", "r11") "ldr r10, [r0, #4]\n\t" MAC("r6", "r8", "r10") MAC("r7", "r9", "r10")
#define APART_SIX                                                                                                      \
    "ldr r8, [r1], #8\n\t"                                                                                             \
    "ldrd r10, r11, [r0]\n\t" MAC("r2", "r8", "r10")                                                                   \
        MAC("r3", "r8", "r11") "ldrd r10, r11, [r0, #8]\n\t" MAC("r4", "r8", "r10")                                    \
            MAC("r5", "r8", "r11") "ldrd r10, r11, [r0, #16]\n\t" MAC("r6", "r8", "r10")                               \
                MAC("r7", "r8", "r11") "adds r0, r0, #4\n\t"
#define NEXT_TWO                                                                                                       \
    "ldrd r8, r9, [r1], #8\n\t"                                                                                        \
    "ldr r10, [r0], #4\n\t" MAC("r2", "r8", "r10") MAC("r3", "r9", "r10")
#define APART_TWO                                                                                                      \
    "ldr r8, [r1], #8\n\t"                                                                                             \
    "ldrd r10, r11, [r0]\n\t" MAC("r2", "r8", "r10") MAC("r3", "r8", "r11") "adds r0, r0, #4\n\t"

/* r8: multiplier, r9: power of the shift, r10: zero point; as vox_rescale_common, of twice the sum, limited to int8. */
#define RESCALE(sum)                                                                                                   \
    "smmulr " sum ", " sum ", r8\n\t"                                                                                  \
    "add " sum ", " sum ", " sum ", asr #31\n\t"                                                                       \
    "smmlar " sum ", " sum ", r9, r10\n\t"                                                                             \
    "ssat " sum ", #8, " sum "\n\t"

/* The structure to lr; r0: place, r1: outputs left, r8-r10: as above, r11: step. */
#define FINISH                                                                                                         \
    "ldr lr, [sp]\n\t"                                                                                                 \
    "ldrd r8, r9, [lr, #20]\n\t"                                                                                       \
    "ldr r10, [lr, #28]\n\t"                                                                                           \
    "ldr r11, [lr, #36]\n\t"                                                                                           \
    "ldrd r1, r0, [sp, #8]\n\t"

__attribute__((naked)) void vox_plane_run(vox_plane_rows *rows)
{
    __asm volatile("push {r4-r11, lr}\n\t"
                   "sub sp, sp, #20\n"
                   "1:\t" /* a row */
                   "str r0, [sp]\n\t"
                   "ldr r1, [r0]\n\t"
                   "ldr r2, [r0, #44]\n\t"
                   "ldr r3, [r0, #32]\n\t"
                   "strd r1, r2, [sp, #4]\n\t"
                   "str r3, [sp, #12]\n"
                   "2:\t" /* a block */
                   "ldr lr, [sp]\n\t"
                   "ldrd r0, r10, [sp, #4]\n\t"
                   "ldrd r1, r12, [lr, #4]\n\t"
                   "ldr r11, [lr, #64]\n\t"
                   "ldrd lr, r2, [lr, #12]\n\t"
                   "mov r3, r2\n\t"
                   "cmp r10, #2\n\t"
                   "bls 3f\n\t"
                   "mov r4, r2\n\t"
                   "mov r5, r2\n\t"
                   "mov r6, r2\n\t"
                   "mov r7, r2\n\t"
                   "cmp r11, #1\n\t"
                   "blo 10f\n\t"
                   "beq 11f\n\t"
                   "cmp r11, #2\n\t"
                   "beq 12f\n\t" ANY("13", "23", APART_SIX, "4f") NEXT_SHORT ANY("11", "21", NEXT_SIX, "4f") APART_SHORT
                   "3:\t"
                   "cmp r11, #2\n\t"
                   "bhs 15f\n\t" ANY("14", "24", NEXT_TWO, "5f")
                       ANY("15", "25", APART_TWO, "5f") "5:\t" FINISH RESCALE("r2")
                           RESCALE("r3") "cmp r1, #1\n\t"
                                         "it ne\n\t"
                                         "strbne r3, [r0, r11]\n\t"
                                         "strb r2, [r0]\n\t"
                                         "b 6f\n"
                                         "4:\t" FINISH RESCALE("r2") RESCALE("r3") RESCALE("r4") RESCALE("r5")
                                             RESCALE("r6") RESCALE("r7") "strb r2, [r0]\n\t"
                                                                         "strb r3, [r0, r11]\n\t"
                                                                         "strb r4, [r0, r11, lsl #1]\n\t"
                                                                         "add r12, r11, r11, lsl #1\n\t"
                                                                         "add r0, r0, r12\n\t"
                                                                         "subs r1, r1, #3\n\t"
                                                                         "beq 6f\n\t"
                                                                         "strb r5, [r0]\n\t"
                                                                         "subs r1, r1, #1\n\t"
                                                                         "beq 6f\n\t"
                                                                         "strb r6, [r0, r11]\n\t"
                                                                         "subs r1, r1, #1\n\t"
                                                                         "beq 6f\n\t"
                                                                         "strb r7, [r0, r11, lsl #1]\n\t"
                                                                         "add r2, r0, r12\n\t"
                                                                         "subs r1, r1, #1\n\t"
                                                                         "beq 6f\n\t"
                                                                         "ldr r0, [lr, #64]\n\t"
                                                                         "cmp r0, #2\n\t"
                                                                         "ldr r0, [sp, #4]\n\t"
                                                                         "add r0, r0, #12\n\t"
                                                                         "it hs\n\t"
                                                                         "addhs r0, r0, #12\n\t"
                                                                         "strd r0, r1, [sp, #4]\n\t"
                                                                         "str r2, [sp, #12]\n\t"
                                                                         "b 2b\n"
                                                                         "6:\t" /* the next row */
                                                                         "mov r0, lr\n\t"
                                                                         "ldr r1, [r0]\n\t"
                                                                         "ldr r2, [r0, #40]\n\t"
                                                                         "add r1, r1, r2\n\t"
                                                                         "str r1, [r0]\n\t"
                                                                         "ldr r1, [r0, #32]\n\t"
                                                                         "ldrd r2, r3, [r0, #48]\n\t"
                                                                         "add r1, r1, r3\n\t"
                                                                         "str r1, [r0, #32]\n\t"
                                                                         "subs r2, r2, #1\n\t"
                                                                         "str r2, [r0, #48]\n\t"
                                                                         "bne 1b\n\t"
                                                                         "add sp, sp, #20\n\t"
                                                                         "pop {r4-r11, pc}");
    (void)rows;
}

#endif
