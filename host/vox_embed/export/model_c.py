"""A .vxm as a C constant."""

from __future__ import annotations

from vox_embed.export.base import ExportModel
from vox_embed.gate.escape import c_comment

_ROW = 20


def model_header(model: ExportModel) -> str:
    """model.h: the constant's type, and sizes for static allocation."""
    core, name = model.core, c_comment(model.name)
    listener = (
        f"#define VOX_MODEL_LISTENER_SIZE {core.listener_size}u "
        "/* bytes for vox_listener_init, a multiple of 8 */\n"
        if core.hears
        else ""
    )
    arena = f"#define VOX_MODEL_ARENA_SIZE {core.arena_size}u"
    return f"""/* The model {name}, CRC-32 {core.crc:08x}, and its memory. Made by vox-embed. */
#ifndef VOX_EXPORT_MODEL_H
#define VOX_EXPORT_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

#define VOX_MODEL_SIZE {len(model.data)}u /* bytes */
{listener}{arena} /* bytes for vox_program_run alone, a multiple of 8 */

/* The .vxm file, read in place. The second member is there for its alignment. */
typedef union {{
    uint8_t bytes[VOX_MODEL_SIZE];
    uint64_t words[VOX_MODEL_SIZE / 8u];
}} vox_model_image_bytes;

extern const vox_model_image_bytes vox_model_image;

#ifdef __cplusplus
}}
#endif
#endif
"""


def model_unit(model: ExportModel, header: str = "model.h") -> str:
    """model.c: the bytes. header: what `model_header` is called."""
    data = model.data
    rows = [
        "     " + "".join(f" {byte}," for byte in data[at : at + _ROW]) for at in range(0, len(data), _ROW)
    ]
    body = "\n".join(rows)
    return f"""#include "{header}"

#if defined(__GNUC__)
#define ALIGNED __attribute__((aligned(8))) /* some 32-bit ABIs align uint64_t to 4 only */
#else
#define ALIGNED
#endif

ALIGNED const vox_model_image_bytes vox_model_image = {{
    .bytes = {{
{body}
    }},
}};
"""
