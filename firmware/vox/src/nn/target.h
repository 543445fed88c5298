/* Which instructions the neural kernels may use, and from which room each inner loop comes: the one place that chooses. Every
 * room gives the same bits; plain/ is the specification.
 *
 *   VOX_PLAIN_C              no instruction-set extensions
 *   VOX_NN_DSP               Armv7E-M and Armv8-M DSP extension: pairs of 16-bit multiplies
 *   VOX_NN_MVE               Armv8.1-M vector extension (Helium), on top of VOX_NN_DSP: sixteen multiplies at once
 *   VOX_NN_PACKED            other 32-bit cores: one 32-bit multiply for two products
 *   VOX_NN_PACKED_ASSEMBLY   the same written out for Armv6-M and Armv8-M Baseline
 *   VOX_NN_SPLIT_MULTIPLY    32x32->32 multiplies only (Armv6-M, Armv8-M Baseline)
 *   VOX_NN_SMALL             without the packed kernels that take most room, where flash is scarcer than time
 */
#ifndef VOX_NN_TARGET_H
#define VOX_NN_TARGET_H

#include <stdint.h>

/* Keeps the registers of an inner loop apart from its surroundings'. */
#if defined(__GNUC__)
#define VOX_NOINLINE __attribute__((noinline))
#else
#define VOX_NOINLINE
#endif

/* For functions of which some arguments shall be known to the compiler. */
#if defined(__GNUC__)
#define VOX_TEMPLATE static inline __attribute__((always_inline))
#else
#define VOX_TEMPLATE static inline
#endif

#if !defined(VOX_NN_SPLIT_MULTIPLY) && (defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__))
#define VOX_NN_SPLIT_MULTIPLY 1
#endif

/* Inlined even where the compiler is asked for size: without a 64-bit product the call costs as much as the work. */
#if defined(__GNUC__) && defined(VOX_NN_SPLIT_MULTIPLY) && !defined(VOX_PLAIN_C)
#define VOX_INLINE static inline __attribute__((always_inline))
#else
#define VOX_INLINE static inline
#endif

#if defined(__ARM_FEATURE_DSP) && !defined(VOX_PLAIN_C) && !defined(VOX_NN_SPLIT_MULTIPLY)
#define VOX_NN_DSP 1
#endif

#if defined(VOX_NN_DSP) && defined(__ARM_FEATURE_MVE)
#define VOX_NN_MVE 1
#endif

#if !defined(VOX_PLAIN_C) && !defined(VOX_NN_DSP) && SIZE_MAX == UINT32_MAX
#define VOX_NN_PACKED 1
#if defined(VOX_NN_SPLIT_MULTIPLY) && defined(__arm__) && defined(__GNUC__)
#define VOX_NN_PACKED_ASSEMBLY 1
#endif
#endif

/* The rooms. What each part is, its header says; a room's .c file is empty where the part comes from another room. */
#define VOX_ROOM_PLAIN 0
#define VOX_ROOM_PACKED 1
#define VOX_ROOM_DSP 2
#define VOX_ROOM_MVE 3

#if defined(VOX_NN_MVE)
#define VOX_ADD_ROOM VOX_ROOM_MVE
#define VOX_TILE_ROOM VOX_ROOM_MVE
#define VOX_CONV_ROOM VOX_ROOM_MVE
#define VOX_DEPTHWISE_ROOM VOX_ROOM_MVE
#define VOX_PLANE_ROOM VOX_ROOM_MVE
#define VOX_DOT_ROOM VOX_ROOM_MVE
#define VOX_AVERAGE_ROOM VOX_ROOM_MVE
#define VOX_RESCALE_ROOM VOX_ROOM_DSP
#elif defined(VOX_NN_DSP)
#define VOX_ADD_ROOM VOX_ROOM_PLAIN
#define VOX_TILE_ROOM VOX_ROOM_DSP
#define VOX_CONV_ROOM VOX_ROOM_DSP
#define VOX_DEPTHWISE_ROOM VOX_ROOM_DSP
#define VOX_PLANE_ROOM VOX_ROOM_DSP
#define VOX_DOT_ROOM VOX_ROOM_DSP
#define VOX_AVERAGE_ROOM VOX_ROOM_PLAIN
#define VOX_RESCALE_ROOM VOX_ROOM_DSP
#else
#define VOX_ADD_ROOM VOX_ROOM_PLAIN
#define VOX_DEPTHWISE_ROOM VOX_ROOM_PLAIN
#define VOX_AVERAGE_ROOM VOX_ROOM_PLAIN
#if defined(VOX_NN_PACKED)
#define VOX_TILE_ROOM VOX_ROOM_PACKED
#else
#define VOX_TILE_ROOM VOX_ROOM_PLAIN
#endif
#if defined(VOX_NN_PACKED) && !defined(VOX_NN_SMALL)
#define VOX_PLANE_ROOM VOX_ROOM_PACKED
#else
#define VOX_PLANE_ROOM VOX_ROOM_PLAIN
#endif
#if defined(VOX_NN_PACKED_ASSEMBLY) && !defined(VOX_NN_SMALL)
#define VOX_CONV_ROOM VOX_ROOM_PACKED
#define VOX_DOT_ROOM VOX_ROOM_PACKED
#else
#define VOX_CONV_ROOM VOX_ROOM_PLAIN
#define VOX_DOT_ROOM VOX_ROOM_PLAIN
#endif
#if defined(VOX_NN_SPLIT_MULTIPLY)
#define VOX_RESCALE_ROOM VOX_ROOM_PACKED
#else
#define VOX_RESCALE_ROOM VOX_ROOM_PLAIN
#endif
#endif

#endif
