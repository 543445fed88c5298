#include "transfer.h"

#include "hal.h"
#include "model.h"
#include "reports.h"
#include "signature.h"

int32_t app_model_begin(app_state *app, const vox_link_frame *frame)
{
    if (frame->size != VOX_MODEL_BEGIN_BYTES) {
        return VOX_ERR_ARGUMENT;
    }
    app_transfer *transfer = &app->transfer;
    transfer->open = false;
    transfer->size = vox_get_u32(frame->payload);
    transfer->crc = vox_get_u32(frame->payload + 4);
    transfer->received = 0;
    transfer->slot = (uint8_t)(app->model_origin == VOX_MODEL_PUSHED ? 1u - app->model_slot : hal_slot_spare());
    if (transfer->size == 0 || transfer->size > hal_slot_size() || !hal_slot_begin(transfer->slot, transfer->size)) {
        return VOX_ERR_STORAGE;
    }
    transfer->open = true;
    return VOX_OK;
}

int32_t app_model_data(app_state *app, const vox_link_frame *frame)
{
    app_transfer *transfer = &app->transfer;
    if (!transfer->open) {
        return VOX_ERR_STATE;
    }
    if (frame->size <= VOX_MODEL_DATA_BYTES) {
        return VOX_ERR_ARGUMENT;
    }
    const uint32_t count = frame->size - VOX_MODEL_DATA_BYTES;
    if (vox_get_u32(frame->payload) != transfer->received) {
        ++app->repeats;
        return (int32_t)transfer->received;
    }
    if (count > transfer->size - transfer->received) {
        return VOX_ERR_ARGUMENT;
    }
    if (!hal_slot_write(transfer->slot, transfer->received, frame->payload + 4, count)) {
        transfer->open = false;
        return VOX_ERR_STORAGE;
    }
    transfer->received += count;
    return (int32_t)transfer->received;
}

int32_t app_model_commit(app_state *app)
{
    app_transfer *transfer = &app->transfer;
    if (!transfer->open) {
        return VOX_ERR_STATE;
    }
    if (transfer->received != transfer->size) {
        return VOX_ERR_TRUNCATED;
    }
    transfer->open = false;
    const uint8_t *data = hal_slot_data(transfer->slot);
    if (vox_crc32(0, data, transfer->size) != transfer->crc) {
        return VOX_ERR_CRC;
    }
    uint32_t revision;
    int status = app_check_signature(data, transfer->size, &revision);
#ifdef VOX_GUARD_REVISION
    status = status == VOX_OK && revision < hal_slot_revision() ? VOX_ERR_REVISION : status;
#endif
    if (status == VOX_OK) {
        status = app_use_model(app, data, transfer->size, VOX_MODEL_PUSHED, transfer->slot);
    }
    if (status == VOX_OK) {
        if (!hal_slot_keep(transfer->slot, transfer->size, revision)) {
            app_send_error(app, VOX_ERR_STORAGE, "the pushed model runs, but will be forgotten when switched off");
        }
        app_log(app, VOX_LOG_INFO, "pushed model in use");
    }
    return status;
}
