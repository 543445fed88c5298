#include "nn/target.h"

#if VOX_TILE_ROOM == VOX_ROOM_DSP
#include "nn/dsp/tile.h"

/* Assembly as a whole: gcc would keep half of this in memory.
 *
 * r0: the tile, r1: weights, r2-r5: sums, r6-r9: a word of each patch, r10, r11: four weights each, r12: end of the weights. */
#define VOX_TILE_HALF(weights)                                                                                         \
    "ldm r0!, {r6-r9}\n\t"                                                                                             \
    "smlad r2, " weights ", r6, r2\n\t"                                                                                \
    "smlad r3, " weights ", r7, r3\n\t"                                                                                \
    "smlad r4, " weights ", r8, r4\n\t"                                                                                \
    "smlad r5, " weights ", r9, r5\n\t"
#define VOX_TILE_FOUR(weights)                                                                                         \
    "sxtb16 lr, " weights "\n\t"                                                                                       \
    "sxtb16 " weights ", " weights ", ror #8\n\t" VOX_TILE_HALF("lr") VOX_TILE_HALF(weights)
#define VOX_TILE_EIGHT "ldm r1!, {r10, r11}\n\t" VOX_TILE_FOUR("r10") VOX_TILE_FOUR("r11")

/* Over a row of r2 bytes, from the sums in r4. */
#define VOX_TILE_ROW                                                                                                   \
    "add r12, r1, r2\n\t"                                                                                              \
    "lsls r6, r2, #29\n\t" /* negative: 4 are left over */                                                             \
    "mov r2, r4\n\t"                                                                                                   \
    "mov r3, r4\n\t"                                                                                                   \
    "mov r5, r4\n\t"                                                                                                   \
    "bpl 2f\n\t"                                                                                                       \
    "ldr r10, [r1], #4\n\t" VOX_TILE_FOUR("r10") "2:\t"                                                                \
                                                 "subs r6, r12, r1\n\t"                                                \
                                                 "beq 4f\n\t"                                                          \
                                                 "lsls r6, r6, #28\n\t" /* negative: 8 */                              \
                                                 "bpl 3f\n\t" VOX_TILE_EIGHT "cmp r1, r12\n\t"                         \
                                                 "beq 4f\n"                                                            \
                                                 "3:\t" VOX_TILE_EIGHT VOX_TILE_EIGHT "cmp r1, r12\n\t"                \
                                                 "bne 3b\n"                                                            \
                                                 "4:\t"

/* r7: multiplier, r9: power of the shift, r10: zero point; as vox_rescale_common, limited to int8. */
#define VOX_TILE_RESCALE(sum)                                                                                          \
    "lsls " sum ", " sum ", #1\n\t"                                                                                    \
    "smmulr " sum ", " sum ", r7\n\t"                                                                                  \
    "add " sum ", " sum ", " sum ", asr #31\n\t"                                                                       \
    "smmlar " sum ", " sum ", r9, r10\n\t"                                                                             \
    "ssat " sum ", #8, " sum "\n\t"

__attribute__((naked)) void vox_tile_all(vox_tile_channels *channels)
{
    __asm volatile("push {r0, r4-r11, lr}\n\t"
                   "ldr r1, [r0, #36]\n"
                   "1:\t"
                   "ldr lr, [sp]\n\t"
                   "ldm lr, {r0, r2, r3}\n\t"
                   "ldr r4, [r3], #4\n\t"
                   "str r3, [lr, #8]\n\t" VOX_TILE_ROW "ldr lr, [sp]\n\t"
                   "ldrd r6, r8, [lr, #12]\n\t"
                   "ldr r7, [r6], #4\n\t"
                   "ldrsb r9, [r8], #1\n\t"
                   "strd r6, r8, [lr, #12]\n\t"
                   "movs r6, #1\n\t"
                   "adds r9, r9, #32\n\t"
                   "lsl r9, r6, r9\n\t"
                   "ldrd r11, r12, [lr, #20]\n\t"
                   "ldrd r10, r8, [lr, #28]\n\t" VOX_TILE_RESCALE("r2") VOX_TILE_RESCALE("r3") VOX_TILE_RESCALE("r4")
                       VOX_TILE_RESCALE("r5") "add r6, r11, r12\n\t"
                                              "strb r3, [r11, r12]\n\t"
                                              "strb r4, [r11, r12, lsl #1]\n\t"
                                              "strb r5, [r6, r12, lsl #1]\n\t"
                                              "strb r2, [r11], #1\n\t"
                                              "str r11, [lr, #20]\n\t"
                                              "subs r8, r8, #1\n\t"
                                              "str r8, [lr, #32]\n\t"
                                              "bne 1b\n\t"
                                              "pop {r0, r4-r11, pc}");
    (void)channels;
}

__attribute__((naked)) void vox_tile_multiply(const uint8_t *tile, const int8_t *weights, uint32_t row, int32_t bias,
                                              int32_t sums[VOX_TILE])
{
    __asm volatile("push {r4-r11, lr}\n\t"
                   "add r12, r1, r2\n\t"
                   "mov r2, r3\n\t"
                   "mov r4, r3\n\t"
                   "mov r5, r3\n"
                   "1:\t"
                   "ldr r10, [r1], #4\n\t" VOX_TILE_FOUR("r10") "cmp r1, r12\n\t"
                                                                "bne 1b\n\t"
                                                                "ldr r0, [sp, #36]\n\t"
                                                                "stm r0, {r2-r5}\n\t"
                                                                "pop {r4-r11, pc}");
    (void)tile;
    (void)weights;
    (void)row;
    (void)bias;
    (void)sums;
}

#endif
