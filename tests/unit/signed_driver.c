/* Flipped bits in signed models, one at a time: driver FIRST SECOND BITS. Both files are signed with the key that this
 * program holds. The first is pushed; then the second with each of its bytes changed, and pushed as a model of its own (the
 * transfer's CRC is right): none is taken. Then the second is pushed as it is, and each byte of the slot that keeps it, header
 * included, is changed before a start: none runs. BITS: of each byte, 1 (another one from place to place) to 8.
 * Prints {"pushed": n, "stored": n}; says what is wrong and ends with 1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"
#include "flash_layout.h"
#include "hal.h"
#include "nor.h"
#include "vox/model_format.h"

const uint8_t app_builtin_model[1] = {0};
const uint32_t app_builtin_model_size = 0;

#define HEADER_BYTES 20u

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            printf("line %d, byte %u, bit %u: %s\n", __LINE__, (unsigned)place, bit, #condition);                      \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

typedef struct {
    _Alignas(8) uint8_t bytes[1u << 14];
    size_t size;
} file;

static size_t place;
static unsigned bit;

void nor_power_fails(void)
{
    abort();
}

static void read_file(const char *path, file *to)
{
    FILE *in = fopen(path, "rb");
    CHECK(in != NULL);
    to->size = fread(to->bytes, 1, sizeof to->bytes, in);
    fclose(in);
    CHECK(to->size > 0 && to->size < sizeof to->bytes);
}

static bool runs(const file *model)
{
    return desk_app.model_origin == VOX_MODEL_PUSHED && desk_app.model_status == VOX_OK &&
           desk_app.model.size == model->size - sizeof(vox_signed_trailer) &&
           memcmp(desk_app.model.data, model->bytes, desk_app.model.size) == 0;
}

static bool nothing_runs(void)
{
    return desk_app.model_origin == VOX_MODEL_NONE;
}

static unsigned push_changed(const file *running, file *model, unsigned bits)
{
    unsigned count = 0;
    for (place = 0; place < model->size; ++place) {
        for (unsigned i = 0; i < bits; ++i, ++count) {
            bit = (unsigned)(place + i) % 8u;
            model->bytes[place] ^= (uint8_t)(1u << bit);
            CHECK(desk_push(model->bytes, model->size) == VOX_ERR_SIGNATURE);
            CHECK(runs(running));
            model->bytes[place] ^= (uint8_t)(1u << bit);
        }
    }
    return count;
}

/* Starts with one bit of the flash changed. */
static void start_changed(const uint8_t *image, size_t offset)
{
    static uint8_t changed[NOR_BYTES];
    memcpy(changed, image, sizeof changed);
    changed[offset] ^= (uint8_t)(1u << bit);
    nor_load(changed);
    board_reset();
    desk_start();
}

static unsigned store_changed(const file *model, unsigned bits)
{
    static uint8_t image[NOR_BYTES];
    memcpy(image, nor_memory, sizeof image);
    unsigned slot = HAL_SLOTS, count = 0;
    CHECK(hal_slot_kept(&slot) == model->size);
    const size_t begin = (size_t)(hal_slot_data(slot) - nor_memory);
    for (place = 0; place < model->size + HEADER_BYTES; ++place) {
        const size_t offset = place < model->size ? begin + place : begin + VOX_SLOT_BYTES + place - model->size;
        for (unsigned i = 0; i < bits; ++i, ++count) {
            bit = (unsigned)(place + i) % 8u;
            start_changed(image, offset);
            CHECK(nothing_runs());
        }
    }
    nor_load(image);
    board_reset();
    desk_start();
    CHECK(runs(model));
    return count;
}

int main(int argc, char **argv)
{
    static file first, second;
    CHECK(argc == 4);
    read_file(argv[1], &first);
    read_file(argv[2], &second);
    const unsigned bits = (unsigned)(argv[3][0] - '0');
    CHECK(bits >= 1u && bits <= 8u);
    desk_start();
    CHECK(nothing_runs() && desk_push(first.bytes, first.size) == VOX_OK && runs(&first));
    const unsigned pushed = push_changed(&first, &second, bits);
    CHECK(desk_push(second.bytes, second.size) == VOX_OK && runs(&second));
    const unsigned stored = store_changed(&second, bits);
    printf("{\"pushed\": %u, \"stored\": %u}\n", pushed, stored);
    return 0;
}
