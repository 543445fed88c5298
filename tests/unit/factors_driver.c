/* Runs the factoring of polynomials outside Python.
 *   factors_driver DEGREE FILE   int32 rows of DEGREE + 1 coefficients, Q20; to stdout, int32: u, v and the angle of
 *                                every factor */
#include <stdio.h>
#include <stdlib.h>

#include "frontend/factors.h"

int main(int argc, char **argv)
{
    if (argc != 3) {
        return 2;
    }
    const unsigned degree = (unsigned)strtoul(argv[1], NULL, 10);
    FILE *file = fopen(argv[2], "rb");
    int32_t *a = malloc(sizeof(int32_t) * (degree + 1u));
    vox_quadratic *factors = malloc(sizeof(vox_quadratic) * (degree / 2u));
    if (file == NULL || a == NULL || factors == NULL) {
        return 2;
    }
    while (fread(a, sizeof(int32_t), degree + 1u, file) == degree + 1u) {
        vox_factors(a, degree, factors);
        for (unsigned i = 0; i < degree / 2u; i++) {
            const int32_t values[3] = {factors[i].u, factors[i].v, (int32_t)vox_quadratic_angle(factors[i])};
            fwrite(values, sizeof(int32_t), 3, stdout);
        }
    }
    fclose(file);
    free(a);
    free(factors);
    return 0;
}
