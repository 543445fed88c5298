"""A .vxm as a C constant, under names of its own: several models fit into one program."""

from __future__ import annotations

import re

from vox_embed.export.base import ExportModel
from vox_embed.gate.escape import c_comment

_ROW = 20


def identifier(model: ExportModel) -> str:
    """vox_<model>: a name that is a file's, an identifier's and a library's at once."""
    return "vox_" + re.sub(r"[^A-Za-z0-9_]", "_", model.name)


def model_header(model: ExportModel) -> str:
    """vox_<model>.h: the constant's type, and sizes for static allocation."""
    core, name, own = model.core, c_comment(model.name), identifier(model)
    upper = own.upper()
    listener = (
        f"#define {upper}_RATE {core.sample_rate}u /* Hz */\n"
        f"#define {upper}_LISTENER_SIZE {core.listener_size}u "
        "/* bytes for vox_listener_init, a multiple of 8 */\n"
        if core.hears
        else ""
    )
    arena = f"#define {upper}_ARENA_SIZE {core.arena_size}u"
    return f"""/* The model {name}, CRC-32 {core.crc:08x}, and its memory. Made by vox-embed. */
#ifndef {upper}_H
#define {upper}_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

#define {upper}_SIZE {len(model.data)}u /* bytes */
{listener}{arena} /* bytes for vox_program_run alone, a multiple of 8 */

/* The .vxm file, read in place. The second member is there for its alignment. */
typedef union {{
    uint8_t bytes[{upper}_SIZE];
    uint64_t words[{upper}_SIZE / 8u];
}} {own}_bytes;

extern const {own}_bytes {own}_image;

#ifdef __cplusplus
}}
#endif
#endif
"""


def program_header(model: ExportModel) -> str:
    """model.h: what the program beside the model calls it."""
    own = identifier(model)
    upper = own.upper()
    listener = (
        f"#define VOX_MODEL_RATE {upper}_RATE\n#define VOX_MODEL_LISTENER_SIZE {upper}_LISTENER_SIZE\n"
        if model.core.hears
        else ""
    )
    return f"""/* The names by which main.c and the README know the model. Made by vox-embed. */
#ifndef VOX_MODEL_OF_MAIN_H
#define VOX_MODEL_OF_MAIN_H

#include "{own}.h"

#define VOX_MODEL_SIZE {upper}_SIZE
{listener}#define VOX_MODEL_ARENA_SIZE {upper}_ARENA_SIZE
#define vox_model_image {own}_image

#endif
"""


def model_unit(model: ExportModel, header: str | None = None, needs: str = "") -> str:
    """vox_<model>.c: the bytes.

    header: what `model_header` is called, if otherwise. needs: text of `side_by_side.needs`.
    """
    data, own = model.data, identifier(model)
    rows = [
        "     " + "".join(f" {byte}," for byte in data[at : at + _ROW]) for at in range(0, len(data), _ROW)
    ]
    body = "\n".join(rows)
    library = '#include "vox/nn.h"\n' if needs else ""
    return f"""#include "{header or f"{own}.h"}"
{library}
#if defined(__GNUC__)
#define ALIGNED __attribute__((aligned(8))) /* some 32-bit ABIs align uint64_t to 4 only */
#else
#define ALIGNED
#endif

ALIGNED const {own}_bytes {own}_image = {{
    .bytes = {{
{body}
    }},
}};
{needs}"""
