/* Changes to models by one who knows the format. */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#define MUTANT_BYTES 16384u

typedef struct {
    _Alignas(8) uint8_t data[MUTANT_BYTES];
    uint32_t size; /* a multiple of 8 */
} mutant;

/* xorshift: every draw of a run, and so the run, follows from its seed. */
uint32_t fuzz_draw(void);
uint32_t fuzz_below(uint32_t count); /* count: at least 1 */
void fuzz_seed(uint64_t seed);

/* Puts magic, version, size and CRC in order. */
void fuzz_mend(mutant *m);

/* A few changes to a model whose header is in order; parts may come from `other`, which is in order, too. The header is
 * mended, but for one time in 64. */
void fuzz_mutate(mutant *m, const mutant *other);

#endif
