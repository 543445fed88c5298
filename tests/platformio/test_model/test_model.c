/* The built-in model on this computer: it opens, damaged copies do not, and sound gives the same however it is cut. */
#include <string.h>

#include "builtin_model.h"
#include "check.h"
#include "vox/listener.h"

#define MODEL_BYTES (256u * 1024u)
#define SECONDS 3u
#define RATE_MAX 16000u

static uint64_t copy[MODEL_BYTES / sizeof(uint64_t)];
static uint64_t memory[VOX_ARENA_BYTES / sizeof(uint64_t)];
static int16_t sound[SECONDS * RATE_MAX];
static vox_model model;
static vox_listener listener;
static int ready;

static void the_crc_is_that_of_the_standard(void)
{
    CHECK(vox_crc32(0, "123456789", 9) == 0xCBF43926u); /* the check value of CRC-32/ISO-HDLC */
    CHECK(vox_crc32(vox_crc32(0, "1234", 4), "56789", 5) == 0xCBF43926u);
}

static void it_opens_and_hears(void)
{
    CHECK(app_builtin_model_size > 0);
    CHECK(vox_model_open(&model, app_builtin_model, app_builtin_model_size) == VOX_OK);
    CHECK(vox_model_hears(&model));
    CHECK(vox_model_label_count(&model) >= 2);
    if (check_failed != NULL) {
        return;
    }
    CHECK(vox_listener_size(&model) <= sizeof memory);
    ready = vox_listener_init(&listener, &model, memory, sizeof memory) == VOX_OK;
    CHECK(ready);
}

static void a_damaged_copy_does_not_open(void)
{
    vox_model damaged;
    CHECK(app_builtin_model_size <= sizeof copy);
    if (app_builtin_model_size > sizeof copy) {
        return;
    }
    uint8_t *bytes = (uint8_t *)copy;
    memcpy(bytes, app_builtin_model, app_builtin_model_size);
    for (uint32_t at = 0; at < app_builtin_model_size; at += at < 256 ? 1 : 97) {
        bytes[at] ^= 0x10;
        CHECK(vox_model_open(&damaged, bytes, app_builtin_model_size) < 0);
        bytes[at] ^= 0x10;
    }
    CHECK(vox_model_open(&damaged, bytes, app_builtin_model_size - 8) < 0);
    CHECK(vox_model_open(&damaged, bytes, app_builtin_model_size) == VOX_OK);
}

/* A number for all that the listener says of the sound, given to it in pieces of `piece` samples. */
static uint32_t heard(size_t piece)
{
    uint32_t crc = 0;
    const size_t total = sizeof sound / sizeof sound[0];
    vox_listener_reset(&listener);
    for (size_t at = 0; at < total;) {
        const size_t count = total - at < piece ? total - at : piece;
        for (size_t given = 0; given < count;) {
            size_t used = 0;
            const uint8_t what = (uint8_t)vox_listener_push(&listener, sound + at + given, count - given, &used);
            given += used;
            if (what != 0) {
                crc = vox_crc32(crc, &what, sizeof what);
            }
        }
        at += count;
    }
    while (vox_listener_finish(&listener) != 0) {
    }
    uint16_t scores[256];
    (void)vox_listener_clip(&listener, scores);
    return vox_crc32(crc, scores, vox_model_label_count(&model) * sizeof scores[0]);
}

static void sound_may_be_cut_anywhere(void)
{
    CHECK(ready);
    if (!ready) {
        return;
    }
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof sound / sizeof sound[0]; ++i) {
        random = random * 1664525u + 1013904223u;
        sound[i] = (int16_t)((int32_t)(random >> 16) % 9000 * (i / 4000 % 2 == 0 ? 1 : 0));
    }
    const uint32_t at_once = heard(sizeof sound / sizeof sound[0]);
    CHECK(at_once != 0);
    CHECK(heard(1) == at_once);
    CHECK(heard(119) == at_once);
    CHECK(heard(4096) == at_once);
    sound[5000] = (int16_t)(sound[5000] + 12345);
    CHECK(heard(119) != at_once);
}

int main(void)
{
    RUN(the_crc_is_that_of_the_standard);
    RUN(it_opens_and_hears);
    RUN(a_damaged_copy_does_not_open);
    RUN(sound_may_be_cut_anywhere);
    return FINISH();
}
