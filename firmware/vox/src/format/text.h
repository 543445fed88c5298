/* Text that a file brings. */
#ifndef VOX_FORMAT_TEXT_H
#define VOX_FORMAT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/cold.h"

/* Well-formed UTF-8 (no surrogates, no longer forms, nothing beyond U+10FFFF) without control characters (U+0000..U+001F,
 * U+007F..U+009F). */
VOX_COLD bool vox_text_sound(const uint8_t *text, size_t size);

#endif
