#include "mutate.h"

#include <stdbool.h>
#include <string.h>

#include "fields.h"
#include "vox/vox.h"

static uint64_t state;

void fuzz_seed(uint64_t seed)
{
    state = seed * 0x9E3779B97F4A7C15u + 0x632BE59BD9B4E019u;
}

uint32_t fuzz_draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

uint32_t fuzz_below(uint32_t count)
{
    return (uint32_t)((uint64_t)fuzz_draw() * count >> 32);
}

static uint32_t get(const uint8_t *at, unsigned width)
{
    uint32_t value = 0;
    memcpy(&value, at, width);
    return value;
}

static void put(uint8_t *at, unsigned width, uint32_t value)
{
    memcpy(at, &value, width);
}

static unsigned section_count(const mutant *m)
{
    const vox_header *header = (const void *)m->data;
    return header->section_count > VOX_MAX_SECTIONS ? VOX_MAX_SECTIONS : header->section_count;
}

static vox_section *sections(mutant *m)
{
    return (void *)(m->data + sizeof(vox_header));
}

/* The section of this tag that lies in the file behind the table; NULL if there is none. */
static vox_section *find(mutant *m, uint32_t tag)
{
    const uint32_t table_end = (uint32_t)(sizeof(vox_header) + section_count(m) * sizeof(vox_section));
    for (unsigned i = 0; i < section_count(m); ++i) {
        vox_section *section = &sections(m)[i];
        if (section->tag == tag && (section->offset & 7u) == 0 && section->offset >= table_end &&
            section->offset <= m->size && section->size <= m->size - section->offset) {
            return section;
        }
    }
    return NULL;
}

/* A section gets `size` bytes; what lies behind it moves. False where there is no room. */
static bool resize(mutant *m, vox_section *section, uint32_t size)
{
    const uint32_t before = (section->size + 7u) & ~7u, after = (size + 7u) & ~7u, end = section->offset + before;
    if (end > m->size || m->size - before + after > MUTANT_BYTES) {
        return false;
    }
    memmove(m->data + section->offset + after, m->data + end, m->size - end);
    if (size > section->size) {
        memset(m->data + section->offset + section->size, 0, after - section->size);
    } else {
        memset(m->data + section->offset + size, 0, after - size);
    }
    for (unsigned i = 0; i < section_count(m); ++i) {
        if (sections(m)[i].offset >= end) {
            sections(m)[i].offset += after - before;
        }
    }
    section->size = size;
    m->size = m->size - before + after;
    return true;
}

/* A value that a rule might be about, near what is there, or any. */
static uint32_t value_for(uint32_t now)
{
    switch (fuzz_below(8)) {
    case 0:
    case 1:
    case 2:
        return numbers[fuzz_below(sizeof numbers / sizeof numbers[0])];
    case 3:
        return 0u - numbers[fuzz_below(sizeof numbers / sizeof numbers[0])];
    case 4:
        return fuzz_draw();
    case 5:
        return now ^ 1u << fuzz_below(32);
    default:
        return now + fuzz_below(17) - 8u;
    }
}

static void change_field(uint8_t *bytes, const fuzz_record *record)
{
    const fuzz_field *field = &record->fields[fuzz_below(record->count)];
    uint8_t *at = bytes + field->at;
    if (fuzz_below(6) == 0) { /* as another field has it */
        const fuzz_field *other = &record->fields[fuzz_below(record->count)];
        put(at, field->width, get(bytes + other->at, other->width));
        return;
    }
    put(at, field->width, value_for(get(at, field->width)));
}

/* A field of one of `count` records that begin at `offset` of the section, where they lie in it. */
static void change_one_of(mutant *m, const vox_section *section, uint32_t offset, uint32_t count,
                          const fuzz_record *record)
{
    if (count == 0 || offset > section->size || record->size > section->size - offset) {
        return;
    }
    const uint32_t most = (section->size - offset) / record->size;
    const uint32_t index = fuzz_below(count < most ? count : most);
    change_field(m->data + section->offset + offset + index * record->size, record);
}

/* The op records' places in PROG. Returns how many there are. */
static unsigned list_ops(mutant *m, const vox_section *section, uint32_t places[VOX_MAX_OPS])
{
    const vox_program_params *program = (const void *)(m->data + section->offset);
    uint32_t at = program->op_offset;
    unsigned count = 0;
    while (count < program->op_count && count < VOX_MAX_OPS && (at & 3u) == 0 && at + sizeof(vox_op) <= section->size) {
        const vox_op *op = (const void *)(m->data + section->offset + at);
        if (op->size < sizeof(vox_op) || op->size > section->size - at) {
            break;
        }
        places[count++] = at;
        at += op->size;
    }
    return count;
}

static const fuzz_record *record_of(unsigned code)
{
    return code < OP_RECORDS && op_records[code] != NULL ? op_records[code] : &record_op;
}

/* Another operator in a record's place: of its own size, its fields those of the old one as far as they go. */
static void become(mutant *m, vox_section *section, uint32_t at)
{
    vox_op *op = (void *)(m->data + section->offset + at);
    const unsigned code = fuzz_below(OP_RECORDS);
    const uint32_t old = op->size, size = record_of(code)->size;
    const uint32_t tail = section->size - at - old;
    if (size > old && !resize(m, section, section->size + size - old)) {
        return;
    }
    uint8_t *record = m->data + section->offset + at;
    memmove(record + size, record + old, tail);
    if (size > old) {
        memset(record + old, 0, size - old);
    } else if (size < old) {
        (void)resize(m, section, section->size + size - old);
    }
    op = (void *)record;
    op->code = (uint16_t)code;
    op->size = (uint16_t)size;
    vox_program_params *program = (void *)(m->data + section->offset);
    program->op_bytes += size - old;
}

/* A record leaves, or comes again. */
static void drop_or_double(mutant *m, vox_section *section, uint32_t at)
{
    uint8_t *record = m->data + section->offset + at;
    const uint32_t size = ((const vox_op *)(const void *)record)->size;
    const uint32_t tail = section->size - at - size;
    vox_program_params *program = (void *)(m->data + section->offset);
    if (fuzz_below(2) == 0) {
        memmove(record, record + size, tail);
        (void)resize(m, section, section->size - size);
        program->op_bytes -= size;
        --program->op_count;
    } else if (resize(m, section, section->size + size)) {
        memmove(record + size, record, tail + size);
        program->op_bytes += size;
        ++program->op_count;
    }
}

static void change_ops(mutant *m, vox_section *section)
{
    uint32_t places[VOX_MAX_OPS];
    const unsigned count = list_ops(m, section, places);
    if (count == 0) {
        return;
    }
    const uint32_t at = places[fuzz_below(count)];
    vox_op *op = (void *)(m->data + section->offset + at);
    const vox_program_params *program = (const void *)(m->data + section->offset);
    switch (fuzz_below(12)) {
    case 0:
        become(m, section, at);
        break;
    case 1:
        drop_or_double(m, section, at);
        break;
    case 2:
        *(fuzz_below(2) == 0 ? &op->input : &op->output) = (uint16_t)fuzz_below(program->tensor_count + 1u);
        break;
    default: {
        const fuzz_record *record = record_of(op->code);
        if (record->size <= section->size - at) {
            change_field(m->data + section->offset + at, record);
        }
    }
    }
}

/* Shapes that still have as many elements, places that are multiples of 8: what gets past the first checks. */
static void change_tensor(mutant *m, const vox_section *section)
{
    const vox_program_params *program = (const void *)(m->data + section->offset);
    if (program->tensor_count == 0 || (program->tensor_offset & 7u) != 0 || program->tensor_offset > section->size ||
        (section->size - program->tensor_offset) / sizeof(vox_tensor) == 0) {
        return;
    }
    const uint32_t most = (section->size - program->tensor_offset) / (uint32_t)sizeof(vox_tensor);
    const uint32_t count = program->tensor_count < most ? program->tensor_count : most;
    vox_tensor *tensor = (void *)(m->data + section->offset + program->tensor_offset);
    tensor += fuzz_below(count);
    switch (fuzz_below(6)) {
    case 0: {
        const unsigned a = 1u + fuzz_below(3), b = 1u + fuzz_below(3);
        const uint16_t kept = tensor->dims[a];
        tensor->dims[a] = tensor->dims[b];
        tensor->dims[b] = kept;
        break;
    }
    case 1:
        tensor->offset = 8u * fuzz_below(program->arena_size / 8u + 1u);
        break;
    case 2:
        tensor->type = (uint8_t)(1u + fuzz_below(3));
        break;
    case 3:
        tensor->flags ^= VOX_TENSOR_STATE;
        tensor->initial = (int8_t)(fuzz_below(3) == 0 ? fuzz_draw() : 0);
        break;
    case 4:
        tensor->zero_point = (int32_t)fuzz_below(256) - 128;
        break;
    default:
        change_field((void *)tensor, &record_tensor);
    }
}

static void change_program(mutant *m, vox_section *section)
{
    switch (fuzz_below(8)) {
    case 0:
        change_field(m->data + section->offset, &record_program_params);
        break;
    case 1:
    case 2:
    case 3:
        change_tensor(m, section);
        break;
    default:
        change_ops(m, section);
    }
}

static void change_frontend(mutant *m, const vox_section *section)
{
    change_one_of(m, section, 0, 1, &record_frontend_params);
    const vox_frontend_params *params = (const void *)(m->data + section->offset);
    if (params->kind != VOX_FRONTEND_LOGMEL && fuzz_below(2) == 0) {
        const uint32_t start = sizeof *params;
        if (params->kind == VOX_FRONTEND_DESCRIPTORS) {
            change_one_of(m, section, start, 1, &record_descriptor_params);
            const vox_descriptor_params *own = (const void *)(m->data + section->offset + start);
            if (start + sizeof *own <= section->size) {
                change_one_of(m, section, own->list_offset, params->bands, &record_descriptor);
            }
        } else if (section->size > start + 64u) {
            uint8_t *at = m->data + section->offset + start + 2u * fuzz_below(32);
            put(at, 2, value_for(get(at, 2)));
        }
    }
}

static void change_functionals(mutant *m, const vox_section *section)
{
    const vox_functionals_params *params = (const void *)(m->data + section->offset);
    if (section->size < sizeof *params) {
        return;
    }
    switch (fuzz_below(3)) {
    case 0:
        change_field(m->data + section->offset, &record_functionals_params);
        break;
    case 1:
        change_one_of(m, section, params->list_offset, params->count, &record_functional);
        break;
    default:
        change_one_of(m, section, params->feature_offset, params->features, &record_functional_feature);
    }
}

static void change_decision(mutant *m, const vox_section *section)
{
    const vox_decision_params *params = (const void *)(m->data + section->offset);
    if (section->size >= sizeof *params && params->rules_offset != 0 && fuzz_below(2) == 0) {
        change_one_of(m, section, params->rules_offset, params->label_count, &record_label_rule);
    } else {
        change_one_of(m, section, 0, 1, &record_decision_params);
    }
}

/* Tables and weights: a number of some width, or a tree's record. */
static void change_bytes(mutant *m, const vox_section *section)
{
    if (section->size < 8) {
        return;
    }
    if (section->tag == VOX_SECTION_WEIGHTS && fuzz_below(3) == 0) {
        change_one_of(m, section, 0, section->size / 8u, fuzz_below(2) == 0 ? &record_tree_node : &record_tree);
        return;
    }
    const unsigned width = 1u << fuzz_below(3);
    uint8_t *at = m->data + section->offset + width * fuzz_below(section->size / width);
    put(at, width, value_for(get(at, width)));
}

/* A section of another model in the place of this one's. */
static void graft(mutant *m, vox_section *section, const mutant *other)
{
    static mutant donor;
    donor.size = other->size;
    memcpy(donor.data, other->data, other->size);
    const vox_section *theirs = find(&donor, section->tag);
    if (theirs != NULL && resize(m, section, theirs->size)) {
        memcpy(m->data + section->offset, donor.data + theirs->offset, theirs->size);
    }
}

static void change(mutant *m, const mutant *other);

/* What wakes the program: when, or the model that does, changed as any other. */
static void change_wake(mutant *m, vox_section *section, const mutant *other)
{
    const uint32_t start = sizeof(vox_wake_params);
    const uint32_t size = section->size < start ? 0u : section->size - start;
    if (size < sizeof(vox_header) || (size & 7u) != 0 || fuzz_below(6) == 0) {
        change_one_of(m, section, 0, 1, &record_wake_params);
        return;
    }
    mutant waker = {.size = size};
    memcpy(waker.data, m->data + section->offset + start, size);
    change(&waker, other);
    if (fuzz_below(64) != 0) {
        fuzz_mend(&waker);
    }
    if (resize(m, section, start + waker.size)) {
        memcpy(m->data + section->offset + start, waker.data, waker.size);
    }
}

/* A stage more, or one less: the model wakes itself, or its waker leaves with all that wake that one. */
static void change_chain(mutant *m, vox_section *section)
{
    const uint32_t start = sizeof(vox_wake_params);
    if (fuzz_below(2) == 0) {
        (void)resize(m, section, start);
        return;
    }
    const mutant whole = *m;
    if (section->size >= start && resize(m, section, start + whole.size)) {
        memcpy(m->data + section->offset + start, whole.data, whole.size);
    }
}

static void change_container(mutant *m, vox_section *section)
{
    switch (fuzz_below(4)) {
    case 0:
        section->tag = sections(m)[fuzz_below(section_count(m))].tag;
        break;
    case 1: /* one that is not known */
        section->tag ^= 0x20202020u;
        break;
    case 2:
        change_field(m->data, &record_header);
        break;
    default:
        change_field((void *)section, &record_section);
    }
}

static void change(mutant *m, const mutant *other)
{
    const unsigned count = section_count(m);
    vox_section *section = count == 0 ? NULL : &sections(m)[fuzz_below(count)];
    vox_section *wake = find(m, VOX_SECTION_WAKE);
    if (wake != NULL && wake->size >= 8 && fuzz_below(2) == 0) {
        if (fuzz_below(32) == 0) {
            change_chain(m, wake);
        } else {
            change_wake(m, wake, other);
        }
        return;
    }
    if (fuzz_below(4) != 0) {
        section = find(m, VOX_SECTION_PROGRAM);
    }
    if (section == NULL || find(m, section->tag) == NULL || section->size < 8) {
        m->data[fuzz_below(m->size)] ^= (uint8_t)(1u << fuzz_below(8));
        return;
    }
    section = find(m, section->tag);
    if (fuzz_below(24) == 0) {
        change_container(m, section);
    } else if (fuzz_below(16) == 0) {
        graft(m, section, other);
    } else if (section->tag == VOX_SECTION_PROGRAM) {
        if (section->size >= sizeof(vox_program_params)) {
            change_program(m, section);
        }
    } else if (section->tag == VOX_SECTION_FRONTEND && fuzz_below(2) == 0) {
        change_frontend(m, section);
    } else if (section->tag == VOX_SECTION_FUNCTIONALS && fuzz_below(4) != 0) {
        change_functionals(m, section);
    } else if (section->tag == VOX_SECTION_DECISION && fuzz_below(4) != 0) {
        change_decision(m, section);
    } else if (section->tag == VOX_SECTION_NORM && fuzz_below(2) != 0) {
        change_one_of(m, section, 0, 1, &record_norm_params);
    } else {
        change_bytes(m, section);
    }
}

void fuzz_mend(mutant *m)
{
    vox_header *header = (void *)m->data;
    header->magic = VOX_MAGIC;
    header->version = find(m, VOX_SECTION_WAKE) == NULL ? VOX_FORMAT_VERSION : VOX_CASCADE_VERSION;
    header->file_size = m->size;
    header->crc = vox_crc32(0, m->data + sizeof *header, m->size - sizeof *header);
}

void fuzz_mutate(mutant *m, const mutant *other)
{
    for (unsigned left = 1u + fuzz_below(fuzz_below(4) == 0 ? 6u : 2u); left > 0; --left) {
        change(m, other);
    }
    if (fuzz_below(64) != 0) {
        fuzz_mend(m);
    }
}
