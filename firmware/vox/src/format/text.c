#include "format/text.h"

/* Bytes of the character whose first byte this is, 0 where none begins so; *least: the lowest code of that length. */
static unsigned length_of(uint8_t first, uint32_t *least)
{
    if (first < 0x80u) {
        *least = 0x20u;
        return 1;
    }
    if (first >= 0xC0u && first < 0xE0u) {
        *least = 0xA0u;
        return 2;
    }
    if (first >= 0xE0u && first < 0xF0u) {
        *least = 0x800u;
        return 3;
    }
    *least = 0x10000u;
    return first >= 0xF0u && first < 0xF8u ? 4 : 0;
}

bool vox_text_sound(const uint8_t *text, size_t size)
{
    while (size > 0) {
        uint32_t least;
        const unsigned length = length_of(*text, &least);
        if (length == 0u || length > size) {
            return false;
        }
        uint32_t code = length == 1u ? *text : *text & (0x7Fu >> length);
        for (unsigned i = 1; i < length; ++i) {
            if ((text[i] & 0xC0u) != 0x80u) {
                return false;
            }
            code = code << 6 | (text[i] & 0x3Fu);
        }
        if (code < least || code == 0x7Fu || (code >= 0xD800u && code < 0xE000u) || code > 0x10FFFFu) {
            return false;
        }
        text += length;
        size -= length;
    }
    return true;
}
