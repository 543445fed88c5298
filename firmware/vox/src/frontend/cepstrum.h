/* Mel-frequency cepstral coefficients: a DCT-II of log-mel bands (Davis & Mermelstein 1980), liftered as in HTK. */
#ifndef VOX_FRONTEND_CEPSTRUM_H
#define VOX_FRONTEND_CEPSTRUM_H

#include <stdint.h>

/* One coefficient. row: int16[bands], magnitudes adding up to at most 65535; logmel: int16[bands], 0..32767;
 * lifter: Q8, 1..3072. Rounded to 2^shift of their product with 2^12 dropped on the way; limited to int16. */
int16_t vox_cepstrum(const int16_t *row, const int16_t *logmel, unsigned bands, unsigned lifter, unsigned shift);

#endif
