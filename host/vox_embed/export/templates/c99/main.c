/* Classifies one WAV file: 16-bit PCM, one channel, at the model's rate.
 *
 *     ./classify yes.wav         label, scores and events, for people
 *     ./classify - < yes.wav     the same from standard input, as from a pipe
 *     ./classify --raw yes.wav   the integers themselves, one item a line, for programs:
 *
 *         window <frames> <label> <score> <gated> <posterior of every label>    of the stream, window by window
 *         event <frames> <label> <score> <1 begin, 2 end>
 *         scores <score of every label>                                         of the whole clip
 *         verdict <label> <score>
 *
 * Scores are Q15 (32768 is 1); labels are indices, -1 is unknown, -2 silence; frames are feature frames from the start.
 * Exit status: 0, 1 where the file or the model is at fault, 2 for wrong usage.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model.h"
#include "vox/listener.h"
#include "wav.h"

typedef struct {
    vox_model model;
    vox_listener listener;
    uint64_t memory[VOX_MODEL_LISTENER_SIZE / 8];
} classifier;

static const vox_frontend_params *frontend_of(const classifier *c)
{
    return (const void *)c->model.frontend;
}

static const char *label_name(const classifier *c, int label)
{
    return label == VOX_LABEL_UNKNOWN   ? "(unknown)"
           : label == VOX_LABEL_SILENCE ? "(silence)"
                                        : vox_model_label(&c->model, (unsigned)label);
}

/* Tenths of a percent of a Q15 score. */
static unsigned permille(uint32_t score)
{
    return (unsigned)((score * 1000u + 16384u) >> 15);
}

/* Milliseconds from the start of the file to the end of its feature frame `frames` (1: the first). */
static uint64_t milliseconds(const classifier *c, uint32_t frames)
{
    const vox_frontend_params *p = frontend_of(c);
    return ((uint64_t)(frames - 1u) * p->hop + vox_frontend_span(c->model.frontend)) * 1000u / p->sample_rate;
}

static void print_window(const classifier *c)
{
    const vox_listener *l = &c->listener;
    (void)printf("window %" PRIu32 " %d %u %u", l->frames, l->verdict.label, l->verdict.score, l->gated);
    for (unsigned i = 0; i < vox_model_label_count(&c->model); ++i) {
        (void)printf(" %u", l->posteriors[i]);
    }
    (void)printf("\n");
}

static void print_event(const classifier *c, const vox_event *event, int raw)
{
    if (raw) {
        (void)printf("event %" PRIu32 " %d %u %u\n", event->frame, event->label, event->score, event->kind);
        return;
    }
    const uint64_t ms = milliseconds(c, event->frame);
    (void)printf("%4" PRIu64 ".%02u s  %s %s  %u.%u %%\n", ms / 1000u, (unsigned)(ms % 1000u / 10u),
                 event->kind == VOX_EVENT_BEGIN ? "begin" : "end  ", label_name(c, event->label),
                 permille(event->score) / 10u, permille(event->score) % 10u);
}

/* What one step of the listener brought. */
static void report(const classifier *c, int heard, int raw)
{
    if (raw && (heard & VOX_HEARD_RESULT)) {
        print_window(c);
    }
    if (heard & VOX_HEARD_EVENT) {
        for (unsigned i = 0; i < c->listener.event_count; ++i) {
            print_event(c, &c->listener.events[i], raw);
        }
    }
}

static void print_verdict(const classifier *c, int raw)
{
    uint16_t scores[VOX_MAX_LABELS];
    const vox_verdict verdict = vox_listener_clip(&c->listener, scores);
    const unsigned labels = vox_model_label_count(&c->model);
    if (raw) {
        (void)printf("scores");
        for (unsigned i = 0; i < labels; ++i) {
            (void)printf(" %u", scores[i]);
        }
        (void)printf("\nverdict %d %u\n", verdict.label, verdict.score);
        return;
    }
    (void)printf("%s  %u.%u %%\n", label_name(c, verdict.label), permille(verdict.score) / 10u,
                 permille(verdict.score) % 10u);
    for (unsigned i = 0; i < labels; ++i) {
        (void)printf("    %3u.%u %%  %s\n", permille(scores[i]) / 10u, permille(scores[i]) % 10u,
                     vox_model_label(&c->model, i));
    }
}

static int complain(const char *path, const char *message)
{
    (void)fprintf(stderr, "%s: %s\n", path, message);
    return 1;
}

static int classify(classifier *c, const char *file, int raw)
{
    const char *path = strcmp(file, "-") == 0 ? "standard input" : file;
    const uint32_t rate = frontend_of(c)->sample_rate;
    wav_reader wav;
    if (wav_open(&wav, file) != 0) {
        return complain(path, wav.message);
    }
    if (wav.rate != rate) {
        (void)fprintf(stderr,
                      "%s: sampled at %" PRIu32 " Hz, but this model hears %" PRIu32
                      " Hz; convert it: ffmpeg -i IN -ac 1 -ar %" PRIu32 " -c:a pcm_s16le OUT.wav\n",
                      path, wav.rate, rate, rate);
        wav_close(&wav);
        return 1;
    }
    int16_t block[256];
    int heard_any = 0;
    int got;
    while ((got = wav_read(&wav, block, (int)(sizeof block / sizeof block[0]))) > 0) {
        const int16_t *samples = block;
        size_t count = (size_t)got;
        heard_any = 1;
        while (count > 0) {
            size_t used = 0;
            const int heard = vox_listener_push(&c->listener, samples, count, &used);
            samples += used;
            count -= used;
            report(c, heard, raw);
        }
    }
    wav_close(&wav);
    if (got < 0) {
        return complain(path, wav.message);
    }
    if (!heard_any) {
        return complain(path, "it has no samples");
    }
    if (wav.missing > 0) {
        (void)fprintf(stderr, "%s: ends %" PRIu64 " samples before its header says; what is there was classified\n",
                      path, wav.missing);
    }
    for (int heard = vox_listener_finish(&c->listener); heard != 0; heard = vox_listener_finish(&c->listener)) {
        report(c, heard, raw);
    }
    print_verdict(c, raw);
    return fflush(stdout) == 0 ? 0 : complain("standard output", "cannot be written");
}

int main(int argc, char **argv)
{
    static classifier c;
    const int raw = argc == 3 && strcmp(argv[1], "--raw") == 0;
    if (argc != 2 + raw || (!raw && argv[1][0] == '-' && argv[1][1] != '\0')) {
        (void)fprintf(stderr, "usage: %s [--raw] FILE.wav    (- is standard input)\n", argc > 0 ? argv[0] : "classify");
        return 2;
    }
    int status = vox_model_open(&c.model, vox_model_image.bytes, sizeof vox_model_image.bytes);
    if (status == VOX_OK) {
        status = vox_listener_init(&c.listener, &c.model, c.memory, sizeof c.memory);
    }
    if (status != VOX_OK) {
        (void)fprintf(stderr, "the built-in model does not open: vox_status %d\n", status);
        return 1;
    }
    return classify(&c, argv[1 + raw], raw);
}
