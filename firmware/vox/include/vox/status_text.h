/* Sentences for status codes, where a person reads them. */
#ifndef VOX_STATUS_TEXT_H
#define VOX_STATUS_TEXT_H

#include "vox/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a vox_status means, in English; never NULL. */
const char *vox_status_text(int status);

#ifdef __cplusplus
}
#endif
#endif
