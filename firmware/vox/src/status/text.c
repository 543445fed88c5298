/* Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one. */
#include "vox/status_text.h"

const char *vox_status_text(int status)
{
    switch (status) {
    case VOX_OK:
        return "all is well";
    case VOX_ERR_ARGUMENT:
        return "an argument is missing or outside its range";
    case VOX_ERR_ALIGNMENT:
        return "data not aligned to 8 bytes";
    case VOX_ERR_MAGIC:
        return "not a .vxm file";
    case VOX_ERR_VERSION:
        return "a .vxm of a version that this library does not read";
    case VOX_ERR_TRUNCATED:
        return "the .vxm is cut short";
    case VOX_ERR_CRC:
        return "checksum mismatch: the .vxm is damaged";
    case VOX_ERR_SECTION:
        return "a section of the .vxm is missing, doubled or misplaced";
    case VOX_ERR_FRONTEND:
        return "front-end parameters out of range";
    case VOX_ERR_TENSOR:
        return "a tensor's type, shape or place is invalid";
    case VOX_ERR_OP:
        return "an op's arguments do not fit its tensors or weights";
    case VOX_ERR_UNSUPPORTED:
        return "an op that this build leaves out";
    case VOX_ERR_MEMORY:
        return "not enough memory";
    case VOX_ERR_DECISION:
        return "labels, windowing or decision settings invalid";
    case VOX_ERR_STATE:
        return "out of order: something else has to come first";
    case VOX_ERR_FRAME:
        return "a bad link frame";
    case VOX_ERR_STORAGE:
        return "no room for the model on the device";
    case VOX_ERR_BARE:
        return "a bare network: it has no front end, labels and decision settings";
    case VOX_ERR_SIGNATURE:
        return "not signed with the key that the device trusts, or changed since";
    case VOX_ERR_REVISION:
        return "older than a model that the device has taken before";
    case VOX_ERR_WORK:
        return "more work a second of sound than any device does";
    default:
        return "unknown status";
    }
}
