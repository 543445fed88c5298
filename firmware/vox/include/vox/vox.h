/* vox: everything in one include. */
#ifndef VOX_VOX_H
#define VOX_VOX_H

#include "vox/decision.h"
#include "vox/frontend.h"
#include "vox/functionals.h"
#include "vox/link.h"
#include "vox/listener.h"
#include "vox/model.h"
#include "vox/nn.h"
#include "vox/status.h"

#endif
