/* Every write of the flash slots, cut: hal/flash_slots.c over a family's flash.c, on a simulated chip. After each failure of
 * power a start must find the model that was kept before or the one that was to be kept, whole; and the same again at the
 * next start, whatever was left half-way. A start's own writes are cut as well. Prints
 * {"cuts": n, "start_cuts": n}; says what went wrong and ends with 1 otherwise. */
#include <setjmp.h>
#include <stdio.h>

#include "flash.c"
#include "flash_slots.c"
#include "nor.h"

#define TORN_STEP (FLASH_PAGE_BYTES < 8u ? 3u : 1u) /* between the eighths of an operation that are done: 0..8 */
#define NONE 0u

static jmp_buf start;
static unsigned long cuts, start_cuts;
static bool with_revisions;

void nor_power_fails(void)
{
    longjmp(start, 1);
}

static void power_on(void)
{
    nor_reboot();
    memset(&transfer, 0, sizeof transfer);
}

static uint8_t model_byte(unsigned model, size_t at)
{
    return (uint8_t)(model * 37u + at * (model + 3u) + (at >> 8));
}

static size_t model_size(unsigned model)
{
    return model == 4u ? FLASH_SECTOR_BYTES + 3u : FLASH_PAGE_BYTES * (model + 1u) + 7u;
}

static uint32_t revision_of(unsigned model)
{
    return with_revisions && model != NONE ? 1000u - 10u * model : 0u; /* most lives bring lower ones */
}

/* As requests.c does: into the slot that does not run, in pieces. Only a part of it where `all` is false. */
static void push(unsigned model, bool all)
{
    const unsigned slot = hal_slot_spare();
    const size_t size = model_size(model), most = all ? size : size / 2u;
    hal_slot_begin(slot, size);
    for (size_t at = 0; at < most; at += 61) {
        uint8_t piece[61];
        const size_t count = most - at < sizeof piece ? most - at : sizeof piece;
        for (size_t i = 0; i < count; ++i) {
            piece[i] = model_byte(model, at + i);
        }
        hal_slot_write(slot, at, piece, count);
    }
    if (all) {
        hal_slot_keep(slot, size, revision_of(model));
    }
}

/* The steps of a board's life: 1.. pushes that model, 100.. half of it, 0 forgets. */
static void carry_out(unsigned step)
{
    if (step == 0) {
        hal_slot_forget();
    } else {
        push(step % 100u, step < 100u);
    }
}

static unsigned after(unsigned step, unsigned kept)
{
    return step >= 100u ? kept : step;
}

/* Which model a start finds: `before` or `then`, or UINT_MAX for neither. */
static unsigned found(unsigned before, unsigned then)
{
    unsigned slot = HAL_SLOTS;
    const size_t size = hal_slot_kept(&slot);
    const unsigned candidates[] = {before, then};
    for (unsigned c = 0; c < 2u; ++c) {
        const unsigned model = candidates[c];
        if (model == NONE ? size == 0 : size == model_size(model)) {
            size_t at = 0;
            while (at < size && hal_slot_data(slot)[at] == model_byte(model, at)) {
                ++at;
            }
            if (at == size) {
                return model;
            }
        }
    }
    return UINT32_MAX;
}

typedef struct {
    uint32_t operation;
    unsigned torn;
    uint32_t seed;
} cut;

/* Carries out a step on what was kept; cut where asked. True if it ended before its cut. */
static bool try_step(unsigned step, const cut *at)
{
    power_on();
    if (setjmp(start) == 0) {
        nor_cut(at->operation, at->torn, at->seed);
        carry_out(step);
        nor_cut(UINT32_MAX, 0, 0);
        return true;
    }
    ++cuts;
    power_on();
    return false;
}

/* A start, cut where asked. True if it ended before its cut. */
static bool try_start(const cut *at)
{
    unsigned slot = HAL_SLOTS;
    power_on();
    if (setjmp(start) == 0) {
        nor_cut(at->operation, at->torn, at->seed);
        (void)hal_slot_kept(&slot);
        nor_cut(UINT32_MAX, 0, 0);
        return true;
    }
    ++cuts;
    ++start_cuts;
    power_on();
    return false;
}

static int complain(const char *what, unsigned step, const cut *first, const cut *second)
{
    printf("%s: step %u, cut at operation %lu (%u eighths)", what, step, (unsigned long)first->operation, first->torn);
    printf(" and %lu (%u eighths)\n", (unsigned long)second->operation, second->torn);
    return 1;
}

static void lay_out(const unsigned *life, unsigned steps)
{
    for (uint32_t sector = 0; sector < NOR_BYTES; sector += FLASH_SECTOR_BYTES) {
        flash_erase(sector);
    }
    for (unsigned i = 0; i < steps; ++i) {
        power_on();
        carry_out(life[i]);
    }
}

/* What a start writes after a cut of the last step is cut, too, at each of its operations. */
static int cut_starts(const unsigned *life, unsigned steps, const cut *one, const unsigned allowed[2], uint32_t highest)
{
    bool ended = false;
    for (uint32_t operation = 0; !ended; ++operation) {
        for (unsigned torn = 0; torn <= 8u && !ended; torn += TORN_STEP) {
            const cut two = {operation, torn, operation * 9u + torn + 5u};
            const unsigned long counted = cuts;
            lay_out(life, steps - 1u);
            (void)try_step(life[steps - 1u], one);
            cuts = counted; /* the same one over and over */
            ended = try_start(&two);
            const unsigned kept = found(allowed[0], allowed[1]);
            if (kept == UINT32_MAX || hal_slot_revision() < highest) {
                return complain("a third model, or a revision is forgotten, after a start", life[steps - 1u], one,
                                &two);
            }
            power_on();
            if (found(allowed[0], allowed[1]) != kept) {
                return complain("two starts differ after a start", life[steps - 1u], one, &two);
            }
        }
    }
    return 0;
}

/* The last step of a life, cut at every operation; then once more after that start, cut again every so often. */
static int live(const unsigned *life, unsigned steps)
{
    const unsigned step = life[steps - 1u];
    unsigned before = NONE;
    uint32_t highest = 0;
    for (unsigned i = 0; i + 1u < steps; ++i) {
        before = after(life[i], before);
        if (before != NONE && revision_of(before) > highest) {
            highest = revision_of(before);
        }
    }
    const unsigned then = after(step, before);
    bool first_ended = false;
    for (uint32_t first = 0; !first_ended; ++first) {
        for (unsigned torn = 0; torn <= 8u; torn += TORN_STEP) {
            bool second_ended = false;
            for (uint32_t second = 0; !second_ended; second += 1u + second / 2u) {
                const cut one = {first, torn, first * 9u + torn}, two = {second, (torn + 3u) % 9u, second};
                lay_out(life, steps - 1u);
                first_ended = try_step(step, &one);
                const unsigned kept = found(before, then);
                if (kept == UINT32_MAX || (first_ended && kept != then)) {
                    return complain("a third model", step, &one, &two);
                }
                if (hal_slot_revision() < highest || (first_ended && hal_slot_revision() < revision_of(then))) {
                    return complain("a revision is forgotten", step, &one, &two);
                }
                power_on();
                if (found(before, then) != kept) {
                    return complain("two starts differ", step, &one, &two);
                }
                second_ended = try_step(step, &two);
                const unsigned again = found(kept, after(step, kept));
                if (hal_slot_revision() < highest) {
                    return complain("a revision is forgotten after two cuts", step, &one, &two);
                }
                if (again == UINT32_MAX || (second_ended && again != after(step, kept))) {
                    return complain("a third model after two cuts", step, &one, &two);
                }
                if (second == 0 && cut_starts(life, steps, &one, (const unsigned[]){before, then}, highest) != 0) {
                    return 1;
                }
                if (first_ended || torn != 3u) { /* twice in a row for one kind of cut */
                    break;
                }
            }
        }
    }
    return 0;
}

/* A byte that keeps its bits, anywhere in the slots: a push or a forgetting that returns true has done its work. */
static int stuck_bytes(void)
{
    for (uint32_t offset = header_offset(0); offset < header_offset(0) + sizeof(slot_header); ++offset) {
        static const unsigned life[] = {1, 2};
        lay_out(life, 2);
        nor_stick(offset);
        power_on();
        const bool kept =
            hal_slot_begin(0, 8) && hal_slot_write(0, 0, (const uint8_t *)"12345678", 8) && hal_slot_keep(0, 8, 0);
        power_on();
        unsigned slot = HAL_SLOTS;
        const size_t size = hal_slot_kept(&slot);
        if (kept != (size == 8u && slot == 0) || (!kept && found(2, 2) != 2)) {
            return complain("a stuck byte", (unsigned)offset, &(cut){0, 0, 0}, &(cut){0, 0, 0});
        }
        const bool forgotten = hal_slot_forget();
        if (forgotten != (hal_slot_kept(&slot) == 0)) {
            return complain("a stuck byte that is not forgotten", (unsigned)offset, &(cut){0, 0, 0}, &(cut){0, 0, 0});
        }
        nor_stick(UINT32_MAX);
    }
    return 0;
}

/* The order of headers goes on across 2^32. */
static int order_wraps(void)
{
    static const unsigned life[] = {1};
    lay_out(life, 1);
    slot_header header;
    read_header(0, &header);
    header.order = UINT32_MAX - 1u;
    header.crc = crc_of(&header);
    flash_erase(header_offset(0));
    write_header(0, &header);
    for (unsigned model = 2; model < 7u; ++model) {
        power_on();
        push(model, true);
        power_on();
        if (found(model, model) != model) {
            return complain("the order wraps", model, &(cut){0, 0, 0}, &(cut){0, 0, 0});
        }
    }
    return 0;
}

int main(void)
{
    static const unsigned lives[][5] = {
        {1, 1},            /* the first push, cut; how many steps, then the steps */
        {2, 1, 2},         /* a second */
        {3, 1, 2, 3},      /* a third, over the first one's slot */
        {4, 1, 2, 103, 4}, /* after a push that was given up */
        {2, 1, 0},         /* forgets the only one */
        {3, 1, 2, 0},      /* forgets, with an older one in the other slot */
        {4, 1, 2, 3, 0},
        {4, 1, 0, 2, 0},
        {3, 1, 0, 2},
    };
    for (unsigned i = 0; i < 2u * sizeof lives / sizeof lives[0]; ++i) {
        const unsigned *life = lives[i / 2u];
        with_revisions = i % 2u != 0;
        if (live(life + 1, life[0]) != 0) {
            return 1;
        }
    }
    with_revisions = false;
    if (stuck_bytes() != 0 || order_wraps() != 0) {
        return 1;
    }
    printf("{\"cuts\": %lu, \"start_cuts\": %lu}\n", cuts, start_cuts);
    return 0;
}
