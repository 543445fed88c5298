/* Pushed models in flash: two slots, each with a sector behind it for its header, which makes the slot's model the one to
 * run when the board is switched on.
 *
 * Power may fail at every write. What is true after each of them:
 * - A header is sound or it is not; a CRC tells a whole one from a torn one.
 * - A slot's header goes before the first byte of a new model comes in, and is written when the model has proved itself:
 *   a sound header stands behind a whole model.
 * - Only one header counts. Keeping a model writes its header with a later order, and then clears the other's; between the
 *   two, the later one counts. Forgetting clears the one that does not count first. So each step leaves the model that was
 *   kept before or the one that is to be kept, and never an older one.
 * - Forgetting a model that had a revision leaves a header of no model behind, so that the highest revision is not forgotten
 *   with it; a push goes into the slot whose header does not count.
 * - A start finishes what a failure of power has left: whatever is not sound is cleared, so that a bit which stopped
 *   half-way cannot be read one way today and another way tomorrow.
 *
 * Sectors are erased as the model reaches them, one at a time: the core stands still meanwhile on some chips. */
#include <string.h>

#include "flash.h"
#include "flash_layout.h"
#include "hal.h"
#include "vox/model.h"

#define SLOT_SPAN (VOX_SLOT_BYTES + FLASH_SECTOR_BYTES)
#define MAGIC UINT32_C(0x4D584F56) /* "VOXM" */

typedef struct {
    uint32_t magic;
    uint32_t order;    /* one more than that of the model kept before, modulo 2^32 */
    uint32_t size;     /* 0: no model */
    uint32_t revision; /* the highest that was ever kept */
    uint32_t crc;      /* CRC-32 of those before */
} slot_header;

typedef char assert_sectors[VOX_SLOT_BYTES % FLASH_SECTOR_BYTES == 0 ? 1 : -1];

static struct {
    unsigned slot;
    size_t size; /* of the model on its way */
    uint8_t page[FLASH_PAGE_BYTES];
} transfer;

static uint32_t slot_offset(unsigned slot)
{
    return (uint32_t)(FLASH_SLOTS_OFFSET + slot * SLOT_SPAN);
}

static uint32_t header_offset(unsigned slot)
{
    return slot_offset(slot) + VOX_SLOT_BYTES;
}

static uint32_t crc_of(const slot_header *header)
{
    return vox_crc32(0, header, offsetof(slot_header, crc));
}

static bool read_header(unsigned slot, slot_header *header)
{
    memcpy(header, flash_mapped(header_offset(slot)), sizeof *header);
    return header->magic == MAGIC && header->size <= VOX_SLOT_BYTES && header->crc == crc_of(header);
}

/* False if it does not read so afterwards. */
static bool write_header(unsigned slot, const slot_header *header)
{
    for (size_t done = 0; done < sizeof *header; done += FLASH_PAGE_BYTES) {
        const size_t left = sizeof *header - done;
        uint8_t page[FLASH_PAGE_BYTES];
        memset(page, 0xFF, sizeof page);
        memcpy(page, (const uint8_t *)header + done, left < sizeof page ? left : sizeof page);
        flash_program(header_offset(slot) + (uint32_t)done, page);
    }
    return memcmp(flash_mapped(header_offset(slot)), header, sizeof *header) == 0;
}

/* Bits can be cleared without erasing. */
static bool clear_header(unsigned slot)
{
    static const slot_header nothing = {0, 0, 0, 0, 0};
    return write_header(slot, &nothing);
}

/* The header is neither sound, nor erased, nor cleared. */
static bool is_torn(unsigned slot)
{
    slot_header header;
    if (read_header(slot, &header)) {
        return false;
    }
    const uint32_t any = header.magic | header.order | header.size | header.revision | header.crc;
    const uint32_t all = header.magic & header.order & header.size & header.revision & header.crc;
    return any != 0 && all != UINT32_MAX;
}

/* The slot whose header counts, HAL_SLOTS for none. */
static unsigned slot_that_counts(void)
{
    slot_header first, second;
    const bool has_first = read_header(0, &first), has_second = read_header(1, &second);
    if (has_first && has_second) {
        return second.order - first.order < UINT32_C(0x80000000) ? 1u : 0u;
    }
    return has_first ? 0u : has_second ? 1u : HAL_SLOTS;
}

size_t hal_slot_size(void)
{
    return VOX_SLOT_BYTES;
}

bool hal_slots_persist(void)
{
    return true;
}

const uint8_t *hal_slot_data(unsigned slot)
{
    return flash_mapped(slot_offset(slot));
}

bool hal_slot_begin(unsigned slot, size_t size)
{
    if (slot >= HAL_SLOTS || size > VOX_SLOT_BYTES) {
        return false;
    }
    transfer.slot = slot;
    transfer.size = size;
    flash_erase(header_offset(slot));
    slot_header header;
    return !read_header(slot, &header);
}

bool hal_slot_write(unsigned slot, size_t offset, const uint8_t *bytes, size_t size)
{
    if (slot != transfer.slot || offset > transfer.size || size > transfer.size - offset) {
        return false;
    }
    for (size_t i = 0; i < size; ++i) {
        const size_t at = offset + i;
        const size_t in_page = at % FLASH_PAGE_BYTES;
        if (in_page == 0) {
            memset(transfer.page, 0xFF, sizeof transfer.page);
        }
        transfer.page[in_page] = bytes[i];
        if (in_page + 1u < FLASH_PAGE_BYTES && at + 1u < transfer.size) {
            continue;
        }
        const uint32_t page = slot_offset(slot) + (uint32_t)(at - in_page);
        if (page % FLASH_SECTOR_BYTES == 0) {
            flash_erase(page);
        }
        flash_program(page, transfer.page);
        if (memcmp(flash_mapped(page), transfer.page, sizeof transfer.page) != 0) {
            return false;
        }
    }
    return true;
}

/* Makes the slot's header, which is erased, the one that counts, and clears the other. */
static bool make_count(unsigned slot, size_t size, uint32_t revision)
{
    slot_header other, header = {MAGIC, 1, (uint32_t)size, revision, 0};
    const bool has_other = read_header(1u - slot, &other);
    if (has_other) {
        header.order = other.order + 1u;
        header.revision = other.revision > revision ? other.revision : revision;
    }
    header.crc = crc_of(&header);
    if (!write_header(slot, &header)) {
        return false;
    }
    if (has_other) {
        (void)clear_header(1u - slot); /* the later order counts, whatever becomes of this */
    }
    return true;
}

bool hal_slot_keep(unsigned slot, size_t size, uint32_t revision)
{
    return slot < HAL_SLOTS && size > 0 && size <= VOX_SLOT_BYTES && make_count(slot, size, revision);
}

bool hal_slot_forget(void)
{
    slot_header header;
    const unsigned counts = slot_that_counts();
    if (counts == HAL_SLOTS || (read_header(counts, &header) && header.size == 0)) {
        return true;
    }
    const unsigned other = 1u - counts;
    if (header.revision > 0) {
        flash_erase(header_offset(other));
        return make_count(other, 0, 0);
    }
    if (read_header(other, &header) && !clear_header(other)) {
        return false;
    }
    return clear_header(counts);
}

size_t hal_slot_kept(unsigned *slot)
{
    slot_header header;
    const unsigned counts = slot_that_counts();
    for (unsigned i = 0; i < HAL_SLOTS; ++i) {
        if (i != counts && (is_torn(i) || read_header(i, &header))) {
            (void)clear_header(i);
        }
    }
    if (counts == HAL_SLOTS || !read_header(counts, &header)) {
        return 0;
    }
    *slot = counts;
    return header.size;
}

unsigned hal_slot_spare(void)
{
    return slot_that_counts() == 0 ? 1u : 0u;
}

uint32_t hal_slot_revision(void)
{
    slot_header header;
    const unsigned counts = slot_that_counts();
    return counts != HAL_SLOTS && read_header(counts, &header) ? header.revision : 0u;
}
