/* Reading WAV files block by block: 16-bit PCM, one channel. */
#ifndef WAV_H
#define WAV_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct {
    FILE *file;
    uint32_t rate;     /* Hz */
    uint32_t left;     /* samples not read yet, WAV_UNTIL_END where the file does not say */
    char message[160]; /* what is wrong, after a negative result */
} wav_reader;

#define WAV_UNTIL_END 0xFFFFFFFFu /* a recording that was piped: its length was not known when the header was written */

/* Opens a file and finds its samples. 0, or -1 with reader->message saying what is wrong. */
int wav_open(wav_reader *reader, const char *path);

/* Reads up to `count` samples into samples[]. Returns how many (0 at the end), or -1 where the file ends too early. */
int wav_read(wav_reader *reader, int16_t *samples, int count);

void wav_close(wav_reader *reader);

#endif
