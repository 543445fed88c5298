/* Signed files: docs/model-format.md, "Signed files". An image with a public key (VOX_PUBLIC_KEY) takes no other models;
 * signature_ed25519.c or signature_none.c implements it. */
#ifndef APP_SIGNATURE_H
#define APP_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The image takes signed models only. */
bool app_wants_signature(void);

/* VOX_OK where the image may run the `size` bytes of a pushed or kept file: it wants no signature, or they end in one made
 * with the key of its public key. *revision: the file's, 0 where none is wanted. Else VOX_ERR_SIGNATURE. */
int app_check_signature(const uint8_t *file, size_t size, uint32_t *revision);

#endif
