#include "nn/target.h"

#if VOX_PLANE_ROOM == VOX_ROOM_DSP
#include "nn/dsp/plane_rows.h"

/* Assembly as a whole: six sums and all that they need are in registers.
 *
 * r0: words, r1: weights, r2-r7: sums, r8, r9: pairs of weights, r10, r11: words, r12: bytes of a row or the end of its weights,
 * lr: rows left. On the stack: the structure. Between blocks of six (or two) windows lr: the structure, r1: outputs left. */
/* clang-format off */
#define MAC(sum, a, b) "smlad " sum ", " a ", " b ", " sum "\n\t"
#define FIRST(sum, a, b) "smlad " sum ", " a ", " b ", r12\n\t"

/* A row of six windows one value apart, of two; two pairs, from `at` and `then` on. */
#define SIX(mac, at, then, x_move) \
    "ldrd r8, r9, [r1, #" at "]\n\t" "ldrd r10, r11, [r0]\n\t" \
    mac("r2", "r8", "r10") mac("r3", "r9", "r10") mac("r4", "r8", "r11") mac("r5", "r9", "r11") \
    "ldr r10, [r0, #8]\n\t" mac("r6", "r8", "r10") mac("r7", "r9", "r10") \
    "ldrd r8, r9, [r1, #" then "]\n\t" \
    MAC("r2", "r8", "r11") MAC("r3", "r9", "r11") MAC("r4", "r8", "r10") MAC("r5", "r9", "r10") \
    "ldr r11, [r0, #12]\n\t" x_move MAC("r6", "r8", "r11") MAC("r7", "r9", "r11")
#define TWO(mac, at, then, x_move) \
    "ldrd r8, r9, [r1, #" at "]\n\t" "ldrd r10, r11, [r0]\n\t" mac("r2", "r8", "r10") mac("r3", "r9", "r10") \
    "ldrd r8, r9, [r1, #" then "]\n\t" x_move MAC("r2", "r8", "r11") MAC("r3", "r9", "r11")
#define THREE(windows) \
    windows(FIRST, "0", "8", "add r0, r0, lr\n\t") windows(MAC, "16", "24", "add r0, r0, lr\n\t") windows(MAC, "32", "40", "")

/* Rows in a loop. */
#define NEXT_ROW(label) "subs lr, lr, #1\n\t" "bne " label "b\n\t"
#define NEXT_SHORT \
    "10:\t" SIX(MAC, "0", "8", "add r0, r0, r12\n\t") "adds r1, r1, #16\n\t" NEXT_ROW("10") "b 4b\n"

/* Six windows two values apart, two pairs a row. */
#define APART_SHORT \
    "12:\t" "ldr r8, [r1], #8\n\t" "ldr r9, [r1], #8\n\t" \
    "ldrd r10, r11, [r0]\n\t" MAC("r2", "r8", "r10") MAC("r3", "r8", "r11") MAC("r2", "r9", "r11") \
    "ldrd r10, r11, [r0, #8]\n\t" MAC("r3", "r9", "r10") MAC("r4", "r8", "r10") MAC("r5", "r8", "r11") MAC("r4", "r9", "r11") \
    "ldrd r10, r11, [r0, #16]\n\t" MAC("r5", "r9", "r10") MAC("r6", "r8", "r10") MAC("r7", "r8", "r11") MAC("r6", "r9", "r11") \
    "ldr r10, [r0, #24]\n\t" MAC("r7", "r9", "r10") "add r0, r0, r12\n\t" NEXT_ROW("12") "b 4b\n"

/* Any number of pairs: `pair` up to the end of the kernel's row, then the next one. */
#define ANY(label, inner, pair, to) \
    label ":\t" "ldr r8, [sp]\n\t" "ldr r12, [r8, #68]\n\t" "add r12, r12, r1\n" \
    inner ":\t" pair "cmp r1, r12\n\t" "bne " inner "b\n\t" \
    "ldr r8, [sp]\n\t" "ldr r8, [r8, #72]\n\t" "add r0, r0, r8\n\t" NEXT_ROW(label) "b " to "\n"
#define NEXT_SIX \
    "ldrd r8, r9, [r1], #8\n\t" "ldr r10, [r0], #4\n\t" "ldr r11, [r0]\n\t" \
    MAC("r2", "r8", "r10") MAC("r3", "r9", "r10") MAC("r4", "r8", "r11") MAC("r5", "r9", "r11") \
    "ldr r10, [r0, #4]\n\t" MAC("r6", "r8", "r10") MAC("r7", "r9", "r10")
#define APART_SIX \
    "ldr r8, [r1], #8\n\t" "ldrd r10, r11, [r0]\n\t" MAC("r2", "r8", "r10") MAC("r3", "r8", "r11") \
    "ldrd r10, r11, [r0, #8]\n\t" MAC("r4", "r8", "r10") MAC("r5", "r8", "r11") \
    "ldrd r10, r11, [r0, #16]\n\t" MAC("r6", "r8", "r10") MAC("r7", "r8", "r11") "adds r0, r0, #4\n\t"
#define NEXT_TWO "ldrd r8, r9, [r1], #8\n\t" "ldr r10, [r0], #4\n\t" MAC("r2", "r8", "r10") MAC("r3", "r9", "r10")
#define APART_TWO \
    "ldr r8, [r1], #8\n\t" "ldrd r10, r11, [r0]\n\t" MAC("r2", "r8", "r10") MAC("r3", "r8", "r11") "adds r0, r0, #4\n\t"

/* The structure to lr; r0: place, r1: outputs left, r8: multiplier, r9: power of the shift, r10: zero point, r11: step. */
#define FINISH \
    "ldr lr, [sp]\n\t" "ldrd r0, r1, [lr, #16]\n\t" "ldrd r8, r9, [lr, #28]\n\t" "ldrd r10, r11, [lr, #36]\n\t" \
    "cmp r9, #0\n\t"

/* As vox_rescale_common, of twice the sum, limited to int8: minus the power, taken off, is the rounding shift. */
#define RESCALE(sum) \
    "smmulr " sum ", " sum ", r8\n\t" "add " sum ", " sum ", " sum ", asr #31\n\t" \
    "smmlsr " sum ", " sum ", r9, r10\n\t" "ssat " sum ", #8, " sum "\n\t"
#define RESCALE_ONCE(sum) "smmulr " sum ", " sum ", r8\n\t" "add " sum ", " sum ", r10\n\t" "ssat " sum ", #8, " sum "\n\t"

__attribute__((naked)) void vox_plane_run(vox_plane_rows *rows)
{
    __asm volatile(
        "push {r4-r11, lr}\n\t" "sub sp, sp, #4\n\t" "str r0, [sp]\n\t" "mov lr, r0\n\t" "ldr r1, [lr, #20]\n"
        "1:\t" /* a block */
        "cmp r1, #2\n\t" "ldr r2, [lr, #24]\n\t" "bls 3f\n\t" "cmp r2, #0\n\t" "bne 2f\n\t"
        "ldm lr, {r0, r1, r12, lr}\n\t" THREE(SIX)
        "4:\t" FINISH "beq 7f\n\t"
        RESCALE("r2") RESCALE("r3") RESCALE("r4") RESCALE("r5") RESCALE("r6") RESCALE("r7")
        "5:\t"
        "add r12, r11, r11, lsl #1\n\t" "cmp r1, #6\n\t"
        "strb r2, [r0]\n\t" "strb r3, [r0, r11]\n\t" "strb r4, [r0, r11, lsl #1]\n\t" "add r2, r0, r12\n\t" "blo 8f\n\t"
        "strb r5, [r2]\n\t" "strb r6, [r2, r11]\n\t" "strb r7, [r2, r11, lsl #1]\n\t" "beq 6f\n\t"
        "add r0, r2, r12\n\t" "subs r1, r1, #6\n\t" "strd r0, r1, [lr, #16]\n\t"
        "ldr r2, [lr, #44]\n\t" "ldr r0, [lr]\n\t" "add r0, r0, r2\n\t" "str r0, [lr]\n\t" "b 1b\n"
        "8:\t" /* three to five are left */
        "cmp r1, #4\n\t" "blo 6f\n\t" "strb r5, [r2]\n\t" "beq 6f\n\t" "strb r6, [r2, r11]\n"
        "6:\t" /* the next row */
        "ldr r2, [lr]\n\t" "ldrd r8, r9, [lr, #48]\n\t" "ldrd r1, r3, [lr, #56]\n\t"
        "add r2, r2, r8\n\t" "add r0, r0, r9\n\t" "str r2, [lr]\n\t" "strd r0, r1, [lr, #16]\n\t"
        "subs r3, r3, #1\n\t" "str r3, [lr, #60]\n\t" "bne 1b\n\t"
        "add sp, sp, #4\n\t" "pop {r4-r11, pc}\n"
        "7:\t" RESCALE_ONCE("r2") RESCALE_ONCE("r3") RESCALE_ONCE("r4") RESCALE_ONCE("r5") RESCALE_ONCE("r6") RESCALE_ONCE("r7")
        "b 5b\n"
        "2:\t" /* rows in a loop, of six */
        "mov r11, r2\n\t" "ldm lr, {r0, r1, r2, r12}\n\t" "ldr lr, [lr, #64]\n\t"
        "mov r3, r2\n\t" "mov r4, r2\n\t" "mov r5, r2\n\t" "mov r6, r2\n\t" "mov r7, r2\n\t"
        "cmp r11, #2\n\t" "blo 10f\n\t" "beq 11f\n\t" "cmp r11, #3\n\t" "beq 12f\n\t"
        ANY("13", "23", APART_SIX, "4b") NEXT_SHORT ANY("11", "21", NEXT_SIX, "4b") APART_SHORT
        "3:\t" /* two are left */
        "cmp r2, #0\n\t" "bne 9f\n\t" "ldm lr, {r0, r1, r12, lr}\n\t" THREE(TWO) "b 16f\n"
        "9:\t" "mov r11, r2\n\t" "ldm lr, {r0, r1, r2, r12}\n\t" "ldr lr, [lr, #64]\n\t" "mov r3, r2\n\t"
        "cmp r11, #3\n\t" "bhs 15f\n\t" ANY("14", "24", NEXT_TWO, "16f") ANY("15", "25", APART_TWO, "16f")
        "16:\t" FINISH "beq 17f\n\t" RESCALE("r2") RESCALE("r3")
        "18:\t" "cmp r1, #1\n\t" "strb r2, [r0]\n\t" "beq 6b\n\t" "strb r3, [r0, r11]\n\t" "b 6b\n"
        "17:\t" RESCALE_ONCE("r2") RESCALE_ONCE("r3") "b 18b\n\t");
    (void)rows;
}
/* clang-format on */

#endif
