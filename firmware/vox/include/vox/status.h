/* Status codes: every function that can fail returns one of these (negative), or a result (zero or positive).
 *
 * Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one.
 */
#ifndef VOX_STATUS_H
#define VOX_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    VOX_OK = 0,
    VOX_ERR_ARGUMENT = -1,     /* a null pointer or a value outside its documented range */
    VOX_ERR_ALIGNMENT = -2,    /* the model or the memory does not start at a multiple of 8 */
    VOX_ERR_MAGIC = -3,        /* not a .vxm file */
    VOX_ERR_VERSION = -4,      /* a .vxm of a version that this library does not read */
    VOX_ERR_TRUNCATED = -5,    /* the file is shorter than it says */
    VOX_ERR_CRC = -6,          /* checksum mismatch: damaged in storage or transfer */
    VOX_ERR_SECTION = -7,      /* a section is missing, doubled, misplaced, or of the wrong size */
    VOX_ERR_FRONTEND = -8,     /* FRNT, FUNC or NORM: parameters out of range or tables inconsistent */
    VOX_ERR_TENSOR = -9,       /* PROG: a tensor's type, shape or place in the arena is invalid */
    VOX_ERR_OP = -10,          /* PROG: an op's arguments do not fit its tensors or its weights */
    VOX_ERR_UNSUPPORTED = -11, /* an op or feature that this build leaves out */
    VOX_ERR_MEMORY = -12,      /* the memory handed over is too small */
    VOX_ERR_DECISION = -13,    /* LABL or DECI invalid, or sections that do not fit each other */
    VOX_ERR_STATE = -14,       /* called out of order */
    VOX_ERR_FRAME = -15,       /* link: a frame with a bad length, checksum or version */
    VOX_ERR_STORAGE = -16,     /* device: no room for, or no way to keep, a pushed model */
    VOX_ERR_BARE = -17,        /* a bare network is asked to hear */
    VOX_ERR_SIGNATURE = -18,   /* device: a model that is not signed with the key that this image trusts, or was
                                  changed since */
    VOX_ERR_REVISION = -19,    /* device: a signed model of a lower revision than one that was taken before */
    VOX_ERR_WORK = -20,        /* an op, an inference or a second of sound takes more than the format's limits of
                                  work */
} vox_status;

#ifdef __cplusplus
}
#endif
#endif
