/* What firmware/vox takes of the C library, for a compiler without one; vox_web.c has it. */
#ifndef VOX_WEB_STRING_H
#define VOX_WEB_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *a, const void *b, size_t count);

#endif
