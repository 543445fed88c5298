/* Linear prediction by the Levinson-Durbin recursion, in integers. */
#ifndef VOX_FRONTEND_LPC_H
#define VOX_FRONTEND_LPC_H

#include <stdint.h>

#define VOX_LPC_ORDER 10u
#define VOX_LPC_Q 20 /* of the coefficients: |a[i]| <= 252 for a stable filter of order 10 */

/* correlation[order + 1] of a block, correlation[0] > 0 -> a[order + 1] in Q20, a[0] = 1: the whitening filter
 * 1 + a[1] z^-1 + ..., stable whatever the correlations say. order: 1..VOX_LPC_ORDER. correlation is used up. */
void vox_lpc(int32_t *correlation, unsigned order, int32_t *a);

#endif
