/* Quadratic factors of a polynomial in integers: the resonances of a linear predictor. */
#ifndef VOX_FRONTEND_FACTORS_H
#define VOX_FRONTEND_FACTORS_H

#include <stdint.h>

/* z^2 - u z + v, Q14: a conjugate pair of zeros of radius sqrt(v) where u^2 < 4 v, else two real ones. */
typedef struct {
    int16_t u; /* inside (-2, 2) */
    int16_t v; /* inside (-1, 1) */
} vox_quadratic;

/* a[degree + 1] in Q20, highest power first, a[0] = 1, |a[i]| < 2^10, degree even and at least 4, zeros inside the unit
 * circle -> factors[degree / 2] in no order. a is used up. Any other a gives factors of some kind, too; those that 96
 * steps did not find are where the last step left them. docs/numerics.md, "Formants", specifies it. */
void vox_factors(int32_t *a, unsigned degree, vox_quadratic *factors);

/* Angle of the zeros over pi in Q17, 0..2^17; 0 for real ones. Error below 2^-13 above 2^-6. */
uint32_t vox_quadratic_angle(vox_quadratic factor);

#endif
