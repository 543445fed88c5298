/* Reading WAV files block by block: 16-bit PCM, one channel. Files and pipes, RIFF and RF64. */
#ifndef WAV_H
#define WAV_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct {
    FILE *file;
    uint32_t rate;     /* Hz */
    uint64_t left;     /* samples not read yet, WAV_UNTIL_END where the file does not say */
    uint64_t missing;  /* samples that the header promises and the file does not have, once its end is met */
    char message[160]; /* what is wrong, after a negative result */
} wav_reader;

/* A recording that was piped or broken off: its length was not known when the header was written. */
#define WAV_UNTIL_END UINT64_MAX

/* Opens a file, standard input where the path is "-", and finds its samples. 0, or -1 with reader->message saying what
 * is wrong. */
int wav_open(wav_reader *reader, const char *path);

/* Reads up to `count` samples into samples[]. Returns how many (0 at the end), or -1 where reading fails. */
int wav_read(wav_reader *reader, int16_t *samples, int count);

void wav_close(wav_reader *reader);

#endif
