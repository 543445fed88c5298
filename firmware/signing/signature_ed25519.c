/* Ed25519: the curve by Monocypher, SHA-512 by Mbed TLS. Integers only; memory is the stack's. */
#include "signature.h"

#include <string.h>

#include "mbedtls/sha512.h"
#include "monocypher.h"
#include "public_key.h"
#include "vox/model_format.h"
#include "vox/status.h"

bool app_wants_signature(void)
{
    return true;
}

/* What Mbed TLS calls to wipe its states. Nothing here is secret, but they are wiped all the same. */
void mbedtls_platform_zeroize(void *bytes, size_t size)
{
    crypto_wipe(bytes, size);
}

/* RFC 8032, 5.1.7: SHA-512 of R, the public key and the message; then the equation. */
static bool is_signed(const uint8_t *message, size_t size, const uint8_t signature[VOX_SIGNED_SIGNATURE])
{
    uint8_t hash[64], reduced[32];
    mbedtls_sha512_context context;
    mbedtls_sha512_init(&context);
    const bool hashed =
        mbedtls_sha512_starts(&context, 0) == 0 && mbedtls_sha512_update(&context, signature, 32) == 0 &&
        mbedtls_sha512_update(&context, app_public_key, 32) == 0 &&
        mbedtls_sha512_update(&context, message, size) == 0 && mbedtls_sha512_finish(&context, hash) == 0;
    mbedtls_sha512_free(&context);
    if (!hashed) {
        return false;
    }
    crypto_eddsa_reduce(reduced, hash);
    return crypto_eddsa_check_equation(signature, app_public_key, reduced) == 0;
}

int app_check_signature(const uint8_t *file, size_t size, uint32_t *revision)
{
    vox_signed_trailer trailer;
    *revision = 0;
    if (size <= sizeof trailer) {
        return VOX_ERR_SIGNATURE;
    }
    memcpy(&trailer, file + size - sizeof trailer, sizeof trailer);
    if (trailer.magic != VOX_SIGNED_MAGIC || !is_signed(file, size - sizeof trailer.signature, trailer.signature)) {
        return VOX_ERR_SIGNATURE;
    }
    *revision = trailer.revision;
    return VOX_OK;
}
