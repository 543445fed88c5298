/* A day of sound through the device program:  day SEED SECONDS MODEL.vxm OTHER.vxm
 *
 * A host sends it over a bad line (line.h), or the microphone hears it, time compressed. In between there is what happens in
 * a day: other models are pushed, some of them cut off; streams are reset; power fails, also in the midst of a flash write;
 * clips, runs of the network, questions, nobody who reads, more bytes than the board can take, half an hour of silence.
 * Counters start near their wraps (those that wrap here are counted; tests/unit/test_wraps.py has all of them).
 *
 * A listener that no fault reaches (reference.h) has to say the same, and every sample is accounted for: taken, counted as
 * lost by the board, or given up because power, a reset or a new model ended the sound under way. Nothing is written behind
 * what the model said it needs, and nothing is taken from the heap. Prints one JSON object; says what is wrong and ends with
 * 1 otherwise. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "line.h"
#include "nor.h"
#include "reference.h"
#include "vox/nn.h"

const uint8_t app_builtin_model[1] = {0};
const uint32_t app_builtin_model_size = 0;

size_t __sanitizer_get_current_allocated_bytes(void);

#define RATE 8000u
#define BLOCK (16u * VOX_CLIP_CHUNK)
#define RING 4096u    /* samples, of the board's microphone */
#define RECEIVE 2048u /* bytes, of its line */
#define NONE 2u       /* no model */
#define GUARD 0xA5u
#define REPORTS (VOX_STREAM_RESULTS | VOX_STREAM_EVENTS)
#define MODEL_BYTES 32768u

static struct {
    unsigned long long goal, sent, taken, lost, given_up; /* samples */
    unsigned long live, microphone, clips, runs, pushes, pushes_cut, resets, forgotten, power_cuts, cuts_in_writes;
    unsigned long statistics, stalls, overruns, offset_wraps, number_wraps, clock_wraps;
} day;

/* Of this life of the board. */
static struct {
    uint32_t samples_lost;
    uint32_t first_frames, first_windows, first_events; /* what its numbers start from, near their wraps now and then */
    bool wrapped;
} life;

static struct {
    _Alignas(8) uint8_t data[MODEL_BYTES];
    uint32_t size, crc;
    vox_model model;
} models[2];

static jmp_buf power_failed;
static uint32_t running = NONE, may_be = NONE; /* the model in use; the one that a failure of power may have let in */
static uint8_t hello[240], statistics[64], output[4096];
static uint32_t output_size;
static int16_t sound[RING + BLOCK];

void nor_power_fails(void)
{
    longjmp(power_failed, 1);
}

void soak_seen(const vox_link_frame *frame)
{
    if (frame->type == VOX_MSG_HELLO) {
        memcpy(hello, frame->payload, frame->size);
    } else if (frame->type == VOX_MSG_STATS) {
        memcpy(statistics, frame->payload, frame->size);
    } else if (frame->type == VOX_MSG_RUN_OUTPUT) {
        const uint32_t at = vox_get_u32(frame->payload), count = frame->size - 8u;
        CHECK(at + count <= sizeof output);
        memcpy(output + at, frame->payload + 8, count);
        output_size = at + count;
    } else {
        reference_compare(frame);
    }
}

/* ---- sound: tones, noise, bursts and silence, which is long at times ---- */

static void make_sound(int16_t *samples, uint32_t count)
{
    static uint32_t left, kind, step, phase, noise = 1, loudness;
    for (uint32_t i = 0; i < count; ++i) {
        if (left == 0) {
            kind = soak_below(5);
            left = kind == 0 && soak_below(150) == 0 ? soak_below(1800u * RATE) : 1u + soak_below(3u * RATE);
            step = (100u + soak_below(3000)) * (UINT32_MAX / RATE);
            loudness = 1u + soak_below(14);
        }
        --left;
        phase += step;
        noise = noise * 1664525u + 1013904223u;
        const int32_t hiss = (int32_t)(noise >> 16) - 32768, tooth = (int32_t)(phase >> 16) - 32768;
        const int32_t mixed[] = {0, tooth, hiss, (tooth + hiss) / 2, (i & 512u) != 0 ? hiss : tooth / 64};
        samples[i] = (int16_t)(mixed[kind] * (int32_t)(1u << loudness) / 32768);
    }
    day.sent += count;
    const uint32_t before = board.millis;
    board.millis += count / (RATE / 1000u);
    day.clock_wraps += board.millis < before;
}

/* ---- counters and memory ---- */

static void ask_statistics(void)
{
    const uint8_t what = VOX_QUERY_STATS;
    memset(statistics, 0xFF, sizeof statistics);
    CHECK(line_command(VOX_MSG_QUERY, &what, 1) == VOX_OK);
    ++day.statistics;
}

/* As the reference has counted. */
static void check_statistics(void)
{
    ask_statistics();
    CHECK(vox_get_u32(statistics) == board.millis);
    CHECK(vox_get_u32(statistics + 4) == life.first_frames + reference.life_frames);
    CHECK(vox_get_u32(statistics + 8) == life.first_windows + reference.life_windows);
    CHECK(vox_get_u32(statistics + 12) == life.first_events + reference.life_events);
    CHECK(vox_get_u32(statistics + 24) == board.bytes_lost && vox_get_u32(statistics + 28) == line.unsent);
    CHECK(vox_get_u32(statistics + 32) == life.samples_lost);
    if (vox_get_u32(statistics + 4) < life.first_frames && !life.wrapped) {
        ++day.number_wraps;
        life.wrapped = true;
    }
}

/* Behind what the model said it needs, nothing is written. */
static void guard_arena(bool check)
{
    const size_t used = vox_listener_size(&app.model);
    for (size_t i = used; i < VOX_ARENA_BYTES && app.model_status == VOX_OK; ++i) {
        CHECK(!check || app.listener.arena[i] == GUARD);
        app.listener.arena[i] = GUARD;
    }
}

/* ---- power, models ---- */

static uint32_t model_in_use(void)
{
    const uint8_t what = VOX_QUERY_HELLO;
    CHECK(line_command(VOX_MSG_QUERY, &what, 1) == VOX_OK);
    for (uint32_t m = 0; m < NONE; ++m) {
        if (hello[5] == VOX_MODEL_PUSHED && vox_get_u32(hello + 28) == 0 && vox_get_u32(hello + 36) == models[m].size &&
            vox_get_u32(hello + 32) == vox_get_u32(models[m].data + 12)) {
            return m;
        }
    }
    CHECK(hello[5] == VOX_MODEL_NONE && (int32_t)vox_get_u32(hello + 28) == VOX_ERR_STATE);
    return NONE;
}

/* What power leaves of the device program. Flash stays. */
static void power_on(void)
{
    nor_cut(UINT32_MAX, 0, 0);
    reference_power_on();
    line_power_on();
    board_reset();
    memset(&life, 0, sizeof life);
    memset(&app, 0x5A, sizeof app);
    board.millis = soak_below(4) == 0 ? UINT32_MAX - soak_below(600000) : 0;
    app_start(&app);
    if (soak_below(4) == 0) {
        app.frames = life.first_frames = UINT32_MAX - soak_below(500);
        app.windows = life.first_windows = UINT32_MAX - soak_below(100);
        app.events = life.first_events = UINT32_MAX - soak_below(10);
        app.repeats = app.decoder.frames = app.decoder.errors = UINT32_MAX - soak_below(20);
    }
    const uint32_t found = model_in_use();
    CHECK(found == running || found == may_be);
    running = may_be = found;
    guard_arena(false);
}

static void cut_power(void)
{
    ++day.power_cuts;
    power_on();
}

static uint32_t other_model(void)
{
    return running == 0 ? 1u : 0u;
}

/* MODEL_BEGIN and MODEL_DATA of the first bytes. */
static void transfer(uint32_t model, uint32_t crc, uint32_t bytes)
{
    uint8_t payload[8];
    vox_put_u32(vox_put_u32(payload, models[model].size), crc);
    CHECK(line_command(VOX_MSG_MODEL_BEGIN, payload, 8) == VOX_OK);
    line_data(VOX_MSG_MODEL_DATA, 0, models[model].data, bytes, 1, VOX_MODEL_CHUNK);
}

static void commit(void)
{
    may_be = other_model();
    CHECK(line_command(VOX_MSG_MODEL_COMMIT, NULL, 0) == VOX_OK);
    running = may_be;
    guard_arena(false);
    ++day.pushes;
}

static void transfer_other(void)
{
    const uint32_t next = other_model();
    transfer(next, models[next].crc, models[next].size);
}

static void push(void)
{
    transfer_other();
    CHECK(model_in_use() == running); /* until it is committed */
    commit();
    CHECK(model_in_use() == running);
}

static void reset_streams(void)
{
    const uint8_t what = VOX_RESET_STREAMS;
    CHECK(line_command(VOX_MSG_RESET, &what, 1) == VOX_OK);
    ++day.resets;
}

/* A push that ends before its time: the old model stays. */
static void push_and_stop(void)
{
    const uint32_t next = other_model(), size = models[next].size;
    ++day.pushes_cut;
    switch (soak_below(5)) {
    case 0: /* damaged somewhere */
        transfer(next, models[next].crc ^ 1u, size);
        CHECK(line_command(VOX_MSG_MODEL_COMMIT, NULL, 0) == VOX_ERR_CRC);
        break;
    case 1:
        transfer(next, models[next].crc, soak_below(size));
        CHECK(line_command(VOX_MSG_MODEL_COMMIT, NULL, 0) == VOX_ERR_TRUNCATED);
        break;
    case 2: /* nobody goes on with it */
        transfer(next, models[next].crc, soak_below(size));
        break;
    default:
        nor_cut(soak_below(1u + 2u * size / 256u), soak_below(9), soak_draw());
        transfer_other();
        commit();
        nor_cut(UINT32_MAX, 0, 0); /* too late */
        --day.pushes_cut;
    }
}

static void forget_model(void)
{
    const uint8_t what = VOX_RESET_MODEL;
    may_be = NONE;
    CHECK(line_command(VOX_MSG_RESET, &what, 1) == VOX_OK);
    running = NONE;
    ++day.forgotten;
    uint8_t payload[6];
    vox_put_u16(vox_put_u32(payload, VOX_CLIP_LIVE), REPORTS);
    CHECK(line_command(VOX_MSG_CLIP_BEGIN, payload, 6) == VOX_ERR_STATE);
}

/* ---- what happens beside the sound ---- */

static void nobody_reads(void)
{
    const uint8_t what = VOX_QUERY_STATS;
    const uint32_t harm = line.one_in;
    line.one_in = 0;
    board_receive(&(const uint8_t){0}, 1); /* ends a frame that was cut */
    line_settle();
    board.line_takes = 0;
    for (uint32_t i = 1u + soak_below(20); i > 0; --i) {
        line_post(VOX_MSG_QUERY, &what, 1);
        line_settle();
        line.unsent += 2u; /* STATS, ACK */
    }
    board.line_takes = SIZE_MAX;
    line.one_in = harm;
    ++day.stalls;
}

/* More than the board's buffer takes: the rest is lost, and counted. */
static void too_much(void)
{
    uint8_t bytes[RECEIVE + 500u];
    const uint32_t count = RECEIVE - 200u + soak_below(700);
    for (uint32_t i = 0; i < count; ++i) {
        bytes[i] = (uint8_t)(soak_draw() | 1u);
    }
    line_settle();
    const uint32_t before = board.bytes_lost;
    board_receive(bytes, count);
    CHECK(board.bytes_lost - before == (count > RECEIVE ? count - RECEIVE : 0u));
    line_settle();
    ++day.overruns;
}

static void beside(void)
{
    static const uint32_t weather[] = {0, 0, 2000, 300, 50, 8};
    uint8_t payload[5];
    switch (soak_below(7)) {
    case 0:
        line.one_in = weather[soak_below(6)];
        break;
    case 1:
        nobody_reads();
        break;
    case 2:
        too_much();
        break;
    case 3:
        *vox_put_u32(payload, soak_below(3) * 60000u) = (uint8_t)soak_below(3);
        CHECK(line_command(VOX_MSG_SETTINGS, payload, 5) == VOX_OK);
        break;
    case 4: /* begins, and is left there; or power fails in it */
        if (soak_below(4) == 0) {
            nor_cut(soak_below(20), soak_below(9), soak_draw());
        }
        transfer(other_model(), 0, soak_below(models[other_model()].size));
        nor_cut(UINT32_MAX, 0, 0);
        ++day.pushes_cut;
        break;
    default:
        check_statistics();
    }
}

/* ---- sound from the host and from the microphone ---- */

static void begin(uint32_t samples, uint16_t mask)
{
    uint8_t payload[6];
    vox_put_u16(vox_put_u32(payload, samples), mask);
    CHECK(line_command(VOX_MSG_CLIP_BEGIN, payload, 6) == VOX_OK);
}

/* The rest of a block is given up: what the board has taken of it is heard, what was under way is not. */
static void broken_off(uint32_t taken_before, const int16_t *samples, uint32_t count)
{
    const uint32_t taken = (app.taken - taken_before) & VOX_OFFSET_MASK;
    CHECK(taken <= count);
    reference_take(samples, taken);
    reference_settled(true);
    day.taken += taken;
    day.given_up += count - taken;
}

/* Sound under way, and the board in the midst of it, when something ends it. */
static void break_off(uint32_t taken_before, const int16_t *samples, uint32_t count)
{
    const bool in_a_window = soak_below(2) == 0;
    for (uint32_t left = in_a_window ? UINT32_MAX : soak_below(40); left > 0 && app_poll(&app); --left) {
        if (in_a_window && app.listener.due) {
            line_rounds(soak_below(2));
            break;
        }
    }
    const uint32_t how = soak_below(3);
    if (how == 0) {
        broken_off(taken_before, samples, count); /* first: nothing is left of the program then */
        cut_power();
        return;
    }
    if (how == 1 && app.transfer.open && app.transfer.received == app.transfer.size) {
        commit();
    } else {
        reset_streams();
    }
    broken_off(taken_before, samples, count);
}

/* Numbers of this sound near their wraps, now and then. */
static void begin_live(uint16_t mask)
{
    begin(VOX_CLIP_LIVE, mask);
    uint32_t frames = 0, windows = 0, numbers = 0;
    if (soak_below(8) == 0) {
        frames = UINT32_MAX - soak_below(500);
        windows = UINT32_MAX - soak_below(100);
        numbers = UINT32_MAX - soak_below(10);
        app.listener.frames += frames;
        app.listener.next_window += frames;
        app.listener.windows += windows;
        app.event_number = numbers;
        app.taken = VOX_OFFSET_MASK - soak_below(20u * BLOCK);
    }
    reference_begin(&models[running].model, mask, frames, windows, numbers);
}

static uint32_t some_blocks(void) /* of 0.24 s */
{
    const uint32_t blocks = soak_below(40) == 0 ? 1u + soak_below(15000) : 1u + soak_below(200);
    const unsigned long long left = day.sent < day.goal ? (day.goal - day.sent) / BLOCK : 0;
    return blocks < left ? blocks : (uint32_t)left + 1u;
}

static void live(void)
{
    begin_live(REPORTS);
    ++day.live;
    for (uint32_t blocks = some_blocks(); blocks > 0; --blocks) {
        const uint32_t before = app.taken;
        make_sound(sound, BLOCK);
        if (blocks == 1u && soak_below(2) == 0) {
            transfer_other();
        }
        if (blocks == 1u && soak_below(2) == 0) {
            line_post_data(VOX_MSG_CLIP_AUDIO, before, (const uint8_t *)sound, BLOCK, 2, VOX_CLIP_CHUNK);
            break_off(before, sound, BLOCK);
            return;
        }
        line_data(VOX_MSG_CLIP_AUDIO, before, (const uint8_t *)sound, BLOCK, 2, VOX_CLIP_CHUNK);
        reference_take(sound, BLOCK);
        reference_settled(false);
        day.taken += BLOCK;
        day.offset_wraps += app.taken < before;
        if (soak_below(100) == 0) {
            beside();
        }
    }
    if (soak_below(4) != 0) {
        reference_finish(false, app.taken);
        CHECK(line_command(VOX_MSG_CLIP_END, NULL, 0) == VOX_OK);
        reference_settled(false);
    }
}

/* The board's buffer holds RING samples while it is busy; what comes on top is lost, and counted. */
static void microphone(void)
{
    uint8_t mask[2];
    vox_put_u16(mask, REPORTS);
    CHECK(line_command(VOX_MSG_STREAM, mask, 2) == VOX_OK && board_microphone_rate() == RATE);
    reference_begin(&models[running].model, REPORTS, 0, 0, 0);
    ++day.microphone;
    for (uint32_t blocks = 1u + soak_below(200); blocks > 0; --blocks) {
        const uint32_t count = soak_below(20) == 0 ? RING + soak_below(BLOCK) : 1u + soak_below(BLOCK);
        const uint32_t kept = count < RING ? count : RING, before = app.taken;
        make_sound(sound, count);
        board_hear(sound, count);
        day.lost += count - kept;
        life.samples_lost += count - kept;
        if (blocks == 1u && soak_below(2) == 0) {
            break_off(before, sound, kept);
            return;
        }
        line_settle();
        CHECK(app.taken == ((before + kept) & VOX_OFFSET_MASK));
        reference_take(sound, kept);
        reference_settled(false);
        day.taken += kept;
        if (soak_below(50) == 0) {
            beside();
        }
    }
    vox_put_u16(mask, 0);
    CHECK(line_command(VOX_MSG_STREAM, mask, 2) == VOX_OK && board_microphone_rate() == 0);
}

static void clip(void)
{
    const uint16_t mask = (uint16_t)(REPORTS | (soak_below(2) == 0 ? VOX_STREAM_FEATURES : 0u));
    const uint32_t samples = 1u + soak_below(5u * RATE);
    begin(samples, mask);
    reference_begin(&models[running].model, mask, 0, 0, 0);
    for (uint32_t at = 0; at < samples;) {
        const uint32_t count = samples - at < BLOCK ? samples - at : BLOCK;
        make_sound(sound, count);
        line_data(VOX_MSG_CLIP_AUDIO, at, (const uint8_t *)sound, count, 2, VOX_CLIP_CHUNK);
        reference_take(sound, count);
        reference_settled(false);
        day.taken += count;
        at += count;
    }
    reference_finish(true, samples);
    CHECK(line_command(VOX_MSG_CLIP_END, NULL, 0) == VOX_OK);
    reference_settled(false);
    ++day.clips;
}

static void run_network(void)
{
    uint8_t input[4096];
    const vox_model *model = &models[running].model;
    const uint32_t size = (uint32_t)vox_program_input_size(model);
    CHECK(size <= sizeof input);
    for (uint32_t i = 0; i < size; ++i) {
        input[i] = (uint8_t)soak_draw();
    }
    CHECK(line_command(VOX_MSG_RUN_BEGIN, NULL, 0) == VOX_OK);
    line_data(VOX_MSG_RUN_INPUT, 0, input, size, 1, VOX_RUN_CHUNK);
    output_size = 0;
    CHECK(line_command(VOX_MSG_RUN, NULL, 0) == VOX_OK);
    reference_run(model, input, size, output, output_size);
    ++day.runs;
}

static void one_thing(void)
{
    if (running == NONE) {
        push();
    }
    switch (soak_below(16)) {
    case 0:
        push();
        break;
    case 1:
    case 2:
        push_and_stop();
        break;
    case 3:
        cut_power();
        break;
    case 4:
        run_network();
        break;
    case 5:
    case 6:
        microphone();
        break;
    case 7:
    case 8:
        clip();
        break;
    case 9:
        beside();
        break;
    case 10:
        if (soak_below(8) == 0) {
            nor_cut(soak_below(4), soak_below(9), soak_draw());
            forget_model();
            nor_cut(UINT32_MAX, 0, 0);
        }
        break;
    default:
        live();
    }
    if (running != NONE) {
        guard_arena(true);
    }
    if (soak_below(4) == 0) {
        check_statistics();
    }
}

static void read_model(unsigned m, const char *path)
{
    FILE *in = fopen(path, "rb");
    CHECK(in != NULL);
    models[m].size = (uint32_t)fread(models[m].data, 1, MODEL_BYTES, in);
    fclose(in);
    models[m].crc = vox_crc32(0, models[m].data, models[m].size);
    CHECK(vox_model_open(&models[m].model, models[m].data, models[m].size) == VOX_OK);
}

static void print_day(unsigned long long seed, size_t heap)
{
    printf("{\"seed\": %llu, \"sent\": %llu, \"taken\": %llu, \"lost\": %llu, \"given_up\": %llu,\n", seed, day.sent,
           day.taken, day.lost, day.given_up);
    printf(" \"frames\": %lu, \"windows\": %lu, \"events\": %lu, \"verdicts\": %lu, \"broken_windows\": %lu,\n",
           reference.frames, reference.windows, reference.events, reference.clips, reference.broken);
    printf(
        " \"live\": %lu, \"microphone\": %lu, \"clips\": %lu, \"runs\": %lu, \"pushes\": %lu, \"pushes_cut\": %lu,\n",
        day.live, day.microphone, day.clips, day.runs, day.pushes, day.pushes_cut);
    printf(" \"resets\": %lu, \"forgotten\": %lu, \"power_cuts\": %lu, \"cuts_in_writes\": %lu,\n", day.resets,
           day.forgotten, day.power_cuts, day.cuts_in_writes);
    printf(" \"requests\": %lu, \"resent\": %lu, \"harmed_down\": %lu, \"reports\": %lu, \"missed\": %lu, "
           "\"harmed_up\": %lu,\n",
           line.requests, line.resent, line.harmed_down, line.all_reports, line.all_missed, line.all_harm_up);
    printf(" \"statistics\": %lu, \"stalls\": %lu, \"overruns\": %lu, \"offset_wraps\": %lu, \"number_wraps\": %lu, "
           "\"clock_wraps\": %lu, \"heap\": %zu}\n",
           day.statistics, day.stalls, day.overruns, day.offset_wraps, day.number_wraps, day.clock_wraps, heap);
}

int main(int argc, char **argv)
{
    CHECK(argc == 5);
    static unsigned long long seed;
    static size_t heap;
    seed = strtoull(argv[1], NULL, 10);
    day.goal = strtoull(argv[2], NULL, 10) * RATE;
    soak_seed(seed);
    read_model(0, argv[3]);
    read_model(1, argv[4]);
    heap = __sanitizer_get_current_allocated_bytes();
    power_on();
    while (day.sent < day.goal) {
        if (setjmp(power_failed) != 0) {
            ++day.cuts_in_writes;
            cut_power();
        }
        one_thing();
    }
    line_power_on(); /* sums up */
    CHECK(day.sent == day.taken + day.lost + day.given_up);
    heap = __sanitizer_get_current_allocated_bytes() - heap;
    CHECK(heap == 0);
    print_day(seed, heap);
    return 0;
}
