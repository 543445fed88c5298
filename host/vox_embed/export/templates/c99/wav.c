#include "wav.h"

#include <errno.h>
#include <string.h>

#define FORMAT_PCM 1u
#define FORMAT_EXTENSIBLE 0xFFFEu

static uint32_t little16(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

static uint32_t little32(const unsigned char *bytes)
{
    return little16(bytes) | little16(bytes + 2) << 16;
}

static int fail(wav_reader *reader, const char *message)
{
    (void)snprintf(reader->message, sizeof reader->message, "%s", message);
    wav_close(reader);
    return -1;
}

/* Reads and drops: fseek would not work on a pipe. */
static int skip(FILE *file, uint32_t bytes)
{
    unsigned char dropped[256];
    while (bytes > 0) {
        const size_t piece = bytes < sizeof dropped ? bytes : sizeof dropped;
        if (fread(dropped, 1, piece, file) != piece) {
            return -1;
        }
        bytes -= (uint32_t)piece;
    }
    return 0;
}

/* The "fmt " chunk: 16 bytes at least, 40 in its extensible form, whose first GUID bytes say what the format is. */
static int read_format(wav_reader *reader, uint32_t size)
{
    unsigned char bytes[40] = {0};
    const uint32_t kept = size < sizeof bytes ? size : (uint32_t)sizeof bytes;
    if (size < 16 || fread(bytes, 1, kept, reader->file) != kept ||
        skip(reader->file, size - kept + (size & 1u)) != 0) {
        return fail(reader, "its format chunk is cut short");
    }
    uint32_t format = little16(bytes);
    const uint32_t channels = little16(bytes + 2);
    const uint32_t bits = little16(bytes + 14);
    if (format == FORMAT_EXTENSIBLE && size >= 40) {
        format = little16(bytes + 24);
    }
    reader->rate = little32(bytes + 4);
    if (format != FORMAT_PCM || bits != 16 || channels != 1) {
        (void)snprintf(reader->message, sizeof reader->message,
                       "expected 16-bit PCM with 1 channel, found format %u with %u bits and %u channel%s",
                       (unsigned)format, (unsigned)bits, (unsigned)channels, channels == 1 ? "" : "s");
        wav_close(reader);
        return -1;
    }
    return 0;
}

int wav_open(wav_reader *reader, const char *path)
{
    unsigned char head[12];
    int have_format = 0;
    memset(reader, 0, sizeof *reader);
    reader->file = fopen(path, "rb");
    if (reader->file == NULL) {
        return fail(reader, strerror(errno));
    }
    if (fread(head, 1, 12, reader->file) != 12 || memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "WAVE", 4) != 0) {
        return fail(reader, "not a WAV file");
    }
    while (fread(head, 1, 8, reader->file) == 8) {
        const uint32_t size = little32(head + 4);
        if (memcmp(head, "fmt ", 4) == 0) {
            if (read_format(reader, size) != 0) {
                return -1;
            }
            have_format = 1;
        } else if (memcmp(head, "data", 4) == 0) {
            if (!have_format) {
                return fail(reader, "its samples come before their format");
            }
            reader->left = size == 0xFFFFFFFFu ? WAV_UNTIL_END : size / 2u;
            return 0;
        } else if (skip(reader->file, size) != 0 || skip(reader->file, size & 1u) != 0) {
            break;
        }
    }
    return fail(reader, "it has no samples: no data chunk was found");
}

int wav_read(wav_reader *reader, int16_t *samples, int count)
{
    int done = 0;
    while (done < count && reader->left > 0) {
        unsigned char bytes[2];
        if (fread(bytes, 1, 2, reader->file) != 2) {
            if (reader->left == WAV_UNTIL_END && !ferror(reader->file)) {
                reader->left = 0;
                return done;
            }
            return fail(reader, "it ends before the samples that its header promises");
        }
        const int32_t value = (int32_t)little16(bytes);
        samples[done++] = (int16_t)(value < 32768 ? value : value - 65536);
        if (reader->left != WAV_UNTIL_END) {
            --reader->left;
        }
    }
    return done;
}

void wav_close(wav_reader *reader)
{
    if (reader->file != NULL) {
        (void)fclose(reader->file);
        reader->file = NULL;
    }
}
