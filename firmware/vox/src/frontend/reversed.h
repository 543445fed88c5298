/* Counting in bit-reversed order. */
#ifndef VOX_FRONTEND_REVERSED_H
#define VOX_FRONTEND_REVERSED_H

/* The bit-reversed counter after `reversed`; top: its highest bit. */
static inline unsigned vox_next_reversed(unsigned reversed, unsigned top)
{
    while (reversed & top) {
        reversed ^= top;
        top >>= 1;
    }
    return reversed | top;
}

#endif
