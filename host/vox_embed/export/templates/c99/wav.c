#include "wav.h"

#include <errno.h>
#include <string.h>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

#define FORMAT_PCM 1u
#define FORMAT_EXTENSIBLE 0xFFFEu
#define NOT_KNOWN 0xFFFFFFFFu

/* What a format's first two bytes stand before in the extensible form: the end of its GUID. */
static const unsigned char guid_end[14] = {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71};

typedef struct {
    uint64_t riff; /* bytes that the file says it has, behind its first 8 */
    uint64_t read; /* bytes read so far, behind the first 8 */
    uint64_t data; /* bytes of the samples that an RF64 file gives before them; NOT_KNOWN: none */
    int have_format;
} progress;

static uint32_t little16(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

static uint32_t little32(const unsigned char *bytes)
{
    return little16(bytes) | little16(bytes + 2) << 16;
}

static uint64_t little64(const unsigned char *bytes)
{
    return little32(bytes) | (uint64_t)little32(bytes + 4) << 32;
}

static int fail(wav_reader *reader, const char *message)
{
    (void)snprintf(reader->message, sizeof reader->message, "%s", message);
    wav_close(reader);
    return -1;
}

/* As many bytes, or the reason why not. */
static int get(wav_reader *reader, progress *at, void *bytes, size_t count, const char *otherwise)
{
    errno = 0;
    if (fread(bytes, 1, count, reader->file) != count) {
        return fail(reader, ferror(reader->file) && errno != 0 ? strerror(errno) : otherwise);
    }
    at->read += count;
    return 0;
}

/* Reads and drops: fseek would not work on a pipe. */
static int skip(wav_reader *reader, progress *at, uint64_t bytes, const char *otherwise)
{
    unsigned char dropped[256];
    while (bytes > 0) {
        const size_t piece = bytes < sizeof dropped ? (size_t)bytes : sizeof dropped;
        if (get(reader, at, dropped, piece, otherwise) != 0) {
            return -1;
        }
        bytes -= piece;
    }
    return 0;
}

/* Behind a chunk of odd size comes a zero, which some programs forget: no name of a chunk begins with one. */
static void skip_padding(wav_reader *reader, progress *at, uint32_t size)
{
    if ((size & 1u) == 0) {
        return;
    }
    const int next = getc(reader->file);
    if (next == 0) {
        ++at->read;
    } else if (next != EOF) {
        (void)ungetc(next, reader->file);
    }
}

/* The "fmt " chunk: 16 bytes at least, 40 in its extensible form, whose GUID says what the format is. */
static int read_format(wav_reader *reader, progress *at, uint32_t size)
{
    static const char cut[] = "its format chunk is cut short";
    unsigned char bytes[40] = {0};
    const uint32_t kept = size < sizeof bytes ? size : (uint32_t)sizeof bytes;
    if (size < 16) {
        return fail(reader, cut);
    }
    if (get(reader, at, bytes, kept, cut) != 0 || skip(reader, at, size - kept, cut) != 0) {
        return -1;
    }
    uint32_t format = little16(bytes);
    const uint32_t channels = little16(bytes + 2);
    const uint32_t bits = little16(bytes + 14);
    if (format == FORMAT_EXTENSIBLE && size >= 40 && memcmp(bytes + 26, guid_end, sizeof guid_end) == 0) {
        format = little16(bytes + 24);
    }
    reader->rate = little32(bytes + 4);
    if (format != FORMAT_PCM || bits != 16 || channels != 1) {
        (void)snprintf(reader->message, sizeof reader->message,
                       "expected 16-bit PCM with 1 channel, found format %u with %u bits and %u channel%s; "
                       "convert it: ffmpeg -i IN -ac 1 -c:a pcm_s16le OUT.wav",
                       (unsigned)format, (unsigned)bits, (unsigned)channels, channels == 1 ? "" : "s");
        wav_close(reader);
        return -1;
    }
    at->have_format = 1;
    return 0;
}

/* The "ds64" chunk of an RF64 file: the sizes that do not fit 32 bits. */
static int read_sizes(wav_reader *reader, progress *at, uint32_t size)
{
    static const char cut[] = "its ds64 chunk is cut short";
    unsigned char bytes[16];
    if (size < sizeof bytes) {
        return fail(reader, cut);
    }
    if (get(reader, at, bytes, sizeof bytes, cut) != 0 || skip(reader, at, size - sizeof bytes, cut) != 0) {
        return -1;
    }
    at->riff = little64(bytes);
    at->data = little64(bytes + 8);
    return 0;
}

/* How many samples there are. Programs that write to a pipe do not know it, and give the largest size that they can
 * think of, some 2^31 or 2^32; or 0, as do recordings that were broken off before their header was completed. */
static uint64_t samples_of(const progress *at, uint32_t size)
{
    if (size == NOT_KNOWN && at->data != NOT_KNOWN) {
        const int known = at->data != 0 && at->data < UINT64_MAX - 0xFFFFu;
        return known ? at->data / 2u : WAV_UNTIL_END;
    }
    if ((size >= 0x7FFF0000u && size <= 0x80000000u) || size >= 0xFFFF0000u) {
        return WAV_UNTIL_END;
    }
    if (size == 0 && (at->riff <= at->read || at->riff >= 0x7FFF0000u)) {
        return WAV_UNTIL_END;
    }
    return size / 2u;
}

static int find_samples(wav_reader *reader, progress *at)
{
    static const char none[] = "it has no samples: no data chunk was found";
    unsigned char head[8];
    for (;;) {
        if (get(reader, at, head, sizeof head, none) != 0) {
            return -1;
        }
        const uint32_t size = little32(head + 4);
        if (memcmp(head, "data", 4) == 0) {
            reader->left = samples_of(at, size);
            return at->have_format ? 0 : fail(reader, "its samples come before their format");
        }
        if (memcmp(head, "fmt ", 4) == 0) {
            if (read_format(reader, at, size) != 0) {
                return -1;
            }
        } else if (memcmp(head, "ds64", 4) == 0) {
            if (read_sizes(reader, at, size) != 0) {
                return -1;
            }
        } else if (skip(reader, at, size, none) != 0) {
            return -1;
        }
        skip_padding(reader, at, size);
    }
}

int wav_open(wav_reader *reader, const char *path)
{
    static const char other[] = "not a WAV file; convert it: ffmpeg -i IN -ac 1 -c:a pcm_s16le OUT.wav";
    unsigned char head[12];
    progress at = {0, 0, NOT_KNOWN, 0};
    memset(reader, 0, sizeof *reader);
    if (strcmp(path, "-") == 0) {
        reader->file = stdin;
#ifdef _WIN32
        (void)_setmode(_fileno(stdin), _O_BINARY);
#endif
    } else {
        reader->file = fopen(path, "rb");
    }
    if (reader->file == NULL) {
        return fail(reader, strerror(errno));
    }
    if (get(reader, &at, head, sizeof head, other) != 0) {
        return -1;
    }
    const int wide = memcmp(head, "RF64", 4) == 0 || memcmp(head, "BW64", 4) == 0;
    if ((!wide && memcmp(head, "RIFF", 4) != 0) || memcmp(head + 8, "WAVE", 4) != 0) {
        return fail(reader, other);
    }
    at.riff = little32(head + 4);
    at.read -= 8;
    return find_samples(reader, &at);
}

int wav_read(wav_reader *reader, int16_t *samples, int count)
{
    int done = 0;
    while (done < count && reader->left > 0) {
        unsigned char bytes[2];
        errno = 0;
        if (fread(bytes, 1, 2, reader->file) != 2) {
            if (ferror(reader->file)) {
                return fail(reader, errno != 0 ? strerror(errno) : "cannot be read");
            }
            reader->missing = reader->left == WAV_UNTIL_END ? 0 : reader->left;
            reader->left = 0;
            return done;
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
    if (reader->file != NULL && reader->file != stdin) {
        (void)fclose(reader->file);
    }
    reader->file = NULL;
}
