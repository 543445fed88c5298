/* A listener that no fault reaches, beside the board: fed the samples that the board has taken, it has to say what the board
 * says, report for report. */
#ifndef SOAK_REFERENCE_H
#define SOAK_REFERENCE_H

#include "app.h"

typedef struct {
    unsigned long frames, windows, events, clips; /* of the day: compared, all of them equal */
    unsigned long broken; /* windows under way that a reset, a push or a failure of power ended */
    uint32_t life_frames, life_windows, life_events; /* since the board was switched on */
} soak_reference;

extern soak_reference reference;

void reference_power_on(void);

/* Sound begins. The board's numbers are so much higher than the reference's, modulo 2^32. */
void reference_begin(const vox_model *model, uint16_t mask, uint32_t more_frames, uint32_t more_windows,
                     uint32_t more_events);
void reference_take(const int16_t *samples, size_t count);

/* A clip's end, or that of live sound; taken: its samples. */
void reference_finish(bool whole_clip, uint32_t taken);

/* A report of the board, with its ticks left out. */
void reference_compare(const vox_link_frame *frame);

/* The sound is over or rests, and all of it compared; broken_off: but for a window that the board had begun. */
void reference_settled(bool broken_off);

/* The network alone. */
void reference_run(const vox_model *model, const uint8_t *input, size_t input_size, const uint8_t *output, size_t size);

#endif
