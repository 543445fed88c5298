#include "model/labels.h"

#include "format/text.h"
#include "vox/model.h"

int vox_labels_check(const uint8_t *section, size_t size)
{
    if (size < 2) {
        return VOX_ERR_DECISION;
    }
    const uint16_t *table = (const void *)section;
    const unsigned count = table[0];
    if (count == 0 || count > VOX_MAX_LABELS || size < 2u + 2u * count) {
        return VOX_ERR_DECISION;
    }
    for (unsigned i = 1; i <= count; ++i) {
        size_t length = 0;
        while (table[i] + length < size && length <= VOX_MAX_LABEL_BYTES && section[table[i] + length] != 0) {
            ++length;
        }
        if (table[i] + length >= size || length == 0 || length > VOX_MAX_LABEL_BYTES ||
            !vox_text_sound(section + table[i], length)) {
            return VOX_ERR_DECISION;
        }
    }
    return VOX_OK;
}

unsigned vox_model_label_count(const vox_model *model)
{
    return model->labels == NULL ? 0u : *(const uint16_t *)(const void *)model->labels;
}

const char *vox_model_label(const vox_model *model, unsigned index)
{
    if (index >= vox_model_label_count(model)) {
        return "";
    }
    const uint16_t *table = (const void *)model->labels;
    return (const char *)model->labels + table[1 + index];
}
